"""Readers of real data sets: each gives a `Dataset`."""

from collections.abc import Callable, Mapping

from model.datasets import complete_journey
from model.datasets.dataset import Dataset, UnknownDatasetError

READERS: Mapping[str, Callable[[int], Dataset]] = {complete_journey.NAME: complete_journey.read}


def load(name: str, weeks_before: int = 0) -> Dataset:
    """Read a data set by its name, cut some weeks before its own cut; raises `UnknownDatasetError`."""
    if name not in READERS:
        raise UnknownDatasetError(f"There is no data set '{name}': choose one of {', '.join(sorted(READERS))}.")
    return READERS[name](weeks_before)
