"""What a reader of somebody's data is."""

from collections.abc import Callable
from dataclasses import dataclass

from model.datasets.found import Reading
from model.datasets.tables import Tables


@dataclass(frozen=True, slots=True)
class Reader:
    """Makes tables of a file or folder; raises `MissingDataError` or `UnusableDataError`, and nothing else."""

    name: str
    expects: str
    """What the path must hold, for those who ask."""
    read: Callable[[Reading], Tables]
    needs_path: bool = True
