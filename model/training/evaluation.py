"""How well rankings foresee the next basket: the whole catalogue ranked, nothing sampled."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

from model.datasets.dataset import Dataset
from model.training.candidates import Floats
from model.training.histories import Histories, codes

type Rows = npt.NDArray[np.int64]
type Score = Callable[[Rows], Floats]
"""Scores of all products, shape (shoppers, products), for shoppers by their row in the histories; a fresh array."""

AT = 10
BATCH = 256
"""Shoppers scored at once: 256 x 25,000 products are 26 MB."""
_DISCOUNT = 1.0 / np.log2(np.arange(2, AT + 2))


@dataclass(frozen=True, slots=True)
class NextBaskets:
    """The first day's purchases after the cut of every shopper with a history: rows, and product rows of each."""

    shoppers: Rows
    baskets: tuple[Rows, ...]

    def drawn(self, most: int) -> "NextBaskets":
        """Of at most so many shoppers, evenly drawn in the order of their ids."""
        return self if len(self.shoppers) <= most else self._at(evenly(len(self.shoppers), most))

    def of(self, shoppers: Sequence[int]) -> "NextBaskets":
        """Of these shoppers alone."""
        return self._at(np.flatnonzero(np.isin(self.shoppers, shoppers)))

    def _at(self, places: Rows) -> "NextBaskets":
        return NextBaskets(self.shoppers[places], tuple(self.baskets[place] for place in places))


def evenly(count: int, most: int) -> Rows:
    """So many places of a list of `count`, from its first to its last."""
    return np.linspace(0, count - 1, most).astype(np.int64)


@dataclass(frozen=True, slots=True)
class Quality:
    """Means over shoppers at ten products. `explore` is the recall of products never bought before, among products
    never bought before, over shoppers whose basket has one."""

    recall: float
    ndcg: float
    explore: float


def next_baskets(dataset: Dataset, known: Histories) -> NextBaskets:
    """What each shopper with a history bought on its first day from the cut on."""
    shoppers, products = pl.Series(known.shoppers), pl.Series(known.products)
    basket = dataset.next_baskets.filter(pl.col("shopper").is_in(shoppers.implode()))
    bought = basket.with_columns(pl.Series("row", codes(basket["product"], products))).group_by("shopper")
    lists = bought.agg(pl.col("row").sort()).sort("shopper")
    return NextBaskets(codes(lists["shopper"], shoppers), tuple(rows.to_numpy() for rows in lists["row"]))


def evaluate(score: Score, truth: NextBaskets, past: Histories) -> Quality:
    """Rank the catalogue for every shopper of `truth`, one at least; `past` tell by whole histories what is new."""
    measured: list[tuple[float, float, float]] = []
    for start in range(0, len(truth.shoppers), BATCH):
        rows = truth.shoppers[start : start + BATCH]
        scores, owned = score(rows), past.weights[rows]
        lists = top_rows(scores, AT)
        scores[np.repeat(np.arange(len(rows)), np.diff(owned.indptr)), owned.indices] = -1.0
        fresh = top_rows(scores, AT)
        for place, basket in enumerate(truth.baskets[start : start + BATCH]):
            new = np.setdiff1d(basket, owned.indices[owned.indptr[place] : owned.indptr[place + 1]])
            measured.append((*recall_and_ndcg(lists[place], basket), _explored(fresh[place], new)))
    recall, ndcg, explore = np.array(measured).T
    explored = explore[~np.isnan(explore)]
    return Quality(float(recall.mean()), float(ndcg.mean()), float(explored.mean()) if len(explored) else 0.0)


def top_rows(scores: Floats, count: int) -> Rows:
    """Shape (shoppers, count): the best products of each, best first, equal ones in the catalogue's order."""
    if count >= scores.shape[1]:
        return np.argsort(-scores, axis=1, kind="stable")
    # values alone are parted: with their places it takes seven times as long where most are equal
    least = -np.partition(-scores, count - 1, axis=1)[:, count - 1]
    best = np.array([_at_least(row, low, count) for row, low in zip(scores, least, strict=True)], dtype=np.int64)
    best = best.reshape(len(scores), count)
    order = np.argsort(-np.take_along_axis(scores, best, axis=1), axis=1, kind="stable")
    return np.take_along_axis(best, order, axis=1)


def _at_least(scores: Floats, least: np.float32, count: int) -> Rows:
    """Places of what is above the least, and of the first that are equal to it, ascending."""
    above = np.flatnonzero(scores > least)
    return np.sort(np.append(above, np.flatnonzero(scores == least)[: count - len(above)]))


def recall_and_ndcg(ranked: Rows, basket: Rows) -> tuple[float, float]:
    """Of the first ten products of a list, against the rows of a basket."""
    hits = np.isin(ranked, basket)
    ideal = _DISCOUNT[: min(len(basket), AT)].sum()
    return hits.sum() / len(basket), (hits * _DISCOUNT[: len(hits)]).sum() / ideal


def _explored(ranked: Rows, new: Rows) -> float:
    return float(np.isin(ranked, new).sum() / len(new)) if len(new) else float("nan")
