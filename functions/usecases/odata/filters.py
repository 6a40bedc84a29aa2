"""`$filter`: comparisons, `in`, `and`, `or`, `not` and three functions of texts.

Source: OData 4.01 Part 2, URL Conventions, section 5.1.1. What it has besides is refused as not supported.
"""

import operator
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from functions.usecases.odata.errors import InvalidQueryError, NotSupportedError

LONGEST, DEEPEST = 2_000, 20
"""Characters, and parentheses and negations in one another."""
_TOKEN = re.compile(
    r"\s*(?:(?P<text>'(?:[^']|'')*')|(?P<time>\d{4}-\d\d-\d\dT[\d:.]+(?:Z|[+-]\d\d:\d\d))"
    r"|(?P<number>-?\d{1,18}(?:\.\d+)?(?:[eE][+-]?\d+)?)(?![\w-])|(?P<word>[A-Za-z_$@][\w./]*)|(?P<sign>[(),]))"
)
_COMPARE: Mapping[str, Callable[[Any, Any], bool]] = {
    "eq": operator.eq,
    "ne": operator.ne,
    "gt": operator.gt,
    "ge": operator.ge,
    "lt": operator.lt,
    "le": operator.le,
}
_FUNCTIONS: Mapping[str, Callable[[str, str], bool]] = {
    "contains": operator.contains,
    "startswith": str.startswith,
    "endswith": str.endswith,
}
_KINDS = {"Edm.String": "text", "Edm.Int64": "number", "Edm.Double": "number", "Edm.DateTimeOffset": "time"}
"""How the tokens of literals are called that a property can be compared with."""

type Row = Mapping[str, Any]
type Comparison = tuple[str, str, Any]
"""Property, operator, value."""


@dataclass(frozen=True, slots=True)
class Filter:
    """Which rows: `test` tells of each; all that pass meet the `required` comparisons."""

    test: Callable[[Row], bool]
    required: tuple[Comparison, ...] = ()


EVERYTHING = Filter(lambda _: True)


def parse_filter(text: str, types: Mapping[str, str]) -> Filter:
    """The filter over rows with properties of these EDM types; raises `InvalidQueryError`, `NotSupportedError`."""
    if len(text) > LONGEST:
        raise InvalidQueryError(f"$filter is longer than {LONGEST} characters.")
    return _Parser(_tokens(text), types).whole()


def _tokens(text: str) -> list[tuple[str, str]]:
    """Kinds of tokens and their texts; the last one is the end."""
    found, place = list[tuple[str, str]](), 0
    while text[place:].strip():
        token = _TOKEN.match(text, place)
        if token is None or token.lastgroup is None:
            raise InvalidQueryError(f"$filter cannot be read from character {place} on.")
        found.append((token.lastgroup, token[token.lastgroup]))
        place = token.end()
    return [*found, ("end", "the end")]


class _Parser:
    """Descends recursively; operators bind as they should: `not`, comparisons, `and`, `or`."""

    def __init__(self, tokens: Sequence[tuple[str, str]], types: Mapping[str, str]) -> None:
        self._tokens, self._types, self._place = tokens, types, 0

    def whole(self) -> Filter:
        found = self._any_of(0)
        self._take("end")
        return found

    def _any_of(self, depth: int) -> Filter:
        parts = [self._all_of(depth)]
        while self._took("or"):
            parts.append(self._all_of(depth))
        return parts[0] if len(parts) == 1 else Filter(lambda row: any(part.test(row) for part in parts))

    def _all_of(self, depth: int) -> Filter:
        parts = [self._one(depth)]
        while self._took("and"):
            parts.append(self._one(depth))
        required = tuple(comparison for part in parts for comparison in part.required)
        return parts[0] if len(parts) == 1 else Filter(lambda row: all(part.test(row) for part in parts), required)

    def _one(self, depth: int) -> Filter:
        if depth > DEEPEST:
            raise InvalidQueryError(f"$filter is more than {DEEPEST} levels deep.")
        if self._took("not"):
            inner = self._one(depth + 1)
            return Filter(lambda row: not inner.test(row))
        if self._took("("):
            found = self._any_of(depth + 1)
            self._take("sign", ")")
            return found
        word = self._take("word")
        return self._function(word) if self._took("(") else self._comparison(word)

    def _comparison(self, name: str) -> Filter:
        kind, comparison = self._kind(name), self._take("word")
        if comparison == "in":
            values = self._list(kind)
            return Filter(lambda row: row[name] in values)
        if comparison not in _COMPARE:
            raise NotSupportedError(f"$filter has no operator '{comparison[:64]}' here.")
        value, compare = self._literal(kind), _COMPARE[comparison]
        if comparison in ("eq", "ne"):
            return Filter(lambda row: compare(row[name], value), ((name, comparison, value),))
        if value is None:  # nothing is more or less than null
            return Filter(lambda _: False)
        test = Filter(lambda row: row[name] is not None and compare(row[name], value)).test
        return Filter(test, ((name, comparison, value),))

    def _function(self, function: str) -> Filter:
        if function not in _FUNCTIONS:
            raise NotSupportedError(f"$filter has no function '{function[:64]}', only {', '.join(_FUNCTIONS)}.")
        name, call = self._take("word"), _FUNCTIONS[function]
        if self._kind(name) != "text":
            raise InvalidQueryError(f"'{function}' asks for a property that is a text.")
        self._take("sign", ",")
        part = _value("text", self._take("text"))
        self._take("sign", ")")
        return Filter(lambda row: call(row[name], part))

    def _list(self, kind: str) -> list[Any]:
        self._take("sign", "(")
        values = [self._literal(kind)]
        while self._took(","):
            values.append(self._literal(kind))
        self._take("sign", ")")
        return values

    def _literal(self, kind: str) -> Any:
        return None if self._took("null") else _value(kind, self._take(kind))

    def _kind(self, name: str) -> str:
        if name not in self._types:
            raise InvalidQueryError(f"There is no property '{name[:64]}'.")
        return _KINDS[self._types[name]]

    def _took(self, text: str) -> bool:
        """Whether the next token is this one, which then is behind us."""
        found = self._tokens[self._place] in (("word", text), ("sign", text))
        self._place += found
        return found

    def _take(self, kind: str, text: str | None = None) -> str:
        """The next token, which must be of this kind."""
        found, told = self._tokens[self._place]
        if found != kind or told != (text or told):
            raise InvalidQueryError(f"$filter has '{told[:64]}' where {text or f'a {kind}'} is expected.")
        self._place += 1
        return told


def _value(kind: str, text: str) -> Any:
    """The value of a literal."""
    if kind == "text":
        return text[1:-1].replace("''", "'")
    if kind == "number":
        return int(text) if text.lstrip("-").isdecimal() else float(text)
    try:
        return moment(text)
    except ValueError:
        raise InvalidQueryError(f"'{text[:64]}' is no date and time.") from None


def moment(text: str) -> datetime:
    """A date and time with its zone, in UTC; raises `ValueError`, also for one that UTC's calendar does not reach."""
    found = datetime.fromisoformat(text)
    if found.tzinfo is None:
        raise ValueError("it has no zone")
    try:
        return found.astimezone(UTC)
    except OverflowError as error:
        raise ValueError("it lies outside of the calendar") from error
