"""Readers of real data sets and of a retailer's own; each makes `Tables`, the one layout of all data."""

from collections.abc import Mapping

from model.datasets import (
    archive,
    complete_journey,
    ga4,
    intelligent_recommendations,
    lake,
    online_retail,
    table,
)
from model.datasets.dataset import Source, UnknownDatasetError
from model.datasets.reader import Reader

READERS: Mapping[str, Reader] = {
    module.NAME: module.READER
    for module in (complete_journey, online_retail, lake, archive, table, intelligent_recommendations, ga4)
}
SOURCES: Mapping[str, Source] = {source.name: source for source in (complete_journey.SOURCE,)}
"""Data sets that are there without being prepared."""


def source(name: str) -> Source:
    """The source of a data set, or `UnknownDatasetError` naming those there are."""
    if name not in SOURCES:
        raise UnknownDatasetError(f"There is no data set '{name}': choose one of {', '.join(sorted(SOURCES))}.")
    return SOURCES[name]


def reader(name: str) -> Reader:
    """The reader of that name, or `UnknownDatasetError` naming those there are."""
    if name not in READERS:
        raise UnknownDatasetError(f"There is no reader '{name}': choose one of {', '.join(sorted(READERS))}.")
    return READERS[name]
