"""Walks the sections of a bare message (AMQP 1.0, part 3.2) without decoding what is in them."""

from collections.abc import Iterator
from typing import NamedTuple

from local.eventhubs.amqp.decode import AmqpDecodeError, decode, skip

HEADER = 0x70
DELIVERY_ANNOTATIONS = 0x71
MESSAGE_ANNOTATIONS = 0x72
PROPERTIES = 0x73
APPLICATION_PROPERTIES = 0x74
DATA = 0x75
AMQP_SEQUENCE = 0x76
AMQP_VALUE = 0x77
FOOTER = 0x78
_SECTIONS = range(HEADER, FOOTER + 1)


class Section(NamedTuple):
    """One section: its code, and where it, its value and its successor start."""

    code: int
    start: int
    value: int
    end: int


def sections(message: bytes) -> Iterator[Section]:
    """The sections of `message` in their order; `AmqpDecodeError` when it holds anything else."""
    at, length = 0, len(message)
    while at < length:
        code, value = _descriptor(message, at)
        if code not in _SECTIONS:
            raise AmqpDecodeError(f"descriptor 0x{code:02x} is no message section")
        end = skip(message, value)
        yield Section(code, at, value, end)
        at = end


def _descriptor(message: bytes, at: int) -> tuple[int, int]:
    if message[at] == 0 and message[at + 1 : at + 2] == b"\x53" and at + 2 < len(message):
        return message[at + 2], at + 3
    if message[at] != 0:
        raise AmqpDecodeError("a message section without a descriptor")
    code, value = decode(message, at + 1)
    if not isinstance(code, int):
        raise AmqpDecodeError("a symbolic section descriptor is not supported")
    return code, value


def binary_value(message: bytes, section: Section) -> bytes:
    """The bytes of a data section."""
    constructor = message[section.value]
    if constructor == 0xA0:
        return message[section.value + 2 : section.end]
    if constructor == 0xB0:
        return message[section.value + 5 : section.end]
    raise AmqpDecodeError("a data section holds something other than binary")


def map_entries(message: bytes, section: Section) -> Iterator[tuple[object, int, int, int]]:
    """Each entry of a map section: its decoded key, and where the entry, its value and the next start."""
    constructor = message[section.value]
    if constructor not in (0xC1, 0xD1):
        raise AmqpDecodeError("annotations are no map")
    at = section.value + (3 if constructor == 0xC1 else 9)
    while at < section.end:
        key, value = decode(message, at)
        end = skip(message, value)
        yield key, at, value, end
        at = end
    if at != section.end:
        raise AmqpDecodeError("an annotation ends after its map")
