"""Functions that turn strings into values and values into strings."""

import re

from local.cosmos.codec import InvalidJsonError, decode, encode
from local.cosmos.sql.functions.signature import Function, on_text
from local.cosmos.sql.operators import finite
from local.cosmos.sql.values import UNDEFINED, Value

_NUMBER = re.compile(r"\s*[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?\s*")


def _to_string(value: Value) -> Value:
    if value is UNDEFINED or type(value) is str:
        return value
    try:
        return encode(value).decode()
    except InvalidJsonError:
        return UNDEFINED


def _to_number(text: str) -> Value:
    if not _NUMBER.fullmatch(text):
        return UNDEFINED
    number = float(text)
    return finite(int(number) if number.is_integer() else number)


def _parsed(kind: type) -> Function:
    def apply(text: str) -> Value:
        try:
            value = decode(text.encode())
        except (InvalidJsonError, UnicodeEncodeError):
            return UNDEFINED
        return value if type(value) is kind else UNDEFINED

    return on_text(apply)


CONVERSIONS: dict[str, Function] = {
    "TOSTRING": Function(_to_string, 1, 1),
    "STRINGTONUMBER": on_text(_to_number),
    "STRINGTOBOOLEAN": _parsed(bool),
    "STRINGTONULL": _parsed(type(None)),
    "STRINGTOARRAY": _parsed(list),
    "STRINGTOOBJECT": _parsed(dict),
}
