"""Files as retailers have them: CSV, Parquet and JSON lines, plain or compressed, whole or damaged."""

import gzip
import json
import zlib
from collections.abc import Iterator, Sequence
from io import BytesIO
from pathlib import Path
from typing import BinaryIO

import polars as pl
from polars.exceptions import DuplicateError, PanicException, PolarsError

from model.datasets.dataset import MissingDataError, UnusableDataError
from model.datasets.found import Reading

EVENT_SUFFIXES = (".json", ".jsonl", ".ndjson")
SEPARATORS = (",", ";", "\t", "|")
_TOLD_EVERY = 1_000
"""Documents after which progress is told."""


def table(path: Path, *, header: bool = True) -> pl.DataFrame:
    """A CSV (columns are text; named `column_1` and on without a header) or Parquet file.

    Raises `MissingDataError` or `UnusableDataError`.
    """
    if not path.is_file():
        raise MissingDataError(f"{path} is not a file: name one with --path")
    try:
        if path.suffix == ".parquet":
            return pl.read_parquet(path)
        return _csv(content(path), header=header)
    except (PolarsError, PanicException, DuplicateError) as error:
        raise UnusableDataError(path.name, [f"it is damaged: {first_line(error)}"]) from None
    except (OSError, ValueError) as error:
        raise UnusableDataError(path.name, [first_line(error)]) from None


def content(path: Path) -> bytes:
    """The bytes of a file, decompressed when its name ends in .gz; raises `OSError` or `ValueError`."""
    try:
        return gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    except (EOFError, zlib.error) as error:
        raise ValueError(f"the compressed file is cut off or damaged: {first_line(error)}") from error


def documents(reading: Reading, files: Sequence[Path]) -> Iterator[bytes]:
    """Every JSON document of the files, a line each, or several in an array; raises `UnusableDataError`.

    What is not JSON is given as it is, so that it can be counted. Files that cannot be read are told at the end.
    """
    whole, done, faults = sum(file.stat().st_size for file in files), 0, []
    for file in files:
        try:
            with file.open("rb") as raw:
                for count, document in enumerate(_documents_of(file, raw)):
                    if count % _TOLD_EVERY == 0:
                        reading.tell(done + raw.tell(), whole)
                    yield document
        except (OSError, EOFError, zlib.error) as error:
            faults.append(f"{file.name} is cut off or damaged: {first_line(error)}")
        done += file.stat().st_size
    reading.tell(whole, whole)
    if faults:
        raise UnusableDataError(reading.path.name, faults)


def tree(path: Path, suffixes: Sequence[str] = EVENT_SUFFIXES) -> list[Path]:
    """The file itself, or the files of a folder and the folders in it that end so, or `MissingDataError`."""
    if path.is_file():
        return [path]
    endings = tuple(suffix + end for suffix in suffixes for end in ("", ".gz"))
    files = sorted(file for file in path.rglob("*") if file.name.endswith(endings) and file.is_file())
    if not files:
        raise MissingDataError(f"{path} holds no file that ends in {', '.join(suffixes)} (or .gz of those)")
    return files


def first_line(error: BaseException) -> str:
    """What an error says, in one line of bounded length."""
    return (str(error).splitlines() or [type(error).__name__])[0][:200]


def _csv(data: bytes, *, header: bool) -> pl.DataFrame:
    if b"\0" in data:
        raise ValueError("it holds binary data: save it as CSV (.csv) or Parquet (.parquet)")
    if not data.strip():
        raise ValueError("it is empty")
    head = data.lstrip().split(b"\n", 1)[0].decode("latin-1")
    separator = max(SEPARATORS, key=head.count)
    return pl.read_csv(BytesIO(_utf8(data)), separator=separator, has_header=header, infer_schema=False)


def _utf8(data: bytes) -> bytes:
    """Many exports are of Windows: what is not UTF-8 is taken for that."""
    try:
        data.decode()
    except UnicodeDecodeError:
        return data.decode("cp1252", errors="replace").encode()
    return data


def _documents_of(file: Path, raw: BinaryIO) -> Iterator[bytes]:
    lines = gzip.GzipFile(fileobj=raw) if file.suffix == ".gz" else raw
    if file.name.removesuffix(".gz").endswith(".json"):
        first = lines.readline()
        if _array(first) is None:  # not a document a line: one document, or one array, over many lines
            data = first + lines.read()
            yield from _array(data) or data.splitlines()
            return
        yield from _array(first) or ()
    for line in lines:
        if line.lstrip().startswith(b"["):
            yield from _array(line) or [line]
        elif line.strip():
            yield line


def _array(data: bytes) -> list[bytes] | None:
    """The documents of a JSON array, or the one document there is; None where it is no JSON."""
    try:
        read = json.loads(data)
    except (ValueError, RecursionError):
        return None
    return [json.dumps(document).encode() for document in (read if isinstance(read, list) else [read])]
