"""AMQP 1.0 decoding that trusts nobody: whatever the bytes are, only `AmqpDecodeError` comes out."""

import struct
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

MAX_DEPTH = 32
_UINT = struct.Struct(">I")
_FIXED = {
    code: struct.Struct(">" + layout)
    for code, layout in {
        0x50: "B", 0x51: "b", 0x52: "B", 0x53: "B", 0x54: "b", 0x55: "b", 0x60: "H", 0x61: "h",
        0x70: "I", 0x71: "i", 0x72: "f", 0x73: "I", 0x80: "Q", 0x81: "q", 0x82: "d", 0x83: "q",
    }.items()
}  # fmt: skip
_CONSTANT: dict[int, Callable[[], Any]] = {
    0x40: lambda: None, 0x41: lambda: True, 0x42: lambda: False, 0x43: int, 0x44: int, 0x45: list,
}  # fmt: skip
_RAW = {0x74: 4, 0x84: 8, 0x94: 16}  # decimals, which nothing here computes with
_WIDTH = {0x4: 0, 0x5: 1, 0x6: 2, 0x7: 4, 0x8: 8, 0x9: 16}  # by the high half of the constructor


class AmqpDecodeError(ValueError):
    """The bytes are not AMQP 1.0, or not in the shape that their place demands."""


@dataclass(frozen=True, slots=True)
class Described:
    """A value with a descriptor, such as a message section or a filter."""

    descriptor: Any
    value: Any


def decode(data: bytes, at: int = 0) -> tuple[Any, int]:
    """The value that starts at `at`, and the index just past it.

    Symbols and strings both become `str`, timestamps become milliseconds (`int`), maps become `dict`.
    """
    try:
        return _value(data, at, MAX_DEPTH)
    except (IndexError, struct.error, UnicodeDecodeError, TypeError) as error:
        raise AmqpDecodeError(f"malformed value at byte {at}: {error}") from error


def skip(data: bytes, at: int) -> int:
    """The index just past the value that starts at `at`, without decoding it."""
    try:
        end = _skip(data, at, MAX_DEPTH)
    except (IndexError, struct.error) as error:
        raise AmqpDecodeError(f"truncated value at byte {at}") from error
    if end > len(data):
        raise AmqpDecodeError(f"truncated value at byte {at}")
    return end


def _skip(data: bytes, at: int, depth: int) -> int:
    constructor = data[at]
    if constructor == 0:
        _check_depth(depth)
        return _skip(data, _skip(data, at + 1, depth - 1), depth - 1)
    kind = constructor >> 4
    if kind in (0xA, 0xC, 0xE):
        return at + 2 + data[at + 1]
    if kind in (0xB, 0xD, 0xF):
        return at + 5 + int(_UINT.unpack_from(data, at + 1)[0])
    if kind in _WIDTH:
        return at + 1 + _WIDTH[kind]
    raise AmqpDecodeError(f"unknown constructor 0x{constructor:02x}")


def _value(data: bytes, at: int, depth: int) -> tuple[Any, int]:
    constructor = data[at]
    if constructor == 0:
        _check_depth(depth)
        descriptor, at = _value(data, at + 1, depth - 1)
        value, at = _value(data, at, depth - 1)
        return Described(descriptor, value), at
    return _body(data, at + 1, constructor, depth)


def _body(data: bytes, at: int, constructor: int, depth: int) -> tuple[Any, int]:
    """The value whose constructor was read already: array elements share one."""
    if (layout := _FIXED.get(constructor)) is not None:
        return layout.unpack_from(data, at)[0], at + layout.size
    if (constant := _CONSTANT.get(constructor)) is not None:
        return constant(), at
    kind = constructor >> 4
    if kind in (0xA, 0xB):
        return _variable(data, at, constructor)
    if kind in (0xC, 0xD):
        return _compound(data, at, constructor, depth)
    if kind in (0xE, 0xF):
        return _array(data, at, constructor, depth)
    if constructor == 0x56:
        return data[at] == 1, at + 1
    if constructor == 0x98:
        return UUID(bytes=_slice(data, at, at + 16)), at + 16
    if constructor in _RAW:
        end = at + _RAW[constructor]
        return _slice(data, at, end), end
    raise AmqpDecodeError(f"unknown constructor 0x{constructor:02x}")


def _variable(data: bytes, at: int, constructor: int) -> tuple[bytes | str, int]:
    size, at = _size(data, at, wide=constructor >= 0xB0)
    raw = _slice(data, at, at + size)
    if constructor in (0xA0, 0xB0):
        return raw, at + size
    if constructor in (0xA1, 0xB1, 0xA3, 0xB3):
        return raw.decode(), at + size
    raise AmqpDecodeError(f"unknown constructor 0x{constructor:02x}")


def _compound(data: bytes, at: int, constructor: int, depth: int) -> tuple[Any, int]:
    if constructor not in (0xC0, 0xD0, 0xC1, 0xD1):
        raise AmqpDecodeError(f"unknown constructor 0x{constructor:02x}")
    _check_depth(depth)
    count, at, end = _counted(data, at, wide=constructor >= 0xD0)
    items = []
    for _ in range(count):
        item, at = _value(data, at, depth - 1)
        items.append(item)
    if at != end:
        raise AmqpDecodeError("a list or map does not end where its size says")
    if constructor in (0xC0, 0xD0):
        return items, end
    if count % 2:
        raise AmqpDecodeError("a map with a key but no value")
    return dict(zip(items[::2], items[1::2], strict=True)), end


def _array(data: bytes, at: int, constructor: int, depth: int) -> tuple[list[Any], int]:
    if constructor not in (0xE0, 0xF0):
        raise AmqpDecodeError(f"unknown constructor 0x{constructor:02x}")
    _check_depth(depth)
    count, at, end = _counted(data, at, wide=constructor == 0xF0)
    if at == end:
        return [], end
    element, at = data[at], at + 1
    if element == 0:
        raise AmqpDecodeError("arrays of described values are not supported")
    items = []
    for _ in range(count):
        item, at = _body(data, at, element, depth - 1)
        items.append(item)
    if at != end:
        raise AmqpDecodeError("an array does not end where its size says")
    return items, end


def _counted(data: bytes, at: int, *, wide: bool) -> tuple[int, int, int]:
    """Count of elements, where they start and where they end; a count that cannot fit is refused."""
    size, at = _size(data, at, wide=wide)
    end = at + size
    if end > len(data):
        raise AmqpDecodeError("a compound value ends after the data")
    count, at = _size(data, at, wide=wide)
    if at > end or count > end - at:
        raise AmqpDecodeError(f"{count} elements do not fit into {size} bytes")
    return count, at, end


def _size(data: bytes, at: int, *, wide: bool) -> tuple[int, int]:
    return (_UINT.unpack_from(data, at)[0], at + 4) if wide else (data[at], at + 1)


def _slice(data: bytes, start: int, end: int) -> bytes:
    if end > len(data):
        raise AmqpDecodeError("truncated value")
    return bytes(data[start:end])


def _check_depth(depth: int) -> None:
    if depth <= 0:
        raise AmqpDecodeError(f"values nested more than {MAX_DEPTH} deep")
