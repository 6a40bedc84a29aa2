"""What a reader of somebody's data is, and how it refuses what it cannot read."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from model.datasets.tables import Tables


class UnusableDataError(Exception):
    """The data cannot be used as it is; the text lists every fault found, a line each."""

    def __init__(self, what: str, faults: Sequence[str]) -> None:
        self.faults = tuple(faults)
        super().__init__("\n".join([f"{what} cannot be used:", *(f"  - {fault}" for fault in faults)]))


@dataclass(frozen=True, slots=True)
class Reader:
    """Makes tables of a file or folder; raises `MissingDataError` or `UnusableDataError`, and nothing else."""

    name: str
    expects: str
    """What the path must hold, for those who ask."""
    read: Callable[[Path], Tables]
    needs_path: bool = True
