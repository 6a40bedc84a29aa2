"""Functions that ask what a value is, and the two that choose."""

from local.cosmos.sql.functions.signature import ANY_NUMBER, Function, whole
from local.cosmos.sql.values import RANK_ARRAY, RANK_UNDEFINED, UNDEFINED, Value, is_number, rank


def _is_integer(value: Value) -> bool:
    return is_number(value) and value == int(value)


def _choose(*arguments: Value) -> Value:
    index = whole(arguments[0])
    if index is None or not 1 <= index < len(arguments):
        return UNDEFINED
    return arguments[index]


TYPES: dict[str, Function] = {
    "IS_DEFINED": Function(lambda value: value is not UNDEFINED, 1, 1),
    "IS_NULL": Function(lambda value: value is None, 1, 1),
    "IS_BOOL": Function(lambda value: type(value) is bool, 1, 1),
    "IS_NUMBER": Function(is_number, 1, 1),
    "IS_FINITE_NUMBER": Function(is_number, 1, 1),
    "IS_INTEGER": Function(_is_integer, 1, 1),
    "IS_STRING": Function(lambda value: type(value) is str, 1, 1),
    "IS_ARRAY": Function(lambda value: type(value) is list, 1, 1),
    "IS_OBJECT": Function(lambda value: type(value) is dict, 1, 1),
    "IS_PRIMITIVE": Function(lambda value: RANK_UNDEFINED < rank(value) < RANK_ARRAY, 1, 1),
    "IIF": Function(lambda condition, yes, no: yes if condition is True else no, 3, 3),
    "CHOOSE": Function(_choose, 2, ANY_NUMBER),
}
