"""Parquet files, as we read them and as others do."""

import io
import json
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from unittest.mock import patch

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.lake import parquet
from functions.lake.parquet import MOMENT, NUMBER, TEXT, InvalidParquetError

COLUMNS = {"number": NUMBER, "moment": MOMENT, "text": TEXT}
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MOMENTS = st.integers(-(10**15), 10**15)
ROWS = st.lists(st.tuples(st.integers(-(2**63), 2**63 - 1), MOMENTS, st.text(max_size=200)), max_size=30)


@given(rows=ROWS, group=st.integers(1, 40))
def test_whatever_is_written_is_read(rows: list[tuple[Any, ...]], group: int) -> None:
    """By us and by Polars, however many row groups there are, and no row at all."""
    with patch.object(parquet, "GROUP", group):
        data = parquet.write(COLUMNS, rows)
    assert list(parquet.read(COLUMNS, data)) == rows
    frame = pl.read_parquet(io.BytesIO(data))
    assert frame.schema == {"number": pl.Int64, "moment": pl.Datetime("us", "UTC"), "text": pl.String}
    moments = [(number, EPOCH + timedelta(microseconds=moment), text) for number, moment, text in rows]
    assert frame.rows() == moments


def test_duckdb_reads_it(tmp_path: Path) -> None:
    """With times that have a zone, and more rows than fit a row group."""
    rows = [(number, number * 1_000_000, f"Äpfel {number}") for number in range(parquet.GROUP + 5)]
    (tmp_path / "a.parquet").write_bytes(parquet.write(COLUMNS, rows))
    question = "SELECT count(*) AS rows, max(epoch_us(moment)) AS moment, max(text) AS text FROM 'a.parquet'"
    asked = [f"{sys.prefix}/bin/duckdb", "-json", "-c", question]
    answer = subprocess.run(asked, cwd=tmp_path, capture_output=True, text=True, check=True)
    assert json.loads(answer.stdout) == [{"rows": len(rows), "moment": rows[-1][1], "text": "Äpfel 9999"}]


def test_the_same_rows_are_the_same_bytes() -> None:
    """A file that is written again is the file that was there."""
    rows = [(1, 2, "a"), (3, 4, "b")]
    assert parquet.write(COLUMNS, rows) == parquet.write(COLUMNS, iter(rows))


@given(at=st.floats(0, 1, exclude_max=True), damage=st.sampled_from([b"", b"\x00", b"\xff\xff\xff"]))
def test_damage_is_an_error_or_seen(at: float, damage: bytes) -> None:
    """A cut or overwritten file raises the one error that says so; nothing else, and never endlessly."""
    data = parquet.write(COLUMNS, [(number, number, "text") for number in range(50)])
    place = int(at * len(data))
    broken = data[:place] + damage + (data[place + len(damage) :] if damage else b"")
    try:
        list(parquet.read(COLUMNS, broken))
    except InvalidParquetError:
        return
    assert len(broken) == len(data)


def test_files_of_others_are_refused() -> None:
    """Only the simplest kind can be read."""
    stream = io.BytesIO()
    pl.DataFrame({"number": [1], "moment": [1], "text": ["a"]}).write_parquet(stream)
    with pytest.raises(InvalidParquetError, match="made by somebody else"):
        list(parquet.read(COLUMNS, stream.getvalue()))
