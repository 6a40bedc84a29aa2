"""Readers of real data sets: each is a `Source` of a `Dataset`."""

from collections.abc import Mapping

from model.datasets import complete_journey
from model.datasets.dataset import Source, UnknownDatasetError

SOURCES: Mapping[str, Source] = {source.name: source for source in (complete_journey.SOURCE,)}


def source(name: str) -> Source:
    """The source of a data set, or `UnknownDatasetError` naming those there are."""
    if name not in SOURCES:
        raise UnknownDatasetError(f"There is no data set '{name}': choose one of {', '.join(sorted(SOURCES))}.")
    return SOURCES[name]
