"""Functions of arrays and objects."""

from local.cosmos.sql.functions.signature import ANY_NUMBER, Function, whole
from local.cosmos.sql.values import UNDEFINED, Value, identical, sort_key


def _contains(array: Value, wanted: Value, partial: Value = False) -> Value:
    if type(array) is not list or wanted is UNDEFINED:
        return UNDEFINED
    return any(identical(item, wanted) or (partial is True and _covers(item, wanted)) for item in array)


def _covers(item: Value, wanted: Value) -> bool:
    """Whether the object has every property of `wanted`, with the same value."""
    if type(item) is not dict or type(wanted) is not dict:
        return False
    return all(
        name in item and (identical(item[name], value) or _covers(item[name], value))
        for name, value in wanted.items()
    )


def _contains_any(array: Value, *wanted: Value) -> Value:
    return UNDEFINED if type(array) is not list else any(_contains(array, value) is True for value in wanted)


def _contains_all(array: Value, *wanted: Value) -> Value:
    return UNDEFINED if type(array) is not list else all(_contains(array, value) is True for value in wanted)


def _concat(*arrays: Value) -> Value:
    if any(type(array) is not list for array in arrays):
        return UNDEFINED
    return [item for array in arrays for item in array]


def _slice(array: Value, start: Value, length: Value = 2**31) -> Value:
    first, count = whole(start), whole(length)
    if type(array) is not list or first is None or count is None:
        return UNDEFINED
    first = max(0, first + len(array)) if first < 0 else first
    return array[first : first + max(0, count)]


def _distinct(array: Value) -> Value:
    return UNDEFINED if type(array) is not list else list({sort_key(item): item for item in array}.values())


def _union(left: Value, right: Value) -> Value:
    return UNDEFINED if type(left) is not list or type(right) is not list else _distinct(left + right)


def _intersection(left: Value, right: Value) -> Value:
    if type(left) is not list or type(right) is not list:
        return UNDEFINED
    keys = {sort_key(item) for item in right}
    return _distinct([item for item in left if sort_key(item) in keys])


def _difference(left: Value, right: Value) -> Value:
    if type(left) is not list or type(right) is not list:
        return UNDEFINED
    keys = {sort_key(item) for item in right}
    return _distinct([item for item in left if sort_key(item) not in keys])


def _object_to_array(value: Value, key: Value = "k", content: Value = "v") -> Value:
    if type(value) is not dict or type(key) is not str or type(content) is not str:
        return UNDEFINED
    return [{key: name, content: item} for name, item in value.items()]


ARRAYS: dict[str, Function] = {
    "ARRAY_CONTAINS": Function(_contains, 2, 3),
    "ARRAY_CONTAINS_ANY": Function(_contains_any, 2, ANY_NUMBER),
    "ARRAY_CONTAINS_ALL": Function(_contains_all, 2, ANY_NUMBER),
    "ARRAY_LENGTH": Function(lambda array: len(array) if type(array) is list else UNDEFINED, 1, 1),
    "ARRAY_CONCAT": Function(_concat, 2, ANY_NUMBER),
    "ARRAY_SLICE": Function(_slice, 2, 3),
    "SETUNION": Function(_union, 2, 2),
    "SETINTERSECT": Function(_intersection, 2, 2),
    "SETDIFFERENCE": Function(_difference, 2, 2),
    "OBJECTTOARRAY": Function(_object_to_array, 1, 3),
}
