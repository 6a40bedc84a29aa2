"""`$filter`, held against Python's own comparisons."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.usecases.odata.errors import InvalidQueryError, NotSupportedError
from functions.usecases.odata.filters import LONGEST, parse_filter

TYPES = {"start": "Edm.DateTimeOffset", "name": "Edm.String", "made": "Edm.Int64", "ctr": "Edm.Double"}
COMPARE: Mapping[str, Callable[[Any, Any], bool]] = {
    "eq": lambda one, other: one == other,
    "ne": lambda one, other: one != other,
    "gt": lambda one, other: None not in (one, other) and one > other,
    "ge": lambda one, other: None not in (one, other) and one >= other,
    "lt": lambda one, other: None not in (one, other) and one < other,
    "le": lambda one, other: None not in (one, other) and one <= other,
}
FUNCTIONS: Mapping[str, Callable[[str, str], bool]] = {
    "contains": lambda text, part: part in text,
    "startswith": lambda text, part: text.startswith(part),
    "endswith": lambda text, part: text.endswith(part),
}

type Row = dict[str, Any]
type Case = tuple[str, Callable[[Row], bool]]

numbers = st.integers(-3, 3)
texts = st.text("a' b", max_size=3)
times = st.integers(0, 10**12).map(lambda count: datetime(2026, 11, 1, tzinfo=UTC) + timedelta(microseconds=count))
rows = st.fixed_dictionaries(
    {"start": times, "name": texts, "made": numbers, "ctr": st.none() | st.sampled_from([0.0, 0.25, -1e-3])}
)


def literal(value: Any) -> str:
    """The value as OData writes it."""
    if value is None:
        return "null"
    if isinstance(value, str):
        return "'" + value.replace("'", "''") + "'"
    return str(value.isoformat()) if isinstance(value, datetime) else repr(value)


def compared(name: str, operator: str, value: Any) -> Case:
    return f"{name} {operator} {literal(value)}", lambda row: COMPARE[operator](row[name], value)


def among(values: list[str]) -> Case:
    return f"name in ({', '.join(map(literal, values))})", lambda row: row["name"] in values


def called(function: str, part: str) -> Case:
    return f"{function}(name,{literal(part)})", lambda row: FUNCTIONS[function](row["name"], part)


def joined(parts: tuple[Case, Case], word: str) -> Case:
    (one, first), (other, second) = parts
    if word == "and":
        return f"({one}) and ({other})", lambda row: first(row) and second(row)
    return f"({one}) or ({other})", lambda row: first(row) or second(row)


def negated(case: Case) -> Case:
    return f"not ({case[0]})", lambda row: not case[1](row)


words = st.sampled_from(sorted(COMPARE))
leaves = st.one_of(
    st.builds(compared, st.just("made"), words, numbers),
    st.builds(compared, st.just("ctr"), words, st.none() | st.sampled_from([0.25, 1e-3])),
    st.builds(compared, st.just("name"), words, texts),
    st.builds(compared, st.just("start"), words, times),
    st.builds(among, st.lists(texts, min_size=1, max_size=3)),
    st.builds(called, st.sampled_from(sorted(FUNCTIONS)), texts),
)
cases = st.recursive(
    leaves,
    lambda inner: st.builds(joined, st.tuples(inner, inner), st.sampled_from(["and", "or"])) | inner.map(negated),
    max_leaves=5,
)


@given(cases, rows)
def test_a_filter_chooses_what_it_says(case: Case, row: Row) -> None:
    """However comparisons, functions, lists and operators are put together; null is never more or less."""
    text, expected = case
    found = parse_filter(text, TYPES)
    assert found.test(row) == expected(row)
    if found.test(row):
        assert all(COMPARE[operator](row[name], value) for name, operator, value in found.required)


def test_operators_bind_as_odata_says() -> None:
    """`not` before `and`, `and` before `or`, without any parentheses."""
    found = parse_filter("made eq 1 or made eq 2 and not name eq 'a'", TYPES)
    chosen = [(made, name) for made in (1, 2) for name in "ab" if found.test({"made": made, "name": name})]
    assert chosen == [(1, "a"), (1, "b"), (2, "b")]
    assert found.required == ()


@pytest.mark.parametrize(
    "text",
    [
        "", "made", "made eq", "made eq 'a'", "name eq 1", "start eq '2026'", "start ge 2026-11-01", "nothing eq 1",
        "made eq 1 and", "(made eq 1", "made eq 1)", "made eq 1 made", "contains(made,'1')", "name in ()", "'", "%",
        "start ge 2026-13-01T00:00:00Z", "not " * 30 + "made eq 1", "made eq 1" + " " * LONGEST,
    ],
)  # fmt: skip
def test_what_makes_no_sense_is_told(text: str) -> None:
    """Unknown names, literals of another type, what ends too early, what is too long or too deep."""
    with pytest.raises(InvalidQueryError):
        parse_filter(text, TYPES)


@pytest.mark.parametrize("text", ["made add 1 eq 2", "tolower(name) eq 'a'", "year(start) eq 2026", "made has 1"])
def test_what_is_not_supported_is_told_apart(text: str) -> None:
    """OData has it: the caller may do it without the service."""
    with pytest.raises(NotSupportedError):
        parse_filter(text, TYPES)
