"""Aggregates over the values of a group."""

from collections.abc import Callable, Iterable

from local.cosmos.sql.operators import finite
from local.cosmos.sql.syntax import Call
from local.cosmos.sql.values import RANK_ARRAY, UNDEFINED, Value, is_number, rank, sort_key

type Aggregate = Callable[[Iterable[Value]], Value]


def count(values: Iterable[Value]) -> int:
    """Number of defined values."""
    return sum(value is not UNDEFINED for value in values)


def count_if(values: Iterable[Value]) -> int:
    """Number of values that are true."""
    return sum(value is True for value in values)


def total(values: Iterable[Value]) -> Value:
    """Sum of the defined values; undefined as soon as one is no number."""
    defined = [value for value in values if value is not UNDEFINED]
    return finite(sum(defined)) if all(map(is_number, defined)) else UNDEFINED


def average(values: Iterable[Value]) -> Value:
    """Mean of the defined values; undefined for none, or if one is no number."""
    defined = [value for value in values if value is not UNDEFINED]
    if not defined or not all(map(is_number, defined)):
        return UNDEFINED
    return finite(sum(defined) / len(defined))


def least(values: Iterable[Value]) -> Value:
    """Smallest primitive value."""
    return min(_primitives(values), key=sort_key, default=UNDEFINED)


def greatest(values: Iterable[Value]) -> Value:
    """Largest primitive value."""
    return max(_primitives(values), key=sort_key, default=UNDEFINED)


def _primitives(values: Iterable[Value]) -> Iterable[Value]:
    return (value for value in values if value is not UNDEFINED and rank(value) < RANK_ARRAY)


AGGREGATES: dict[str, Aggregate] = {
    "COUNT": count,
    "COUNTIF": count_if,
    "SUM": total,
    "AVG": average,
    "MIN": least,
    "MAX": greatest,
}


def is_aggregate(node: object) -> bool:
    """Whether the syntax node is a call of an aggregate."""
    return isinstance(node, Call) and node.name in AGGREGATES
