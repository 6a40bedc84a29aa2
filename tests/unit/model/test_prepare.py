"""The command that prepares data."""

from pathlib import Path

import pytest

from model import datasets, prepare
from model.datasets import prepared
from tests.unit.model.datasets import shops


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    """A table of one's own."""
    file = tmp_path / "shop.csv"
    file.write_text(shops.table(shops.purchases()) + "s1,p1,soon,b,1,1\n")
    return file


def run(*arguments: object) -> int:
    """The exit code of the command."""
    return prepare.main([str(argument) for argument in arguments])


def test_what_was_dropped_is_told_and_written(shop: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """On the screen as a table, and in prepared.json."""
    assert run("--source", "table", "--path", shop, "--out", tmp_path / "out") == 0
    told = capsys.readouterr().err
    assert "no time, or one that cannot be read" in told
    assert "The test begins on 2026-04-07." in told
    assert prepared.read(tmp_path / "out").report.dropped == {"no time, or one that cannot be read": 1}


def test_what_cannot_be_used_leaves_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Exit code 1, one report, no folder."""
    (tmp_path / "shop.csv").write_text("shopper,item\ns,p\n")
    assert run("--source", "table", "--path", tmp_path / "shop.csv", "--out", tmp_path / "out") == 1
    told = capsys.readouterr().err
    assert "Traceback" not in told
    assert told.count("cannot be used") == 1
    assert "'product' is missing" in told
    assert [path.name for path in tmp_path.iterdir()] == ["shop.csv"]


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--source", "nothing"], "choose one of archive, complete-journey, ga4"),
        (["--source", "ga4"], "--path is needed: it must name a file or folder of events"),
        (["--source", "ga4", "--path", "/not/there"], "/not/there does not exist"),
    ],
)
def test_one_is_told_what_to_name(
    arguments: list[str], told: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The readers there are, and what each expects."""
    assert run(*arguments, "--out", tmp_path / "out") == 1
    assert told in capsys.readouterr().err


def test_a_folder_of_other_files_is_left_alone(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Before anything is read."""
    assert run("--source", "table", "--path", shop, "--out", shop.parent) == 1
    assert "name another folder" in capsys.readouterr().err


def test_the_folder_one_is_in_can_be_filled(shop: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An empty one, named by a dot."""
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    assert run("--source", "table", "--path", shop, "--out", ".") == 0
    assert prepared.read(tmp_path / "here").interactions.height > 0


def test_a_file_in_the_way_is_told(shop: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A folder cannot be made below a file."""
    assert run("--source", "table", "--path", shop, "--out", shop / "out") == 1
    assert "cannot be written" in capsys.readouterr().err


def test_help_tells_what_each_source_expects(capsys: pytest.CaptureFixture[str]) -> None:
    """Every reader, with its path."""
    with pytest.raises(SystemExit) as ended:
        run("--help")
    assert ended.value.code == 0
    told = capsys.readouterr().out
    assert all(name in told and reader.expects in told for name, reader in datasets.READERS.items())
