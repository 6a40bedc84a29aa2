"""The AMQP codec: what is written is read back, and no bytes do harm."""

import struct
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from local.eventhubs.amqp import encode, performatives
from local.eventhubs.amqp.decode import AmqpDecodeError, Described, decode, skip
from local.eventhubs.amqp.sections import sections

UINT = st.integers(0, 2**32 - 1)
LONG = st.integers(-(2**63), 2**63 - 1)
TEXT = st.text(max_size=400)
ASCII = st.text(st.characters(max_codepoint=127), max_size=300)

SCALARS: list[tuple[Callable[[Any], bytes], st.SearchStrategy[Any]]] = [
    (encode.boolean, st.booleans()),
    (encode.ubyte, st.integers(0, 255)),
    (encode.ushort, st.integers(0, 2**16 - 1)),
    (encode.uint, UINT),
    (encode.ulong, st.integers(0, 2**64 - 1)),
    (encode.int32, st.integers(-(2**31), 2**31 - 1)),
    (encode.long, LONG),
    (encode.timestamp, LONG),
    (encode.uuid, st.uuids()),
    (encode.string, TEXT),
    (encode.symbol, ASCII),
    (encode.binary, st.binary(max_size=400)),
    (encode.string_array, st.lists(TEXT, max_size=5)),
    (encode.symbol_array, st.lists(ASCII, max_size=5)),
]


def encoded(encoder: Callable[[Any], bytes], values: st.SearchStrategy[Any]) -> st.SearchStrategy[tuple[bytes, Any]]:
    """Values together with their encoding."""
    return values.map(lambda value: (encoder(value), value))


encoded_scalars = st.one_of([encoded(encoder, values) for encoder, values in SCALARS])


def nested_lists(depth: int) -> bytes:
    return encode.list_of([nested_lists(depth - 1)]) if depth else encode.NULL


@given(scalar=encoded_scalars, before=st.binary(max_size=5), after=st.binary(max_size=5))
def test_a_value_is_read_back_and_nothing_after_it(scalar: tuple[bytes, Any], before: bytes, after: bytes) -> None:
    """Decoding gives the value and its end, wherever it stands; skipping finds the same end."""
    data, value = scalar
    whole, end = before + data + after, len(before) + len(data)
    assert decode(whole, len(before)) == (value, end)
    assert skip(whole, len(before)) == end


@given(items=st.lists(encoded_scalars, max_size=300))
def test_a_list_is_read_back(items: list[tuple[bytes, Any]]) -> None:
    """Short lists and long ones, of any values."""
    data = encode.list_of([item for item, _ in items])
    assert decode(data) == ([value for _, value in items], len(data))


@given(items=st.dictionaries(TEXT, encoded_scalars, max_size=140))
def test_a_map_is_read_back(items: dict[str, tuple[bytes, Any]]) -> None:
    """Short maps and long ones, of any values."""
    data = encode.map_of([(encode.string(key), item) for key, (item, _) in items.items()])
    assert decode(data) == ({key: value for key, (_, value) in items.items()}, len(data))


@given(code=st.integers(0, 255), value=UINT)
def test_a_described_value_is_read_back(code: int, value: int) -> None:
    """The descriptor is kept beside the value."""
    assert decode(encode.described(code, encode.uint(value)))[0] == Described(code, value)


@given(value=st.one_of(st.none(), st.uuids(), st.binary(max_size=40), TEXT, st.integers(0, 2**64 - 1)))
def test_a_message_id_keeps_its_type(value: object) -> None:
    """A correlation id must come back as the type that the request had."""
    assert decode(encode.identifier(value))[0] == value


@given(data=st.binary(min_size=1, max_size=200))
def test_random_bytes_raise_the_decode_error_alone(data: bytes) -> None:
    """Whatever arrives, it is a value or an AmqpDecodeError."""
    for read in (decode, skip):
        try:
            read(data, 0)
        except AmqpDecodeError:
            continue


@given(scalar=encoded_scalars, at=st.integers(0, 500), byte=st.integers(0, 255), cut=st.integers(0, 500))
def test_damaged_values_raise_the_decode_error_alone(scalar: tuple[bytes, Any], at: int, byte: int, cut: int) -> None:
    """A changed byte or a missing end of nested values is noticed or harmless."""
    data = bytearray(encode.described(0x14, encode.list_of([scalar[0], encode.map_of([(scalar[0], scalar[0])])])))
    data[at % len(data)] = byte
    damaged = bytes(data[: len(data) - cut % len(data)])
    readers: list[Callable[[], Any]] = [
        lambda: decode(damaged),
        lambda: list(sections(damaged)),
        lambda: performatives.attach(damaged, 3),
        lambda: performatives.flow(damaged, 3),
        lambda: performatives.transfer(damaged, 3),
    ]
    for read in readers:
        try:
            read()
        except AmqpDecodeError:
            continue


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"\x00" * 5000, "nested"),
        (nested_lists(40), "nested"),
        (b"\xf0" + struct.pack(">II", 5, 2**32 - 1) + b"\x40", "do not fit"),
        (b"\xd0" + struct.pack(">II", 2**32 - 1, 1), "ends after"),
        (b"\xb0" + struct.pack(">I", 2**32 - 1), "truncated"),
        (b"\xc1\x02\x01\x40", "no value"),
        (b"\xc1\x05\x02\xc0\x01\x00\x40", "unhashable"),
        (b"\xa1\x01\xff", "utf-8"),
        (b"\x99", "unknown constructor"),
        (b"", "out of range"),
    ],
)
def test_a_hostile_value_is_refused(data: bytes, reason: str) -> None:
    """Deep nesting, counts and sizes beyond the data, broken maps and text cost nothing and are named."""
    with pytest.raises(AmqpDecodeError, match=reason):
        decode(data)
