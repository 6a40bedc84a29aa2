"""Products beside a product: similar ones, and those that are bought together with it. Tables, made by training."""

import io
import zipfile
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from functions.personalization.assortment import Affinities
from functions.personalization.catalog import Floats, Ints

type Kind = Literal["similar", "together"]
KINDS: tuple[Kind, ...] = ("similar", "together")
UNREADABLE = (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile, zlib.error)


class InvalidNeighboursError(ValueError):
    """The bytes are not tables of neighbours for this catalogue; the text says why."""


@dataclass(frozen=True, slots=True, eq=False)
class Table:
    """Neighbours of all products, concatenated by row: `rows` and `scores` (above 0, best first), and how many each
    product has, `lengths` of shape (products,)."""

    rows: Ints
    scores: Floats
    lengths: Ints


class Neighbours:
    """Tables of neighbours over one catalogue, looked up by product id."""

    def __init__(self, tables: dict[Kind, Table], products: Sequence[str]) -> None:
        """`products` are the ids by row; raises `InvalidNeighboursError`."""
        for name, table in tables.items():
            _check(name, table, len(products))
        self._tables = tables
        self._products = products
        self._row = {product: row for row, product in enumerate(products)}
        self._ends = {name: np.cumsum(table.lengths) for name, table in tables.items()}

    def of(self, product: str, kind: Kind, count: int) -> Affinities:
        """At most `count` neighbours of a product with their scores, best first; empty for an unknown product.

        The score of `similar` is from 0 to 1, that of `together` 1 for products that are only bought with each other.
        """
        row = self._row.get(product)
        if row is None:
            return ()
        table, end = self._tables[kind], int(self._ends[kind][row])
        start = end - int(table.lengths[row])
        end = min(end, start + max(count, 0))
        found = zip(table.rows[start:end].tolist(), table.scores[start:end].tolist(), strict=True)
        return tuple((self._products[each], score) for each, score in found)

    def to_bytes(self) -> bytes:
        """The tables as a compressed npz file without pickles; the same tables give the same bytes."""
        integer = np.uint16 if len(self._products) <= np.iinfo(np.uint16).max else np.uint32
        arrays = {}
        for name, table in self._tables.items():
            arrays[f"{name}_rows"] = table.rows.astype(integer)
            arrays[f"{name}_scores"] = table.scores.astype(np.float16)
            arrays[f"{name}_lengths"] = table.lengths.astype(np.uint8)
        file = io.BytesIO()
        np.savez_compressed(file, allow_pickle=False, **arrays)
        return file.getvalue()

    @classmethod
    def from_bytes(cls, content: bytes, products: Sequence[str]) -> "Neighbours":
        """The tables that `to_bytes` wrote, for the product ids by row; raises `InvalidNeighboursError`."""
        try:
            with np.load(io.BytesIO(content), allow_pickle=False) as file:
                tables = {
                    name: Table(
                        file[f"{name}_rows"].astype(np.int64),
                        file[f"{name}_scores"].astype(np.float32),
                        file[f"{name}_lengths"].astype(np.int64),
                    )
                    for name in KINDS
                }
        except UNREADABLE as error:
            raise InvalidNeighboursError(f"not tables of neighbours: {error!r}") from error
        return cls(tables, products)


def _check(name: str, table: Table, products: int) -> None:
    if len(table.lengths) != products:
        raise InvalidNeighboursError(f"'{name}' is for {len(table.lengths)} products, the catalogue has {products}")
    if not table.lengths.sum() == len(table.rows) == len(table.scores):
        raise InvalidNeighboursError(f"the lengths of '{name}' are not those of its neighbours")
    if len(table.rows) and (table.rows.min() < 0 or table.rows.max() >= products):
        raise InvalidNeighboursError(f"'{name}' holds a product that is not in the catalogue")
