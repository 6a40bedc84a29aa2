"""Request units of Cosmos DB, by Microsoft's table of sizes.

https://learn.microsoft.com/azure/cosmos-db/understand-request-unit-consumption says what reads and writes of
documents of 1 KB to 2 MB consume, and that indexes cost more: how much of that is `PER_VALUE`, our assumption.
"""

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from typing import Any

TABLE = (
    (1, 1.00, 4.95),
    (2, 1.04, 6.29),
    (4, 1.14, 6.67),
    (8, 1.33, 7.04),
    (16, 1.67, 9.52),
    (32, 2.19, 11.23),
    (64, 4.76, 22.67),
    (128, 9.95, 48.19),
    (256, 20.28, 98.29),
    (512, 40.95, 184.57),
    (1_024, 145.90, 625.00),
    (2_048, 291.80, 1_250.00),
)
"""Kilobytes of a document, units of a point read, units of a write."""
PER_VALUE = 0.2
"""Units that each indexed value adds to a write: assumed."""
QUERY = 2.5
"""Units of a query before it returns anything: assumed."""


def read(size: int) -> float:
    """Units of a point read of so many bytes; between the sizes of the table in proportion."""
    return _between(size, 1)


def write(size: int, indexed_values: int = 0) -> float:
    """Units of an insert, a replacement or an upsert of so many bytes, of which so many values are indexed."""
    return _between(size, 2) + PER_VALUE * indexed_values


def query(size: int) -> float:
    """Units of a query of one partition that returns so many bytes."""
    return QUERY + read(size)


def indexed_values(document: Any, unindexed: Sequence[str]) -> int:
    """Values of a document that lie on no path like `/history/*`; lists and objects are not values themselves."""
    left_out = {path.split("/")[1] for path in unindexed}
    if not isinstance(document, dict):
        return 0
    return sum(1 for name, value in document.items() if name not in left_out for _ in _values(value))


def _values(value: Any) -> Iterator[Any]:
    if isinstance(value, dict):
        for inner in value.values():
            yield from _values(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _values(inner)
    else:
        yield value


def _between(size: int, column: int) -> float:
    kilobytes = max(size / 1_024, TABLE[0][0])
    place = min(bisect_left([row[0] for row in TABLE], kilobytes), len(TABLE) - 1)
    if place == 0:
        return TABLE[0][column]
    low, high = TABLE[place - 1], TABLE[place]
    return low[column] + (high[column] - low[column]) * (kilobytes - low[0]) / (high[0] - low[0])
