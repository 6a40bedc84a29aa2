"""Search over the catalogue, and what a shopper may be about to type."""

import asyncio
from collections import Counter, OrderedDict
from dataclasses import dataclass, field

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
CAPACITY, LONGEST_KEPT = 500, 2_000
"""Searches that are kept, the last asked for, and products of each: 16 MB at most."""


@dataclass(frozen=True)
class CatalogIndex:
    """The products of one catalogue, and the distinct names and categories among them, which never change; `kept` is
    what was found last."""

    catalog: Catalog
    products: TextIndex
    phrases: tuple[str, ...]
    phrase_index: TextIndex
    kept: OrderedDict[tuple[str, int], Found] = field(default_factory=OrderedDict, repr=False)

    @classmethod
    def of(cls, catalog: Catalog) -> "CatalogIndex":
        """The index; takes a second for 25,000 products, so make it in a thread."""
        counted = Counter(phrase for product in catalog.products for phrase in {product.name, *product.category})
        phrases = tuple(sorted(counted, key=lambda phrase: (-counted[phrase], len(phrase), phrase)))
        named = (Entry(phrase) for phrase in phrases)
        return cls(catalog, TextIndex(map(_entry, catalog.products)), phrases, TextIndex(named))

    def find(self, term: str, count: int) -> Found:
        """The product that has this very id, then those that match; the best `count` of them.

        What was looked for lately is at hand: it stays right for as long as there is this index.
        """
        asked = term.strip(), count
        if (found := self.kept.pop(asked, None)) is None:
            found = self._found(*asked)
        if len(found.rows) <= LONGEST_KEPT:
            self.kept[asked] = found
        if len(self.kept) > CAPACITY:
            self.kept.popitem(last=False)
        return found

    def _found(self, term: str, count: int) -> Found:
        found = self.products.find(term, count)
        row = self.catalog.position.get(term)
        return found if row is None else Found(np.array([row]), np.ones(1)).then(found, count)

    def suggest(self, prefix: str, count: int) -> tuple[str, ...]:
        """Names and categories that have all the words, without variants (`Milk, 16 oz`) of one listed (`Milk`)."""
        listed: dict[str, str] = {}
        found = self.phrase_index.find(prefix, LOOKED_AT * count)
        for row, score in zip(found.rows.tolist(), found.scores.tolist(), strict=True):
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
