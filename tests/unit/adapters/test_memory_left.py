"""How much memory is left, as Linux tells it."""

from pathlib import Path

import pytest

from functions.adapters.memory_left import memory_left


@pytest.fixture
def meminfo(tmp_path: Path) -> Path:
    """A machine with 2 MB left."""
    file = tmp_path / "meminfo"
    file.write_text("MemTotal:        8000 kB\nMemAvailable:    2000 kB\nHugePages_Total:       0\n")
    return file


def cgroup(folder: Path, limit: str, used: str) -> Path:
    """The files of a container."""
    (folder / "memory.max").write_text(f"{limit}\n")
    (folder / "memory.current").write_text(f"{used}\n")
    return folder


@pytest.mark.parametrize(
    ("limit", "used", "left"), [("max", "5", 2_048_000), ("1000000", "400000", 600_000), ("9000000", "1", 2_048_000)]
)
def test_the_smaller_one_counts(meminfo: Path, tmp_path: Path, limit: str, used: str, left: int) -> None:
    """What the machine has left, or what the container may still take; `max` is no limit."""
    assert memory_left(meminfo, cgroup(tmp_path, limit, used)) == left


def test_where_nobody_tells_nothing_is_known(tmp_path: Path) -> None:
    """Another system, or a file that is not as expected."""
    assert memory_left(tmp_path / "none", tmp_path / "none") is None
    (tmp_path / "meminfo").write_text("MemAvailable: much\n")
    assert memory_left(tmp_path / "meminfo", tmp_path / "none") is None
