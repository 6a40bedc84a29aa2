"""ASP.NET route constraints, such as `int`, `range(1,9)` and `regex(...)`."""

import re
from collections.abc import Callable
from datetime import datetime

from local.host.errors import BindingError

type Check = Callable[[str], bool]

_GUID = re.compile(r"\{?[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}\}?|[0-9a-fA-F]{32}")
_INTEGER = re.compile(r"[+-]?[0-9]{1,19}")
_NUMBER = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
_DECIMAL = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)")
_ALPHA = re.compile(r"[A-Za-z]*")
_FILE = re.compile(r".*\.[^.]+")
_CALL = re.compile(r"(?P<name>\w+)(?:\((?P<arguments>.*)\))?", re.DOTALL)


def parse_constraint(text: str) -> Check:
    """The test behind a constraint's text; BindingError when there is no such constraint."""
    found = _CALL.fullmatch(text)
    name = found["name"].lower() if found else text
    arguments = found["arguments"] if found else None
    if arguments is None and name in _PLAIN:
        return _PLAIN[name]
    if arguments is not None and name in _WITH_ARGUMENTS:
        try:
            return _WITH_ARGUMENTS[name](arguments)
        except (ValueError, re.error) as error:
            raise BindingError(f"route constraint '{text}' is not valid: {error}") from error
    raise BindingError(f"route constraint '{text}' is not known")


def _integer(bits: int) -> Check:
    limit = 2 ** (bits - 1)
    return lambda value: _INTEGER.fullmatch(value) is not None and -limit <= int(value) < limit


def _is_datetime(value: str) -> bool:
    try:
        datetime.fromisoformat(value)
    except ValueError:
        return False
    return True


def _whole(pattern: re.Pattern[str]) -> Check:
    return lambda value: pattern.fullmatch(value) is not None


def _length(arguments: str) -> Check:
    bounds = [int(part) for part in arguments.split(",")]
    low, high = bounds[0], bounds[-1]
    if len(bounds) > 2 or low > high:
        raise ValueError("give one length, or the shortest and the longest")
    return lambda value: low <= len(value) <= high


def _range(arguments: str) -> Check:
    low, high = (int(part) for part in arguments.split(","))
    return lambda value: _PLAIN["long"](value) and low <= int(value) <= high


def _minimum(argument: str) -> Check:
    low = int(argument)
    return lambda value: _PLAIN["long"](value) and int(value) >= low


def _maximum(argument: str) -> Check:
    high = int(argument)
    return lambda value: _PLAIN["long"](value) and int(value) <= high


def _minimum_length(argument: str) -> Check:
    low = int(argument)
    return lambda value: len(value) >= low


def _maximum_length(argument: str) -> Check:
    high = int(argument)
    return lambda value: len(value) <= high


def _regex(argument: str) -> Check:
    pattern = re.compile(argument.replace("{{", "{").replace("}}", "}"), re.IGNORECASE)
    return lambda value: pattern.search(value) is not None


_PLAIN: dict[str, Check] = {
    "int": _integer(32),
    "long": _integer(64),
    "bool": lambda value: value.lower() in ("true", "false"),
    "guid": _whole(_GUID),
    "decimal": _whole(_DECIMAL),
    "double": _whole(_NUMBER),
    "float": _whole(_NUMBER),
    "alpha": _whole(_ALPHA),
    "datetime": _is_datetime,
    "required": lambda value: value != "",
    "file": _whole(_FILE),
    "nonfile": lambda value: _FILE.fullmatch(value) is None,
}
_WITH_ARGUMENTS: dict[str, Callable[[str], Check]] = {
    "length": _length,
    "range": _range,
    "min": _minimum,
    "max": _maximum,
    "minlength": _minimum_length,
    "maxlength": _maximum_length,
    "regex": _regex,
}
