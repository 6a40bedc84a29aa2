"""Which offers cover which products, laid out so that all offers are scored at once."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

import numpy as np

from functions.personalization.catalog import Bools, Catalog, Doubles, Ints
from functions.personalization.offers import Offer

LEVELS = 2
"""Levels of the category path, from the department down, that tell a kind of product."""


class Incidence:
    """A compressed sparse matrix of things (its rows) by offers (its columns). Immutable by convention."""

    def __init__(self, rows: Ints, columns: Ints, values: Doubles, shape: tuple[int, int]) -> None:
        """Entries as parallel arrays, in any order; a place named twice counts with both values."""
        order = np.argsort(rows, kind="stable")
        height, self._width = shape
        self._columns, self._values = columns[order], values[order]
        self._first = np.concatenate([[0], np.cumsum(np.bincount(rows, minlength=height))])

    def entries(self, rows: Ints) -> tuple[Ints, Doubles, Ints]:
        """The entries of these rows: their columns, their values, and to which place of `rows` each belongs."""
        first = self._first[rows]
        counts = self._first[rows + 1] - first
        ends = np.cumsum(counts)
        found = np.arange(counts.sum()) + np.repeat(first - ends + counts, counts)
        return self._columns[found], self._values[found], np.repeat(np.arange(len(rows)), counts)

    def totals(self, rows: Ints, weights: Doubles) -> Doubles:
        """Shape (columns,): for each column the sum of value times weight over these rows."""
        columns, values, places = self.entries(rows)
        return np.bincount(columns, values * weights[places], minlength=self._width)


@dataclass(frozen=True, slots=True, eq=False)
class Likeness:
    """How alike products and offers are by category.

    `codes` (products,) number the category of each product; `shares` (categories, offers) holds the share of an
    offer's products that is of each category.
    """

    codes: Ints
    shares: Incidence

    def totals(self, rows: Ints, weights: Doubles) -> Doubles:
        """Shape (offers,): the sum over these products of weight times the share of the offer that is alike."""
        return self.shares.totals(self.codes[rows], weights)


class Coverage:
    """The offers that cover products, as a matrix of catalogue rows by offers.

    Rows are those of `catalog`; `offers` are in the order of their ids, which settles ties between equal scores. A
    product that the catalogue does not have is not covered; one that an offer names twice is covered once. Immutable
    by convention.
    """

    def __init__(self, offers: Iterable[Offer], catalog: Catalog) -> None:
        self.catalog = catalog
        self.offers: tuple[Offer, ...] = tuple(sorted((o for o in offers if o.products), key=lambda offer: offer.id))
        self.starts: Doubles = np.array([_epoch(offer.starts, -np.inf) for offer in self.offers])
        self.ends: Doubles = np.array([_epoch(offer.ends, np.inf) for offer in self.offers])
        covered = [_known(catalog.positions(offer.products)) for offer in self.offers]
        self._rows = np.concatenate(covered) if covered else np.empty(0, np.int64)
        self._columns = np.repeat(np.arange(len(covered)), [len(each) for each in covered])
        self.products = Incidence(
            self._rows, self._columns, np.ones(len(self._rows)), (len(catalog), len(self.offers))
        )

    def totals(self, rows: Ints, weights: Doubles) -> Doubles:
        """Shape (offers,): for each offer the sum of `weights` (products,) over those `rows` that it covers."""
        return self.products.totals(rows, weights)

    def running(self, now: datetime) -> Bools:
        """Shape (offers,): whether each offer has started and not ended."""
        moment = now.timestamp()
        return (self.starts <= moment) & (moment < self.ends)

    @cached_property
    def sizes(self) -> Doubles:
        """Shape (offers,): how many products of the catalogue each offer covers."""
        return np.bincount(self._columns, minlength=len(self.offers)).astype(np.float64)

    @cached_property
    def companions(self) -> Doubles:
        """Shape (offers,): how many offers each offer's campaign has; 1 for an offer of no campaign."""
        campaigns: dict[str, int] = {}
        for offer in self.offers:
            if offer.campaign is not None:
                campaigns[offer.campaign] = campaigns.get(offer.campaign, 0) + 1
        return np.array([campaigns.get(offer.campaign or "", 1) for offer in self.offers], dtype=np.float64)

    @cached_property
    def prices(self) -> Doubles:
        """Shape (offers,): mean price of the products that each offer covers, 0 for one that covers none."""
        prices = self.catalog.prices[self._rows]
        return np.bincount(self._columns, prices, len(self.offers)) / np.maximum(self.sizes, 1.0)

    @cached_property
    def kinds(self) -> Likeness:
        """Offers by the first levels of their products' categories."""
        return self._likeness(LEVELS)

    @cached_property
    def paths(self) -> Likeness:
        """Offers by the whole categories of their products."""
        return self._likeness(None)

    def _likeness(self, levels: int | None) -> Likeness:
        numbers: dict[tuple[str, ...], int] = {}
        paths = (product.category[:levels] for product in self.catalog.products)
        codes = np.array([numbers.setdefault(path, len(numbers)) for path in paths], dtype=np.int64)
        offers = max(1, len(self.offers))
        cells, counts = np.unique(codes[self._rows] * offers + self._columns, return_counts=True)
        shares = counts / self.sizes[cells % offers]
        shape = (len(numbers), len(self.offers))
        return Likeness(codes, Incidence(cells // offers, cells % offers, shares, shape))


def _known(rows: Ints) -> Ints:
    return np.unique(rows[rows >= 0])


def _epoch(moment: datetime | None, default: float) -> float:
    return moment.timestamp() if moment else default
