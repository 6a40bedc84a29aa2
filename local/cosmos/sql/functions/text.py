"""Functions of strings."""

import functools
import re
from collections.abc import Callable

from local.cosmos.sql.functions.signature import ANY_NUMBER, Function, on_text, whole
from local.cosmos.sql.values import UNDEFINED, Value

_REGEX_FLAGS = {"i": re.IGNORECASE, "m": re.MULTILINE, "s": re.DOTALL, "x": re.VERBOSE}
_MAX_TEXT = 2 * 1024 * 1024


def _search(found: Callable[[str, str], bool]) -> Function:
    def apply(text: str, wanted: str, ignore_case: Value = False) -> Value:
        if ignore_case is True:
            return found(text.lower(), wanted.lower())
        return found(text, wanted)

    return on_text(apply, count=2, optional=1)


def _substring(text: str, start: Value, length: Value) -> Value:
    first, count = whole(start), whole(length)
    if first is None or count is None:
        return UNDEFINED
    first = max(0, first)
    return text[first : first + max(0, count)]


def _left(text: str, length: Value) -> Value:
    return _substring(text, 0, length)


def _right(text: str, length: Value) -> Value:
    count = whole(length)
    return UNDEFINED if count is None else text[max(0, len(text) - max(0, count)) :]


def _index_of(text: str, wanted: str, start: Value = 0) -> Value:
    first = whole(start)
    return UNDEFINED if first is None else text.find(wanted, max(0, first))


def _replicate(text: str, times: Value) -> Value:
    count = whole(times)
    if count is None or count < 0 or count * len(text) > _MAX_TEXT:
        return UNDEFINED
    return text * count


def _concat(*parts: Value) -> Value:
    return "".join(parts) if all(type(part) is str for part in parts) else UNDEFINED


def _split(text: str, delimiter: str) -> Value:
    return text.split(delimiter) if delimiter else UNDEFINED


def _join(items: Value, separator: Value) -> Value:
    if type(items) is not list or type(separator) is not str or any(type(item) is not str for item in items):
        return UNDEFINED
    return separator.join(items)


def _replace(text: str, wanted: str, replacement: str) -> Value:
    replaced = text.replace(wanted, replacement) if wanted else text
    return replaced if len(replaced) <= _MAX_TEXT else UNDEFINED


def _regex_match(text: str, pattern: str, modifiers: Value = "") -> Value:
    regex = _regex(pattern, modifiers) if type(modifiers) is str else None
    return UNDEFINED if regex is None else regex.search(text) is not None


@functools.lru_cache(256)
def _regex(pattern: str, modifiers: str) -> re.Pattern[str] | None:
    if not set(modifiers) <= set(_REGEX_FLAGS):
        return None
    flags = functools.reduce(lambda flags, letter: flags | _REGEX_FLAGS[letter], modifiers, re.NOFLAG)
    try:
        return re.compile(pattern, flags)
    except (re.error, OverflowError, RecursionError):
        return None


TEXT: dict[str, Function] = {
    "CONTAINS": _search(lambda text, wanted: wanted in text),
    "STARTSWITH": _search(str.startswith),
    "ENDSWITH": _search(str.endswith),
    "STRINGEQUALS": _search(lambda text, wanted: text == wanted),
    "LOWER": on_text(str.lower),
    "UPPER": on_text(str.upper),
    "LENGTH": on_text(len),
    "REVERSE": on_text(lambda text: text[::-1]),
    "TRIM": on_text(str.strip),
    "LTRIM": on_text(str.lstrip),
    "RTRIM": on_text(str.rstrip),
    "CONCAT": Function(_concat, 2, ANY_NUMBER),
    "SUBSTRING": on_text(_substring, required=2),
    "LEFT": on_text(_left, required=1),
    "RIGHT": on_text(_right, required=1),
    "INDEX_OF": on_text(_index_of, count=2, optional=1),
    "REPLACE": on_text(_replace, count=3),
    "REPLICATE": on_text(_replicate, required=1),
    "STRINGSPLIT": on_text(_split, count=2),
    "STRINGJOIN": Function(_join, 2, 2),
    "REGEXMATCH": on_text(_regex_match, count=2, optional=1),
}
