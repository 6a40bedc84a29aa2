"""Whatever a file holds: tables, or one report that says what is wrong; never another exception."""

import json
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from model import datasets
from model.datasets.dataset import MissingDataError, UnusableDataError
from model.datasets.schemas import TABLES
from model.datasets.tables import Tables
from tests.unit.model.datasets import shops

FILES = {
    "table": "data.csv",
    "online-retail": "data.csv",
    "archive": "data.jsonl",
    "ga4": "data.json",
    "intelligent-recommendations": "Reco_Interactions.csv",
}
ABSURD: tuple[Any, ...] = (
    None, "", "x", "a" * 300, "p 1", "p/1", "=1+1", "NaN", "1e308", "9999-12-31T23:59:59Z", "0001-01-01",
    "+262143-01-01T00:00:00Z", "2026-02-30", "99999999999999999999", "\ud800", "\0", "\n", '"', ";",
    -1, 0, 1e308, -1e308, float("nan"), float("inf"), 10**30, True, [], {}, [[]], {"a": 1},
)  # fmt: skip
ROWS = shops.purchases(days=40)
few = settings(max_examples=25, deadline=None)
many = settings(max_examples=60, deadline=None)
readers = st.sampled_from(sorted(FILES))
places = st.lists(st.tuples(st.integers(0, 10**6), st.integers(0, 10**6), st.sampled_from(ABSURD)), max_size=20)


def outcome(name: str, path: Path) -> Tables | None:
    """Tables as every later step expects them, or None when the data was refused in words."""
    try:
        tables = datasets.reader(name).read(shops.reading(path))
    except (MissingDataError, UnusableDataError):
        return None
    assert {name: frame.schema for name, frame in tables.frames().items()} == {
        name: pl.Schema(columns) for name, columns in TABLES.items()
    }
    assert tables.report.kept == tables.interactions.height > 0
    assert tables.cut().products.height > 0
    return tables


def written(factory: pytest.TempPathFactory, name: str, content: bytes, end: str = "") -> Path:
    """A path that holds the content where the reader looks for it."""
    file = factory.mktemp("any") / (FILES[name] + end)
    file.write_bytes(content)
    return file.parent if name == "intelligent-recommendations" else file


@many
@given(name=readers, content=st.binary(max_size=200), end=st.sampled_from(["", ".gz"]))
def test_any_bytes(tmp_path_factory: pytest.TempPathFactory, name: str, content: bytes, end: str) -> None:
    """Binary garbage, also where a compressed file is expected."""
    assert outcome(name, written(tmp_path_factory, name, content, end)) is None


@many
@given(name=readers, content=st.text(max_size=200))
def test_any_text(tmp_path_factory: pytest.TempPathFactory, name: str, content: str) -> None:
    """Text that is no table and no JSON."""
    assert outcome(name, written(tmp_path_factory, name, content.encode("utf-8", "replace"))) is None


@many
@given(content=st.binary(max_size=200))
def test_any_parquet(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    """What is called Parquet and is none."""
    file = tmp_path_factory.mktemp("any") / "data.parquet"
    file.write_bytes(content)
    assert outcome("table", file) is None


json_values = st.recursive(
    st.sampled_from(ABSURD),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
)


@many
@given(name=st.sampled_from(["archive", "ga4"]), value=json_values)
def test_any_json(tmp_path_factory: pytest.TempPathFactory, name: str, value: object) -> None:
    """JSON that is not an object, or none of the events."""
    assert outcome(name, written(tmp_path_factory, name, shops.json_lines([value]).encode())) is None


@few
@given(name=st.sampled_from(["archive", "ga4"]), damage=places)
def test_absurd_values_in_events(tmp_path_factory: pytest.TempPathFactory, name: str, damage: Any) -> None:
    """Prices of 1e308, years of 9999, lists for texts: rows are dropped, and the rest is used."""
    events = list((shops.cloud_events if name == "archive" else shops.ga4_events)(ROWS))
    for event, place, value in damage:
        hurt(events[event % len(events)], place, value)
    path = written(tmp_path_factory, name, shops.json_lines(events).encode())
    assert outcome(name, path) is not None


TEXTS = {"table": shops.table, "online-retail": shops.invoices, "intelligent-recommendations": shops.interactions}


@few
@given(name=st.sampled_from(sorted(TEXTS)), damage=places, end=st.none() | st.integers(0, 500))
def test_absurd_values_in_tables(
    tmp_path_factory: pytest.TempPathFactory, name: str, damage: Any, end: int | None
) -> None:
    """Quotes, separators and line ends in the wrong places, a file cut off: used, or refused in words."""
    lines = TEXTS[name](ROWS).splitlines()
    for row, column, value in damage:
        cells = lines[row % len(lines)].split(",")
        cells[column % len(cells)] = str(value)
        lines[row % len(lines)] = ",".join(cells)
    outcome(name, written(tmp_path_factory, name, "\n".join(lines).encode("utf-8", "replace")[:end]))


@many
@given(
    values=st.lists(st.sampled_from(ABSURD[:19]), min_size=1), column=st.sampled_from(["shopper", "product", "time"])
)
def test_absurd_columns_of_parquet(tmp_path_factory: pytest.TempPathFactory, values: Any, column: str) -> None:
    """A whole column of something else."""
    usual = {"shopper": "s", "product": "p", "time": "2026-01-01"}
    frame = pl.DataFrame({name: [value] * len(values) for name, value in usual.items()} | {column: safe(values)})
    file = tmp_path_factory.mktemp("any") / "data.parquet"
    frame.write_parquet(file)
    assert outcome("table", file) is None


@pytest.mark.parametrize("dtype", [pl.List(pl.String), pl.Struct({"a": pl.Int8}), pl.Binary])
def test_lists_are_no_text(tmp_path: Path, dtype: pl.DataType) -> None:
    """The column that holds them is named."""
    pl.DataFrame({"shopper": ["s"], "time": ["2026-01-01"]}).with_columns(product=pl.lit(None, dtype)).write_parquet(
        tmp_path / "data.parquet"
    )
    with pytest.raises(UnusableDataError, match="column 'product' holds"):
        datasets.reader("table").read(shops.reading(tmp_path / "data.parquet"))


def safe(values: list[Any]) -> list[str | None]:
    return [None if value is None else str(value).encode("utf-8", "replace").decode() for value in values]


def hurt(event: dict[str, Any], place: int, value: object) -> None:
    """Put a value into some field, however deep."""
    node: Any = event
    while True:
        keys = list(node) if isinstance(node, dict) else list(range(len(node)))
        key = keys[place % len(keys)]
        place //= len(keys)
        if not (isinstance(node[key], dict | list) and node[key]) or place % 3 == 0:
            node[key] = json.loads(json.dumps(value))
            return
        node = node[key]
