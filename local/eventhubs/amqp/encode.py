"""Typed AMQP 1.0 encoders (OASIS AMQP 1.0, part 1): each takes a Python value and returns its bytes."""

import struct
from collections.abc import Iterable, Sequence
from uuid import UUID

_BYTE = struct.Struct(">B")
_USHORT = struct.Struct(">H")
_UINT = struct.Struct(">I")
_INT = struct.Struct(">i")
_ULONG = struct.Struct(">Q")
_LONG = struct.Struct(">q")

NULL = b"\x40"
TRUE = b"\x41"
FALSE = b"\x42"


def boolean(value: bool) -> bytes:
    return TRUE if value else FALSE


def ubyte(value: int) -> bytes:
    return b"\x50" + _BYTE.pack(value)


def ushort(value: int) -> bytes:
    return b"\x60" + _USHORT.pack(value)


def uint(value: int) -> bytes:
    return b"\x70" + _UINT.pack(value)


def ulong(value: int) -> bytes:
    return b"\x80" + _ULONG.pack(value)


def int32(value: int) -> bytes:
    return b"\x71" + _INT.pack(value)


def long(value: int) -> bytes:
    return b"\x81" + _LONG.pack(value)


def timestamp(milliseconds: int) -> bytes:
    """Milliseconds since 1970 UTC."""
    return b"\x83" + _LONG.pack(milliseconds)


def uuid(value: UUID) -> bytes:
    return b"\x98" + value.bytes


def string(value: str) -> bytes:
    return _variable(0xA1, value.encode())


def symbol(value: str) -> bytes:
    return _variable(0xA3, value.encode("ascii"))


def binary(value: bytes) -> bytes:
    return _variable(0xA0, value)


def _variable(constructor: int, data: bytes) -> bytes:
    if len(data) < 256:
        return bytes((constructor, len(data))) + data
    return _BYTE.pack(constructor + 0x10) + _UINT.pack(len(data)) + data


def list_of(items: Sequence[bytes]) -> bytes:
    """A list of values that are already encoded. Never `list0`: pyamqp cannot read it."""
    return _compound(0xC0, len(items), b"".join(items))


def map_of(pairs: Sequence[tuple[bytes, bytes]]) -> bytes:
    """A map of keys and values that are already encoded."""
    return _compound(0xC1, 2 * len(pairs), b"".join(key + value for key, value in pairs))


def _compound(constructor: int, count: int, body: bytes) -> bytes:
    if len(body) < 255 and count < 256:
        return bytes((constructor, len(body) + 1, count)) + body
    return _BYTE.pack(constructor + 0x10) + _UINT.pack(len(body) + 4) + _UINT.pack(count) + body


def string_array(values: Iterable[str]) -> bytes:
    return _array(0xB1, [value.encode() for value in values])


def symbol_array(values: Iterable[str]) -> bytes:
    return _array(0xB3, [value.encode("ascii") for value in values])


def _array(constructor: int, items: list[bytes]) -> bytes:
    body = b"".join(_UINT.pack(len(item)) + item for item in items)
    return b"\xf0" + _UINT.pack(len(body) + 5) + _UINT.pack(len(items)) + _BYTE.pack(constructor) + body


def described(code: int, value: bytes) -> bytes:
    """A described value whose descriptor is a small unsigned long, as all of AMQP's own types are."""
    return b"\x00\x53" + _BYTE.pack(code) + value


def identifier(value: object) -> bytes:
    """A message id (null, ulong, uuid, binary or string) in the type it was received in."""
    match value:
        case None:
            return NULL
        case UUID():
            return uuid(value)
        case bytes():
            return binary(value)
        case int():
            return ulong(value)
        case _:
            return string(str(value))
