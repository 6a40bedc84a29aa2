"""Operators of the query language: three-valued logic, undefined in, undefined out."""

import functools
import math
import operator
import re
from collections.abc import Callable

from local.cosmos.sql.errors import QueryError
from local.cosmos.sql.values import (
    RANK_ARRAY,
    RANK_NULL,
    RANK_UNDEFINED,
    UNDEFINED,
    Value,
    identical,
    is_number,
    rank,
)

type BinaryOperator = Callable[[Value, Value], Value]


def equal(left: Value, right: Value) -> Value:
    """`left = right`: undefined if a side is, false if the types differ."""
    if left is UNDEFINED or right is UNDEFINED:
        return UNDEFINED
    if type(left) is str and type(right) is str:
        return left == right
    return identical(left, right)


def different(left: Value, right: Value) -> Value:
    """`left != right`."""
    same = equal(left, right)
    return same if same is UNDEFINED else not same


def _comparison(compare: BinaryOperator, nulls: bool) -> BinaryOperator:
    def apply(left: Value, right: Value) -> Value:
        place = rank(left)
        if place != rank(right) or place == RANK_UNDEFINED or place >= RANK_ARRAY:
            return UNDEFINED
        return nulls if place == RANK_NULL else compare(left, right)

    return apply


def _arithmetic(compute: BinaryOperator) -> BinaryOperator:
    def apply(left: Value, right: Value) -> Value:
        if not (is_number(left) and is_number(right)):
            return UNDEFINED
        try:
            return finite(compute(left, right))
        except (ArithmeticError, ValueError):
            return UNDEFINED

    return apply


def _bitwise(compute: BinaryOperator) -> BinaryOperator:
    def apply(left: Value, right: Value) -> Value:
        if not (is_number(left) and is_number(right)):
            return UNDEFINED
        a, b = int(left), int(right)
        if a != left or b != right:
            return UNDEFINED
        return _signed64(compute(a, b))

    return apply


def finite(number: Value) -> Value:
    """The number as a JSON number: whole results stay whole, infinities become undefined."""
    if type(number) is int:
        return number if abs(number) <= 2**53 else float(number)
    if type(number) is not float or not math.isfinite(number):
        return UNDEFINED
    return number


def _signed64(number: int) -> int:
    return (number + 2**63) % 2**64 - 2**63


def _divide(left: Value, right: Value) -> Value:
    quotient = left / right
    return int(quotient) if quotient.is_integer() else quotient


def _remainder(left: Value, right: Value) -> Value:
    remainder = math.fmod(left, right)
    return int(remainder) if remainder.is_integer() else remainder


def _concatenate(left: Value, right: Value) -> Value:
    return left + right if type(left) is str and type(right) is str else UNDEFINED


BINARY: dict[str, BinaryOperator] = {
    "=": equal,
    "!=": different,
    "<>": different,
    "<": _comparison(operator.lt, nulls=False),
    ">": _comparison(operator.gt, nulls=False),
    "<=": _comparison(operator.le, nulls=True),
    ">=": _comparison(operator.ge, nulls=True),
    "+": _arithmetic(operator.add),
    "-": _arithmetic(operator.sub),
    "*": _arithmetic(operator.mul),
    "/": _arithmetic(_divide),
    "%": _arithmetic(_remainder),
    "||": _concatenate,
    "|": _bitwise(operator.or_),
    "&": _bitwise(operator.and_),
    "^": _bitwise(operator.xor),
    "<<": _bitwise(lambda a, b: a << (b & 63)),
    ">>": _bitwise(lambda a, b: a >> (b & 63)),
    ">>>": _bitwise(lambda a, b: (a % 2**64) >> (b & 63)),
}


def negate(value: Value) -> Value:
    """`NOT value`."""
    return not value if type(value) is bool else UNDEFINED


def minus(value: Value) -> Value:
    """`-value`."""
    return -value if is_number(value) else UNDEFINED


def plus(value: Value) -> Value:
    """`+value`."""
    return value if is_number(value) else UNDEFINED


def complement(value: Value) -> Value:
    """`~value`."""
    return ~int(value) if is_number(value) and value == int(value) else UNDEFINED


UNARY: dict[str, Callable[[Value], Value]] = {"NOT": negate, "-": minus, "+": plus, "~": complement}


def like(text: Value, pattern: Value, escape: str | None) -> Value:
    """`text LIKE pattern ESCAPE escape`: `%` any run, `_` one character, `[a-f]` and `[^a-f]` sets."""
    if type(text) is not str or type(pattern) is not str:
        return UNDEFINED
    return _like_regex(pattern, escape).fullmatch(text) is not None


@functools.lru_cache(512)
def _like_regex(pattern: str, escape: str | None) -> re.Pattern[str]:
    parts: list[str] = []
    at = 0
    while at < len(pattern):
        part, at = _like_token(pattern, at, escape)
        parts.append(part)
    try:
        return re.compile("".join(parts), re.DOTALL)
    except re.error as error:
        raise QueryError(f"The LIKE pattern '{pattern}' is invalid: {error}") from error


def _like_token(pattern: str, at: int, escape: str | None) -> tuple[str, int]:
    char = pattern[at]
    if char == escape and at + 1 < len(pattern):
        return re.escape(pattern[at + 1]), at + 2
    if char == "%":
        # One run of any text is as good as several, and matches much faster.
        return ".*", len(pattern) - len(pattern[at:].lstrip("%"))
    if char == "_":
        return ".", at + 1
    closing = pattern.find("]", at + 2) if char == "[" else -1
    if closing > 0:
        return _like_set(pattern[at + 1 : closing]), closing + 1
    return re.escape(char), at + 1


def _like_set(content: str) -> str:
    negated = content.startswith("^")
    inside = re.sub(r"([\\\[\]^&~|])", r"\\\1", content[1:] if negated else content)
    return f"[{'^' if negated else ''}{inside}]"
