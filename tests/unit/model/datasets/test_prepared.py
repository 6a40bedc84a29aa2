"""A prepared folder."""

import json
from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from polars.exceptions import PanicException

from model.datasets import prepared, table
from model.datasets.dataset import MissingDataError
from model.datasets.prepared import OtherFilesError
from model.datasets.report import Report
from model.datasets.tables import Tables
from tests.unit.model.datasets import shops


@pytest.fixture(scope="module")
def tables(tmp_path_factory: pytest.TempPathFactory) -> Tables:
    """A small shop."""
    file = tmp_path_factory.mktemp("shop") / "shop.csv"
    file.write_text(shops.table(shops.purchases()))
    return table.read(shops.reading(file))


def same(one: Tables, other: Tables) -> bool:
    """Whether all frames, what they are about and the reports are equal."""
    frames = zip(one.frames().values(), other.frames().values(), strict=True)
    return all(mine.equals(yours) for mine, yours in frames) and (one.about, one.report) == (
        other.about,
        other.report,
    )


def test_what_is_written_is_what_is_read(tables: Tables, tmp_path: Path) -> None:
    """Every frame, and the report; once more over what is there."""
    for name in ("first", "second"):
        told = replace(tables, about=replace(tables.about, name=name))
        prepared.write(told, tmp_path / "out")
        assert same(prepared.read(tmp_path / "out"), told)
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=25, deadline=None)
@given(name=st.text(max_size=20), source=st.text(max_size=20), dropped=st.dictionaries(st.text(), st.integers()))
def test_any_report_comes_back(
    tables: Tables, tmp_path: Path, name: str, source: str, dropped: dict[str, int]
) -> None:
    """Whatever a data set is called, and whatever was dropped."""
    about = replace(tables.about, name=name, source=source)
    told = replace(tables, about=about, report=Report(1_000, dropped, ("a note",)))
    prepared.write(told, tmp_path / "out")
    assert same(prepared.read(tmp_path / "out"), told)


def test_other_files_are_not_replaced(tables: Tables, tmp_path: Path) -> None:
    """A folder of one's own is never deleted."""
    (tmp_path / "mine.txt").write_text("mine")
    with pytest.raises(OtherFilesError, match="other files"):
        prepared.write(tables, tmp_path)
    assert (tmp_path / "mine.txt").read_text() == "mine"


def test_a_write_that_fails_leaves_what_was_there(
    tables: Tables, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A full disk half way: the former data set is whole, and nothing else is there."""
    prepared.write(tables, tmp_path / "out")
    full = OSError(28, "No space left on device")

    def fails(*_: object) -> None:
        raise full

    monkeypatch.setattr(prepared, "_card", fails)
    with pytest.raises(OSError, match="No space"):
        prepared.write(replace(tables, about=replace(tables.about, name="new")), tmp_path / "out")
    monkeypatch.undo()
    assert same(prepared.read(tmp_path / "out"), tables)
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


@pytest.mark.parametrize("damage", ["missing card", "no json", "not a card", "old", "no frame", "cut off", "columns"])
def test_a_damaged_folder_is_told(tables: Tables, tmp_path: Path, damage: str) -> None:
    """In one line that says to prepare again."""
    prepared.write(tables, tmp_path / "out")
    card, frame = tmp_path / "out" / prepared.CARD, tmp_path / "out" / "products.parquet"
    match damage:
        case "missing card":
            card.unlink()
        case "no json":
            card.write_text("{")
        case "not a card":
            card.write_text(json.dumps({"layout": prepared.LAYOUT, "about": {"cut": 7}}))
        case "old":
            card.write_text(json.dumps({**json.loads(card.read_text()), "layout": 0}))
        case "no frame":
            frame.unlink()
        case "cut off":
            frame.write_bytes(frame.read_bytes()[:50])
        case "columns":
            pl.DataFrame({"id": ["p"]}).write_parquet(frame)
    with pytest.raises(MissingDataError) as told:
        prepared.read(tmp_path / "out")
    assert "model.prepare` again" in str(told.value)
    assert len(str(told.value).splitlines()) == 1


def test_a_prepared_folder_is_a_source(tables: Tables, tmp_path: Path) -> None:
    """Of which a shop is seeded: its files tell whether something changed."""
    prepared.write(tables, tmp_path / "out")
    source = prepared.source(tmp_path / "out")
    assert (source.name, source.cut_date) == ("shop", tables.about.cut)
    assert all(path.exists() for path in source.files())
    assert source.read(4).purchases.equals(tables.cut(4).purchases)


def test_a_table_over_which_polars_panics_is_not_whole(
    tables: Tables, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Some damaged bytes make it panic, which is no `Exception`: the way out is told all the same."""

    def panics(_: Path) -> pl.DataFrame:
        raise PanicException("called `Result::unwrap()` on an `Err` value")

    prepared.write(tables, tmp_path / "out")
    monkeypatch.setattr(pl, "read_parquet", panics)
    with pytest.raises(MissingDataError, match="is not whole"):
        prepared.read(tmp_path / "out")
