"""JSON in and out: what goes in comes out, and what is no JSON is refused."""

from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from local.cosmos.codec import InvalidJsonError, decode, encode
from tests.unit.cosmos.json_values import values


@given(values)
@settings(deadline=None)
def test_a_value_comes_back(value: Any) -> None:
    """Encoding and decoding change nothing."""
    assert decode(encode(value)) == value


@given(st.binary(max_size=60))
@settings(deadline=None)
def test_any_bytes_decode_or_are_refused(body: bytes) -> None:
    """Garbage raises the codec's own error and nothing else."""
    with suppress(InvalidJsonError):
        encode(decode(body))


@pytest.mark.parametrize(
    "body", [b"", b"NaN", b"[Infinity]", b"1e999", b'"\\ud800"', b"\xff", b"[" * 100_000, b"{'a': 1}"]
)
def test_what_is_no_json(body: bytes) -> None:
    """Values that JSON or UTF-8 cannot carry are refused where they come in."""
    with pytest.raises(InvalidJsonError):
        decode(body)


def test_numbers_are_doubles() -> None:
    """Whole numbers stay whole up to 2**53, and lose their last digits beyond."""
    assert decode(b"[1.0, 12345678901234567890, 9007199254740993, -0.0]") == [
        1,
        float(12345678901234567890),
        9007199254740992,
        0,
    ]
    assert [type(number) for number in decode(b"[1.0, 1, 1.5]")] == [int, int, float]
