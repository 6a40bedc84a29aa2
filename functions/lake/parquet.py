"""Parquet files of the simplest kind: flat, no nulls, plain encoding, gzip; every reader of Parquet can read them.

A library that writes Parquet (PyArrow, Polars, DuckDB) would double what Azure has to load for each new process.
Source: apache/parquet-format, README.md, Encodings.md and parquet.thrift.
"""

import struct
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import batched, chain
from typing import Any

from functions.lake import thrift
from functions.lake.thrift import BINARY, I32, I64, LIST, STRUCT, TRUE

MAGIC = b"PAR1"
GROUP = 20_000
"""Rows of a row group: what a reader holds in memory at a time."""
INT64, BYTE_ARRAY = 2, 6
PLAIN, RLE, GZIP, REQUIRED, DATA_PAGE = 0, 3, 2, 0, 0
CREATED_BY = "personalization"


class InvalidParquetError(Exception):
    """The bytes are not a file that this module wrote."""


@dataclass(frozen=True, slots=True)
class Kind:
    """What a column holds, as the format puts it: physical type, converted type and logical type."""

    physical: int
    converted: int | None = None
    logical: thrift.Struct | None = None


TEXT = Kind(BYTE_ARRAY, 0, {1: (STRUCT, {})})
NUMBER = Kind(INT64)
MOMENT = Kind(INT64, 10, {8: (STRUCT, {1: (TRUE, True), 2: (STRUCT, {2: (STRUCT, {})})})})
"""Microseconds since 1970, in UTC."""

type Columns = Mapping[str, Kind]


def write(columns: Columns, rows: Iterable[Sequence[Any]]) -> bytes:
    """A file with these rows: each has a text or a number for every column. They are taken a row group at a time."""
    file, groups, count = bytearray(MAGIC), list[thrift.Struct](), 0
    for part in batched(rows, GROUP, strict=False):
        groups.append(_group(file, columns, list(zip(*part, strict=True)), len(part)))
        count += len(part)
    footer = thrift.struct(
        {
            1: (I32, 1),
            2: (LIST, [_root(columns), *(_element(name, kind) for name, kind in columns.items())]),
            3: (I64, count),
            4: (LIST, groups),
            6: (BINARY, CREATED_BY),
        }
    )
    return bytes(file + footer + struct.pack("<I", len(footer)) + MAGIC)


def read(columns: Columns, data: bytes) -> Iterator[tuple[Any, ...]]:
    """The rows of a file that `write` made with the same columns; raises `InvalidParquetError`."""
    try:
        for group in _groups(data):
            yield from _rows(columns, group, data)
    except (zlib.error, struct.error, KeyError, IndexError, TypeError, ValueError) as error:
        raise InvalidParquetError(f"the Parquet file is damaged: {error!r}") from error


def _group(file: bytearray, columns: Columns, values: Sequence[Sequence[Any]], count: int) -> thrift.Struct:
    """Append a row group, and return what the footer says of it."""
    chunks, size = list[thrift.Struct](), 0
    for (name, kind), column in zip(columns.items(), values, strict=True):
        plain = _encoded(kind, column)
        packed = zlib.compress(plain, 6, wbits=31)
        page = {1: (I32, count), 2: (I32, PLAIN), 3: (I32, RLE), 4: (I32, RLE)}
        head = thrift.struct({1: (I32, DATA_PAGE), 2: (I32, len(plain)), 3: (I32, len(packed)), 5: (STRUCT, page)})
        about = {
            1: (I32, kind.physical),
            2: (LIST, [PLAIN, RLE]),
            3: (LIST, [name]),
            4: (I32, GZIP),
            5: (I64, count),
            6: (I64, len(head) + len(plain)),
            7: (I64, len(head) + len(packed)),
            9: (I64, len(file)),
        }
        chunks.append({2: (I64, len(file)), 3: (STRUCT, about)})
        file += head + packed
        size += len(head) + len(plain)
    return {1: (LIST, chunks), 2: (I64, size), 3: (I64, count)}


def _root(columns: Columns) -> thrift.Struct:
    return {4: (BINARY, "schema"), 5: (I32, len(columns))}


def _element(name: str, kind: Kind) -> thrift.Struct:
    element: dict[int, tuple[int, Any]] = {1: (I32, kind.physical), 3: (I32, REQUIRED), 4: (BINARY, name)}
    if kind.converted is not None:
        element |= {6: (I32, kind.converted), 10: (STRUCT, kind.logical)}
    return element


def _encoded(kind: Kind, values: Sequence[Any]) -> bytes:
    if kind is not TEXT:
        return struct.pack(f"<{len(values)}q", *values)
    texts = [value.encode() for value in values]
    return b"".join(chain.from_iterable((len(text).to_bytes(4, "little"), text) for text in texts))


def _groups(data: bytes) -> list[thrift.Read]:
    if len(data) < 12 or data[:4] != MAGIC or data[-4:] != MAGIC:
        raise InvalidParquetError("this is no Parquet file")
    [size] = struct.unpack("<I", data[-8:-4])
    footer = thrift.Reader(data[-8 - size : -8]).struct()
    if footer.get(6) != CREATED_BY.encode():
        raise InvalidParquetError("this Parquet file was made by somebody else")
    groups: list[thrift.Read] = footer[4]
    return groups


def _rows(columns: Columns, group: thrift.Read, data: bytes) -> Iterator[tuple[Any, ...]]:
    chunks = {chunk[3][3][0].decode(): chunk[3] for chunk in group[1]}
    return zip(*(_decoded(kind, chunks[name], data) for name, kind in columns.items()), strict=True)


def _decoded(kind: Kind, about: thrift.Read, data: bytes) -> list[Any]:
    reader = thrift.Reader(data, about[9])
    head = reader.struct()
    plain = zlib.decompress(data[reader.at : reader.at + head[3]], wbits=31)
    count = head[5][1]
    if kind is not TEXT:
        return list(struct.unpack(f"<{count}q", plain))
    texts, at = [], 0
    for _ in range(count):
        begin = at + 4
        at = begin + int.from_bytes(plain[at:begin], "little")
        texts.append(plain[begin:at].decode())
    return texts
