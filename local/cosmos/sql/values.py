"""JSON values as queries see them: undefined is a value of its own, types have a total order."""

from typing import Any, Final

# A JSON value, or UNDEFINED.
type Value = Any
type SortKey = tuple[Any, ...]


class Undefined:
    """The value of a property that is not there; it is not null."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "undefined"

    def __bool__(self) -> bool:
        return False


UNDEFINED: Final = Undefined()

RANK_UNDEFINED, RANK_NULL, RANK_BOOL, RANK_NUMBER, RANK_STRING, RANK_ARRAY, RANK_OBJECT = range(7)

_RANKS: dict[type, int] = {
    Undefined: RANK_UNDEFINED,
    type(None): RANK_NULL,
    bool: RANK_BOOL,
    int: RANK_NUMBER,
    float: RANK_NUMBER,
    str: RANK_STRING,
    list: RANK_ARRAY,
    dict: RANK_OBJECT,
}


def rank(value: Value) -> int:
    """Place of the value's type in the order undefined < null < bool < number < string < array < object."""
    return _RANKS[type(value)]


def is_number(value: Value) -> bool:
    """Whether the value is a JSON number (a bool is none)."""
    return type(value) is int or type(value) is float


def sort_key(value: Value) -> SortKey:
    """Key that orders any two values; equal keys mean equal JSON values (1 and 1.0 are equal, 1 and true not)."""
    place = rank(value)
    if place <= RANK_NULL:
        return (place,)
    if place <= RANK_STRING:
        return (place, value)
    if place == RANK_ARRAY:
        return (place, tuple(map(sort_key, value)))
    return (place, tuple(sorted((name, sort_key(item)) for name, item in value.items())))


def identical(left: Value, right: Value) -> bool:
    """Whether two values are the same JSON value."""
    place = rank(left)
    if place != rank(right):
        return False
    if place < RANK_ARRAY:
        return bool(left == right)
    return sort_key(left) == sort_key(right)


def member(value: Value, key: Value) -> Value:
    """`value[key]`: a property of an object, an element of an array, or undefined."""
    kind = type(value)
    if kind is dict:
        return value.get(key, UNDEFINED) if type(key) is str else UNDEFINED
    if kind is list and is_number(key) and key == int(key) and 0 <= key < len(value):
        return value[int(key)]
    return UNDEFINED
