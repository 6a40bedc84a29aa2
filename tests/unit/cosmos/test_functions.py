"""Built-in functions give what the service documents, and never raise."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from local.cosmos.sql.compiler import compile_query
from local.cosmos.sql.functions import FUNCTIONS
from local.cosmos.sql.scope import Parameters
from local.cosmos.sql.values import UNDEFINED, rank
from tests.unit.cosmos.json_values import values

odd_numbers = st.sampled_from([0, -1, 1e308, -1e308, 2**53, 1e-308, 0.5])
odd_texts = st.sampled_from(
    ["", "day", "year", "2024-02-29T23:59:59.9999999Z", "0001-01-01T00:00:00+14:00", "(", "[", "i"]
)
arguments = values | st.just(UNDEFINED) | odd_numbers | odd_texts


@pytest.mark.parametrize(
    ("expression", "result"),
    [
        ("CONTAINS('Coffee', 'FF')", False),
        ("CONTAINS('Coffee', 'FF', true)", True),
        ("STARTSWITH('abc', 'ab') AND ENDSWITH('abc', 'bc')", True),
        ("CONCAT('a', 'b', 'c')", "abc"),
        ("SUBSTRING('abcdef', 1, 3)", "bcd"),
        ("LEFT('abc', 2) || RIGHT('abc', 2)", "abbc"),
        ("INDEX_OF('abcb', 'b', 2)", 3),
        ("LENGTH(TRIM('  x '))", 1),
        ("REPLACE('aXbX', 'X', '-')", "a-b-"),
        ("REVERSE(UPPER('abc'))", "CBA"),
        ("REPLICATE('ab', 3)", "ababab"),
        ("REGEXMATCH('Tea', '^t', 'i')", True),
        ("STRINGSPLIT('a,b', ',')", ["a", "b"]),
        ("TOSTRING(1.5)", "1.5"),
        ("TOSTRING({a: [1, true]})", '{"a":[1,true]}'),
        ("STRINGTONUMBER(' 2.0 ')", 2),
        ("STRINGTOARRAY('[1]')", [1]),
        ("STRINGTOBOOLEAN('true')", True),
        ("ABS(-2) + CEILING(1.2) + FLOOR(1.8)", 5),
        ("ROUND(2.5)", 3),
        ("ROUND(-2.5)", -3),
        ("ROUND(2.345, 2)", 2.35),
        ("POWER(2, 10)", 1024),
        ("SQRT(16) + SIGN(-3) + TRUNC(2.9)", 5),
        ("LOG(EXP(1))", 1),
        ("ARRAY_LENGTH([1, 2])", 2),
        ("ARRAY_CONCAT([1], [2, 3])", [1, 2, 3]),
        ("ARRAY_SLICE([1, 2, 3, 4], 1, 2)", [2, 3]),
        ("ARRAY_SLICE([1, 2, 3, 4], -2)", [3, 4]),
        ("ARRAY_CONTAINS_ANY([1, 2], 3, 2)", True),
        ("ARRAY_CONTAINS_ALL([1, 2], 3, 2)", False),
        ("ARRAY_CONTAINS([1, 2], true)", False),
        ("SETUNION([1, 2], [2, 3])", [1, 2, 3]),
        ("SETINTERSECT([1, 2], [2, 3])", [2]),
        ("OBJECTTOARRAY({a: 1})", [{"k": "a", "v": 1}]),
        ("IS_INTEGER(2.0)", True),
        ("IS_PRIMITIVE([])", False),
        ("IIF(1 = 1, 'yes', 'no')", "yes"),
        ("CHOOSE(2, 'a', 'b')", "b"),
        ("DATETIMEADD('month', 1, '2024-01-31T00:00:00.0000000Z')", "2024-02-29T00:00:00.0000000Z"),
        ("DATETIMEDIFF('day', '2024-01-01T23:00:00Z', '2024-01-02T01:00:00Z')", 1),
        ("DATETIMEPART('hour', '2024-01-01T23:00:00Z')", 23),
        ("DATETIMETOTIMESTAMP('1970-01-02T00:00:00Z')", 86400000),
        ("TIMESTAMPTODATETIME(86400000)", "1970-01-02T00:00:00.0000000Z"),
        ("TICKSTODATETIME(DATETIMETOTICKS('2024-05-06T07:08:09.0000000Z'))", "2024-05-06T07:08:09.0000000Z"),
    ],
)
def test_results(expression: str, result: Any) -> None:
    """A call gives the documented value."""
    assert list(compile_query(f"SELECT VALUE {expression}").run([], Parameters())) == [result]


@pytest.mark.parametrize(
    "expression", ["LOWER(1)", "ABS('x')", "SQRT(-1)", "ARRAY_LENGTH({})", "SUBSTRING('a', 'b', 1)"]
)
def test_a_wrong_type_gives_undefined(expression: str) -> None:
    """Functions do not fail on types that they do not take."""
    assert list(compile_query(f"SELECT VALUE {expression}").run([], Parameters())) == []


@given(st.sampled_from(sorted(FUNCTIONS)), st.lists(arguments, min_size=3, max_size=3))
@settings(deadline=None, max_examples=1500)
def test_functions_never_raise(name: str, given_arguments: list[Any]) -> None:
    """Whatever the arguments are, the result is a JSON value or undefined."""
    function = FUNCTIONS[name]
    for count in range(function.least, min(function.most, 3) + 1):
        assert rank(function.apply(*given_arguments[:count])) >= 0


def test_the_current_time_is_a_date() -> None:
    """The clock functions agree with each other."""
    [close] = compile_query(
        "SELECT VALUE ABS(DATETIMETOTIMESTAMP(GETCURRENTDATETIME()) - GETCURRENTTIMESTAMP()) < 60000"
    ).run([], Parameters())
    assert close is True
