"""As much of Thrift's compact protocol as the headers of Parquet need.

Source: Apache Thrift, doc/specs/thrift-compact-protocol.md.
"""

from collections.abc import Mapping, Sequence
from typing import Any

TRUE, FALSE, BYTE, I16, I32, I64, DOUBLE, BINARY, LIST, SET, MAP, STRUCT = range(1, 13)

type Struct = Mapping[int, tuple[int, Any]]
"""The type and the value of each field, by their numbers, in order: bool, int, str, `Struct` or a list of these."""
type Read = dict[int, Any]
"""The values of a struct that was read: bool, int, bytes, list or `Read`."""


class InvalidThriftError(ValueError):
    """The bytes are not what they should be."""


def struct(fields: Struct) -> bytes:
    """The bytes of a struct."""
    written, last = bytearray(), 0
    for number, (declared, value) in fields.items():
        kind = FALSE if declared == TRUE and not value else declared
        step = number - last
        written += bytes([step << 4 | kind]) if 0 < step < 16 else bytes([kind]) + _signed(number)
        written += b"" if kind in (TRUE, FALSE) else _value(kind, value)
        last = number
    return bytes(written) + b"\0"


def _value(kind: int, value: Any) -> bytes:
    match kind:
        case _ if kind in (I16, I32, I64):
            return _signed(value)
        case _ if kind == BINARY:
            text = bytes(value.encode())
            return _unsigned(len(text)) + text
        case _ if kind == STRUCT:
            return struct(value)
        case _ if kind == LIST:
            return _list(value)
    raise InvalidThriftError(f"fields of type {kind} are not written")


def _list(values: Sequence[Any]) -> bytes:
    """Its elements are all structs, texts or 32-bit numbers."""
    kind = STRUCT
    if values and isinstance(values[0], str | int):
        kind = BINARY if isinstance(values[0], str) else I32
    size = len(values)
    head = bytes([size << 4 | kind]) if size < 15 else bytes([0xF0 | kind]) + _unsigned(size)
    return head + b"".join(_value(kind, value) for value in values)


def _unsigned(number: int) -> bytes:
    written = bytearray()
    while number > 0x7F:
        written.append(number & 0x7F | 0x80)
        number >>= 7
    written.append(number)
    return bytes(written)


def _signed(number: int) -> bytes:
    return _unsigned(number << 1 if number >= 0 else (-number << 1) - 1)


class Reader:
    """Reads structs from `data`, beginning at `at`, which moves on; raises `InvalidThriftError`."""

    def __init__(self, data: bytes, at: int = 0) -> None:
        self._data = data
        self.at = at

    def struct(self) -> Read:
        """The fields of a struct by their numbers."""
        fields, number = dict[int, Any](), 0
        while head := self._byte():
            number = number + (head >> 4) if head >> 4 else self._signed()
            kind = head & 0x0F
            fields[number] = kind == TRUE if kind in (TRUE, FALSE) else self._value(kind)
        return fields

    def _value(self, kind: int) -> Any:
        match kind:
            case _ if kind in (I16, I32, I64):
                return self._signed()
            case _ if kind == BINARY:
                return self._take(self._unsigned())
            case _ if kind == STRUCT:
                return self.struct()
            case _ if kind == LIST:
                head = self._byte()
                size = head >> 4 if head >> 4 < 15 else self._unsigned()
                return [self._value(head & 0x0F) for _ in range(size)]
        raise InvalidThriftError(f"fields of type {kind} are not read")

    def _take(self, size: int) -> bytes:
        taken = self._data[self.at : self.at + size]
        if len(taken) < size:
            raise InvalidThriftError("the data ends too early")
        self.at += size
        return taken

    def _byte(self) -> int:
        return self._take(1)[0]

    def _unsigned(self) -> int:
        number = shift = 0
        while True:
            byte = self._byte()
            number |= (byte & 0x7F) << shift
            if byte < 0x80:
                return number
            shift += 7

    def _signed(self) -> int:
        number = self._unsigned()
        return number >> 1 ^ -(number & 1)
