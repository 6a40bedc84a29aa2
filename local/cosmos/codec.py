"""JSON as the service reads and writes it: strict, compact, numbers as doubles."""

import json
import math
from typing import Any


class InvalidJsonError(Exception):
    """Text that is no JSON, or a value that JSON cannot carry."""


def decode(body: bytes) -> Any:
    """The JSON value of a body; raises InvalidJsonError (also for NaN, infinities and lone surrogates)."""
    try:
        decoder = _exact_decoder if _LONG_NUMBER in body.translate(_ZEROS) else _decoder
        value = decoder.decode(body.decode("utf-8-sig"))
        if b"\\u" in body:
            # An escaped half of a surrogate pair is no text: refuse it here and not where it is stored.
            _encoder.encode(value).encode()
        return value
    except (ValueError, RecursionError) as error:
        raise InvalidJsonError(str(error)) from error


def encode(value: Any) -> bytes:
    """Compact UTF-8 JSON; raises InvalidJsonError."""
    try:
        return _encoder.encode(value).encode()
    except (ValueError, TypeError, RecursionError) as error:
        raise InvalidJsonError(str(error)) from error


def _refuse_constant(name: str) -> Any:
    raise ValueError(f"{name} is not JSON")


def _whole(text: str) -> int | float:
    # Numbers are doubles: digits beyond 2**53 are lost here as they are there.
    return _float(text) if len(text) > 15 else int(text)


def _float(text: str) -> int | float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(f"number out of range: {text[:40]}")
    return int(number) if number.is_integer() and abs(number) <= 2**53 else number


# Most bodies have no long number, and the built-in reader of whole numbers is faster than ours.
_ZEROS = bytes.maketrans(b"123456789", b"000000000")
_LONG_NUMBER = b"0" * 16
_decoder = json.JSONDecoder(parse_float=_float, parse_constant=_refuse_constant)
_exact_decoder = json.JSONDecoder(parse_int=_whole, parse_float=_float, parse_constant=_refuse_constant)
_encoder = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), allow_nan=False)
