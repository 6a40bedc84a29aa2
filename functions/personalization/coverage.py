"""Which offers cover which products, laid out so that all offers are scored at once."""

from collections.abc import Iterable
from datetime import datetime

import numpy as np
import numpy.typing as npt

from functions.personalization.catalog import Bools, Catalog, Ints
from functions.personalization.offers import Offer

type Doubles = npt.NDArray[np.float64]


class Coverage:
    """The offers that cover products, as a compressed sparse matrix of catalogue rows by offers.

    `offers` are in the order of their ids, which settles ties between equal scores. A product that the catalogue does
    not have is not covered; one that an offer names twice is covered once. Immutable by convention.
    """

    def __init__(self, offers: Iterable[Offer], catalog: Catalog) -> None:
        self.offers: tuple[Offer, ...] = tuple(sorted((o for o in offers if o.products), key=lambda offer: offer.id))
        self._starts = np.array([_epoch(offer.starts, -np.inf) for offer in self.offers])
        self._ends = np.array([_epoch(offer.ends, np.inf) for offer in self.offers])
        covered = [_known(catalog.positions(offer.products)) for offer in self.offers]
        rows = np.concatenate(covered) if covered else np.empty(0, np.int64)
        columns = np.repeat(np.arange(len(covered), dtype=np.int32), [len(each) for each in covered])
        self._columns = columns[np.argsort(rows, kind="stable")]
        self._first = np.concatenate([[0], np.cumsum(np.bincount(rows, minlength=len(catalog)))])

    def totals(self, rows: Ints, weights: Doubles) -> Doubles:
        """Shape (offers,): for each offer the sum of `weights` (products,) over those `rows` that it covers."""
        first = self._first[rows]
        counts = self._first[rows + 1] - first
        ends = np.cumsum(counts)
        entries = np.arange(counts.sum()) + np.repeat(first - ends + counts, counts)
        return np.bincount(self._columns[entries], np.repeat(weights, counts), minlength=len(self.offers))

    def running(self, now: datetime) -> Bools:
        """Shape (offers,): whether each offer has started and not ended."""
        moment = now.timestamp()
        return (self._starts <= moment) & (moment < self._ends)


def _known(rows: Ints) -> Ints:
    return np.unique(rows[rows >= 0])


def _epoch(moment: datetime | None, default: float) -> float:
    return moment.timestamp() if moment else default
