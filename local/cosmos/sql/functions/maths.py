"""Functions of numbers."""

import math
import random

from local.cosmos.sql.functions.signature import Function, on_numbers
from local.cosmos.sql.operators import finite
from local.cosmos.sql.values import UNDEFINED, Value


def _round(number: float, digits: float = 0) -> Value:
    """Round half away from zero, as the service does."""
    scale = 10.0 ** min(max(int(digits), -300), 300)
    rounded = math.copysign(math.floor(abs(number) * scale + 0.5), number) / scale
    return finite(int(rounded) if rounded.is_integer() else rounded)


def _power(base: float, exponent: float) -> Value:
    result = math.pow(base, exponent)
    return int(result) if result.is_integer() and abs(result) <= 2**53 else result


def _logarithm(number: float, base: float = math.e) -> Value:
    return math.log(number) if base == math.e else math.log(number, base)


def _integer_division(left: float, right: float) -> Value:
    return math.trunc(left / right)


def _integer_remainder(left: float, right: float) -> Value:
    return int(math.fmod(left, right))


def _bin(number: float, size: float = 1) -> Value:
    binned = math.floor(number / size) * size
    return finite(binned) if size > 0 else UNDEFINED


MATHS: dict[str, Function] = {
    "ABS": on_numbers(abs),
    "CEILING": on_numbers(math.ceil),
    "FLOOR": on_numbers(math.floor),
    "ROUND": on_numbers(_round, optional=1),
    "TRUNC": on_numbers(math.trunc),
    "SIGN": on_numbers(lambda number: (number > 0) - (number < 0)),
    "SQRT": on_numbers(math.sqrt),
    "SQUARE": on_numbers(lambda number: finite(number * number)),
    "POWER": on_numbers(_power, count=2),
    "EXP": on_numbers(math.exp),
    "LOG": on_numbers(_logarithm, optional=1),
    "LOG10": on_numbers(math.log10),
    "SIN": on_numbers(math.sin),
    "COS": on_numbers(math.cos),
    "TAN": on_numbers(math.tan),
    "ASIN": on_numbers(math.asin),
    "ACOS": on_numbers(math.acos),
    "ATAN": on_numbers(math.atan),
    "ATN2": on_numbers(lambda x, y: math.atan2(y, x), count=2),
    "DEGREES": on_numbers(math.degrees),
    "RADIANS": on_numbers(math.radians),
    "PI": on_numbers(lambda: math.pi, count=0),
    "RAND": on_numbers(random.random, count=0),
    "INTADD": on_numbers(lambda a, b: finite(int(a) + int(b)), count=2),
    "INTSUB": on_numbers(lambda a, b: finite(int(a) - int(b)), count=2),
    "INTMUL": on_numbers(lambda a, b: finite(int(a) * int(b)), count=2),
    "INTDIV": on_numbers(_integer_division, count=2),
    "INTMOD": on_numbers(_integer_remainder, count=2),
    "NUMBERBIN": on_numbers(_bin, optional=1),
}
