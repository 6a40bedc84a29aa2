"""Partition keys, their effective (hashed) form, and the physical ranges that hold them."""

import functools
import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, TypeGuard

from local.cosmos.codec import InvalidJsonError, decode, encode
from local.cosmos.errors import BadRequestError, NotSupportedError
from local.cosmos.murmur import murmur3_128
from local.cosmos.sql.values import UNDEFINED, Value

# Effective keys are hexadecimal; the first byte is at most 3F.
LOWEST = ""
HIGHEST = "FF"
_FIRST_BYTES = 0x40

_UNDEFINED, _NULL, _FALSE, _TRUE, _NUMBER, _STRING = b"\x00", b"\x01", b"\x02", b"\x03", b"\x05", b"\x08"


@dataclass(frozen=True, slots=True)
class PartitionKey:
    """The key of a logical partition: `text` is its canonical JSON, `epk` its place among the hashes.

    A key with fewer values than the container has paths is a prefix: it stands for many partitions.
    """

    text: str
    epk: str
    prefix: bool = False


@dataclass(frozen=True, slots=True)
class PartitionKeyDefinition:
    """Where documents keep their partition key; several paths make a hierarchical one."""

    paths: tuple[tuple[str, ...], ...]

    @classmethod
    def parse(cls, body: Any) -> "PartitionKeyDefinition":
        """Definition from a container's `partitionKey`; raises BadRequestError or NotSupportedError."""
        paths = body.get("paths") if isinstance(body, dict) else None
        if not isinstance(paths, list) or not paths or not all(is_path(path) for path in paths):
            raise BadRequestError("The partition key definition needs 'paths' that begin with '/'.")
        if body.get("version", 2) != 2:
            raise NotSupportedError("Partition key version 1 is not supported by this stand-in: use version 2.")
        if len(paths) > (3 if body.get("kind") == "MultiHash" else 1):
            raise BadRequestError("A Hash partition key has one path, a MultiHash one at most three.")
        return cls(tuple(split_path(path) for path in paths))

    def of_document(self, document: Mapping[str, Value]) -> PartitionKey:
        """The key of a document; a missing value is undefined, an object or array is refused."""
        return self.key([property_at(document, path) for path in self.paths])

    def of_header(self, header: str) -> PartitionKey:
        """The key of the x-ms-documentdb-partitionkey header, a JSON array; raises BadRequestError."""
        return _key_of_header(self, header)

    def key(self, values: Sequence[Value]) -> PartitionKey:
        """The key with these values, one for each path or fewer; raises BadRequestError."""
        if any(isinstance(value, dict | list) for value in values):
            raise BadRequestError("Partition key values are strings, numbers, booleans or null.")
        return _key(tuple((type(value), value) for value in values), len(self.paths))


def split_path(path: str) -> tuple[str, ...]:
    """`/address/"postal code"` as names."""
    return tuple(name.strip('"') for name in path.strip("/").split("/"))


def property_at(document: Value, path: Sequence[str]) -> Value:
    """The value at a path of property names, or undefined."""
    for name in path:
        document = document.get(name, UNDEFINED) if isinstance(document, dict) else UNDEFINED
    return document


def is_path(path: object) -> TypeGuard[str]:
    """Whether this is the path of a property."""
    return isinstance(path, str) and len(path) > 1 and path.startswith("/")


@functools.lru_cache(65_536)
def _key_of_header(definition: PartitionKeyDefinition, header: str) -> PartitionKey:
    try:
        values = decode(header.encode("latin-1"))
    except InvalidJsonError as error:
        raise BadRequestError(f"The partition key header is no JSON: {error}") from error
    if not isinstance(values, list) or len(values) > len(definition.paths):
        raise BadRequestError(
            f"Partition key provided {header[:100]} doesn't correspond to the container's definition."
        )
    return definition.key([UNDEFINED if value == {} else value for value in values] or [UNDEFINED])


@functools.lru_cache(65_536)
def _key(typed: tuple[tuple[type, Value], ...], count: int) -> PartitionKey:
    # The types are part of the cache's key because 1 == True in Python.
    values = [int(value) if kind is float and value.is_integer() else value for kind, value in typed]
    text = encode([{} if value is UNDEFINED else value for value in values]).decode()
    return PartitionKey(text, "".join(map(effective, values)), prefix=len(values) < count)


def effective(value: Value) -> str:
    """Effective partition key of one value: 32 hexadecimal digits (hash version 2)."""
    hashed = murmur3_128(_hashed_form(value)).to_bytes(16, "big")
    # The two highest bits are cleared, because FF is the end of the space.
    return (bytes([hashed[0] & 0x3F]) + hashed[1:]).hex().upper()


def _hashed_form(value: Value) -> bytes:
    if value is UNDEFINED:
        return _UNDEFINED
    if value is None:
        return _NULL
    if isinstance(value, bool):
        return _TRUE if value else _FALSE
    if isinstance(value, str):
        return _STRING + value.encode() + b"\xff"
    return _NUMBER + struct.pack("<d", value)


@dataclass(frozen=True, slots=True)
class EpkRange:
    """Effective keys from `low` up to, and without, `high`."""

    low: str
    high: str

    def holds(self, epk: str) -> bool:
        """Whether the key lies in the range."""
        return self.low <= epk < self.high

    def within(self, other: "EpkRange") -> "EpkRange":
        """The part of this range that the other holds too (it may be empty)."""
        return EpkRange(max(self.low, other.low), min(self.high, other.high))


EVERYTHING = EpkRange(LOWEST, HIGHEST)


def ranges_of(key: PartitionKey) -> EpkRange:
    """The range of a key: of all that begin with it for a prefix."""
    return EpkRange(key.epk, key.epk + ("FF" if key.prefix else "\0"))


@dataclass(frozen=True, slots=True)
class PhysicalRanges:
    """The physical partitions, the same for every container; the id of a range is its index."""

    ranges: tuple[EpkRange, ...]

    @classmethod
    def make(cls, count: int) -> "PhysicalRanges":
        """Split the hash space into `count` equal ranges."""
        bounds = [f"{_FIRST_BYTES * index // count:02X}" + "0" * 30 for index in range(1, count)]
        edges = [LOWEST, *bounds, HIGHEST]
        return cls(tuple(EpkRange(low, high) for low, high in pairwise(edges)))

    def holding(self, epk: str) -> int:
        """Id of the range that holds the key; the last one when none does: clients may make up bounds."""
        return next((index for index, bounds in enumerate(self.ranges) if bounds.holds(epk)), len(self.ranges) - 1)
