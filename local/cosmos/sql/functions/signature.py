"""What a built-in function is: an implementation and how many arguments it takes."""

from collections.abc import Callable
from dataclasses import dataclass

from local.cosmos.sql.values import UNDEFINED, Value, is_number

type Implementation = Callable[..., Value]

ANY_NUMBER = 10_000


@dataclass(frozen=True, slots=True)
class Function:
    """A function that takes `least` to `most` arguments and never raises."""

    apply: Implementation
    least: int
    most: int


def on_text(apply: Implementation, count: int = 1, required: int = 0, optional: int = 0) -> Function:
    """A function whose first `count` arguments are strings (undefined otherwise), followed by others of any type."""

    def guarded(*arguments: Value) -> Value:
        if any(type(argument) is not str for argument in arguments[:count]):
            return UNDEFINED
        return apply(*arguments)

    return Function(guarded, count + required, count + required + optional)


def on_numbers(apply: Implementation, count: int = 1, optional: int = 0) -> Function:
    """A function whose arguments are all numbers: undefined for anything else and outside its domain."""

    def guarded(*arguments: Value) -> Value:
        if not all(map(is_number, arguments)):
            return UNDEFINED
        try:
            return apply(*arguments)
        except (ArithmeticError, ValueError):
            return UNDEFINED

    return Function(guarded, count, count + optional)


def whole(value: Value) -> int | None:
    """The number as an int, cut to what an index can be; None for anything but a number."""
    return int(min(max(value, -(2**53)), 2**53)) if is_number(value) else None
