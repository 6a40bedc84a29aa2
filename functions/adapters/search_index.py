"""Search over the catalogue, and what a shopper may be about to type."""

import asyncio
from collections import Counter
from dataclasses import dataclass

import numpy as np

from functions.adapters.text_index import Entry, TextIndex
from functions.personalization.catalog import Catalog, Product
from functions.usecases.ports import Found, Shelf

TEXT_OF_ATTRIBUTES = 500
"""Characters of a product's attributes that can be searched."""
ALL_WORDS = 0.5
"""From this score on all words were found."""
LOOKED_AT = 5
"""Phrases for each suggestion, of which variants are left out."""


@dataclass(frozen=True)
class CatalogIndex:
    """The products of one catalogue, and the distinct names and categories among them; immutable."""

    catalog: Catalog
    products: TextIndex
    phrases: tuple[str, ...]
    phrase_index: TextIndex

    @classmethod
    def of(cls, catalog: Catalog) -> "CatalogIndex":
        """The index; takes a second for 25,000 products, so make it in a thread."""
        counted = Counter(phrase for product in catalog.products for phrase in {product.name, *product.category})
        phrases = tuple(sorted(counted, key=lambda phrase: (-counted[phrase], len(phrase), phrase)))
        named = (Entry(phrase) for phrase in phrases)
        return cls(catalog, TextIndex(map(_entry, catalog.products)), phrases, TextIndex(named))

    def find(self, term: str, count: int) -> Found:
        """The product that has this very id, then those that match; the best `count` of them."""
        row = self.catalog.position.get(term.strip())
        exact = [] if row is None else [(row, 1.0)]
        found = (exact + [hit for hit in self.products.find(term, count) if hit[0] != row])[:count]
        return Found(
            np.array([row for row, _ in found], dtype=np.int64),
            np.array([score for _, score in found], dtype=np.float64),
        )

    def suggest(self, prefix: str, count: int) -> tuple[str, ...]:
        """Names and categories that have all the words, without variants (`Milk, 16 oz`) of one listed (`Milk`)."""
        listed: dict[str, str] = {}
        for row, score in self.phrase_index.find(prefix, LOOKED_AT * count):
            phrase = self.phrases[row]
            known = phrase.casefold()
            if score >= ALL_WORDS and known not in listed and known.partition(",")[0] not in listed:
                listed[known] = phrase
        return tuple(listed.values())[:count]


class TantivySearch:
    """Implements `ProductSearch` over the shelf's catalogue.

    The index of a new catalogue is made in a thread; until it is done the last one answers, with the rows that its
    products have in the new catalogue. Only the callers before the first index wait.
    """

    def __init__(self, shelf: Shelf) -> None:
        self._shelf = shelf
        self._index: CatalogIndex | None = None
        self._making: asyncio.Task[CatalogIndex] | None = None

    async def find(self, term: str, count: int, catalog: Catalog) -> Found:
        """Rows of the caller's catalogue, which a refresh of the shelf may replace meanwhile, best first.

        Raises `StoreUnavailableError` when there is none on the shelf.
        """
        index = await self._current((await self._shelf.current()).catalog)
        return _moved(index.find(term, count), index.catalog, catalog)

    async def suggest(self, prefix: str, count: int) -> tuple[str, ...]:
        """What the words may become, best first; raises `StoreUnavailableError` when there is no catalogue."""
        index = await self._current((await self._shelf.current()).catalog)
        return index.suggest(prefix, count)

    async def settled(self) -> None:
        """Wait until no index is being made."""
        if self._making is not None:
            await asyncio.wait([self._making])

    async def _current(self, catalog: Catalog) -> CatalogIndex:
        if self._index is not None and self._index.catalog is catalog:
            return self._index
        if self._making is None:
            self._making = asyncio.create_task(self._make(catalog))
        return await asyncio.shield(self._making) if self._index is None else self._index

    async def _make(self, catalog: Catalog) -> CatalogIndex:
        try:
            index = await asyncio.to_thread(CatalogIndex.of, catalog)
            self._index = index
            return index
        finally:
            self._making = None


def _moved(found: Found, old: Catalog, new: Catalog) -> Found:
    """The same products by their rows in another catalogue, without those that it does not have."""
    if old is new:
        return found
    rows = new.positions(old.ids[row] for row in found.rows)
    there = rows >= 0
    return Found(rows[there], found.scores[there])


def _entry(product: Product) -> Entry:
    labels = " ".join((product.attributes or {}).values())[:TEXT_OF_ATTRIBUTES]
    return Entry(product.name, labels, " ".join(product.category))
