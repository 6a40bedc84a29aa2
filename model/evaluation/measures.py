"""How well lists foresee the next basket, shopper by shopper: the whole catalogue ranked, nothing sampled."""

from dataclasses import dataclass, fields
from functools import lru_cache

import numpy as np
import numpy.typing as npt
from scipy import sparse

from model.evaluation.baselines.baseline import Score
from model.evaluation.slices import Floats, Ints, Slice
from model.training.evaluation import top_rows

type Doubles = npt.NDArray[np.float64]

AT, LONG = 10, 20
BATCH = 256
"""Shoppers scored at once: 256 x 25,000 products are 26 MB."""
NOTHING = -1
"""Stands in a list for a place that was left empty."""
_DISCOUNT = 1.0 / np.log2(np.arange(2, AT + 2))


@dataclass(frozen=True, slots=True, eq=False)
class Lists:
    """What was shown to each shopper judged, rows of products, best first, `NOTHING` where a list is shorter.

    `ranked` has the shape (shoppers, 20); `fresh`, (shoppers, 10), holds only products that the shopper never bought.
    """

    ranked: Ints
    fresh: Ints


@dataclass(frozen=True, slots=True, eq=False)
class Measured:
    """Measures of each shopper judged, arrays of shape (shoppers,), NaN where there is nothing to measure.

    - `recall`, `recall20`: share of the basket that is among the first ten, twenty
    - `ndcg`: of the first ten, against the best that ten places allow (Jarvelin and Kekalainen 2002)
    - `hit`: 1 when any of the first ten is in the basket; `mrr`: 1 / place of the first hit within twenty, else 0
    - `repeat`: share of the basket's products that the shopper bought before that are among the first ten
    - `explore`: share of the basket's products that the shopper never bought that are among the first ten of `fresh`
    - `novelty`: mean of -log2 of the share of shoppers who bought the product, over the first ten
    """

    recall: Doubles
    recall20: Doubles
    ndcg: Doubles
    hit: Doubles
    mrr: Doubles
    repeat: Doubles
    explore: Doubles
    novelty: Doubles


MEASURES = tuple(field.name for field in fields(Measured))


def measure(lists: Lists, known: Slice) -> Measured:
    """Measures of lists, which are in the order of `known.judged`."""
    shoppers = np.arange(len(known.judged))[:, None]
    sizes = np.array([len(basket) for basket in known.truth], dtype=np.float64)
    wanted = _keys(np.repeat(shoppers[:, 0], sizes.astype(np.int64)), _joined(known.truth), known)
    repeated = np.isin(wanted, _owned(known))
    again = np.bincount(wanted[repeated] // len(known.products), minlength=len(sizes)).astype(np.float64)
    ranked = _keys(shoppers, lists.ranked, known)
    hits, first = np.isin(ranked, wanted), np.isin(ranked[:, :AT], wanted)
    found = np.isin(_keys(shoppers, lists.fresh, known), wanted[~repeated])
    ideal = np.concatenate([[0.0], _DISCOUNT.cumsum()])[np.minimum(sizes, AT).astype(np.int64)]
    return Measured(
        recall=first.sum(axis=1) / sizes,
        recall20=hits.sum(axis=1) / sizes,
        ndcg=(first * _DISCOUNT[: first.shape[1]]).sum(axis=1) / ideal,
        hit=first.any(axis=1).astype(np.float64),
        mrr=hits.any(axis=1) / (hits.argmax(axis=1) + 1.0),
        repeat=_share((first & np.isin(ranked[:, :AT], wanted[repeated])).sum(axis=1), again),
        explore=_share(found.sum(axis=1), sizes - again),
        novelty=_novelty(lists.ranked[:, :AT], known),
    )


def mean(values: Doubles) -> float | None:
    """The mean over the shoppers who have a value; None when nobody has."""
    there = values[~np.isnan(values)]
    return float(there.mean()) if len(there) else None


def coverage(lists: Lists, known: Slice) -> float | None:
    """The share of the catalogue that is among the first ten of anybody; None when nobody was judged."""
    shown = np.unique(lists.ranked[:, :AT])
    return float((shown != NOTHING).sum() / len(known.products)) if len(lists.ranked) else None


def rank(score: Score, known: Slice, *, explore: bool = True) -> Lists:
    """Lists of the whole catalogue by its scores, for every shopper judged; without `explore`, `fresh` is empty."""
    owned = known.weights() if explore else None
    ranked, fresh = [np.zeros((0, LONG), np.int64)], [np.zeros((0, AT), np.int64)]
    for start in range(0, len(known.judged), BATCH):
        rows = known.judged[start : start + BATCH]
        scores = score(rows)
        ranked.append(_padded(top_rows(scores, LONG), LONG))
        fresh.append(_fresh(scores, owned[rows]) if owned is not None else np.full((len(rows), AT), NOTHING))
    return Lists(np.concatenate(ranked), np.concatenate(fresh))


def _keys(shoppers: Ints, products: Ints, known: Slice) -> Ints:
    """One number for each pair of a judged shopper and a product, so that sets of pairs can be compared at once."""
    return np.where(products == NOTHING, NOTHING, shoppers * len(known.products) + products)


@lru_cache(maxsize=2)
def _owned(known: Slice) -> Ints:
    """Keys of what the shoppers judged had bought before the cut."""
    bought = known.weights()[known.judged]
    shoppers = np.repeat(np.arange(len(known.judged)), np.diff(bought.indptr))
    return _keys(shoppers, bought.indices.astype(np.int64), known)


def _joined(baskets: tuple[Ints, ...]) -> Ints:
    return np.concatenate([np.zeros(0, dtype=np.int64), *baskets])


def _share(part: Ints, whole: Doubles) -> Doubles:
    return np.where(whole > 0, part / np.maximum(whole, 1.0), np.nan)


@lru_cache(maxsize=2)
def _surprise(known: Slice) -> Doubles:
    """-log2 of the share of shoppers who bought each product, and NaN at the end, where `NOTHING` finds it."""
    buyers = np.maximum(np.diff(known.weights().tocsc().indptr), 1)
    return np.append(-np.log2(buyers / max(len(known.shoppers), 1)), np.nan)


def _novelty(ranked: Ints, known: Slice) -> Doubles:
    surprise = _surprise(known)[ranked]
    there = ~np.isnan(surprise)
    return _share(np.where(there, surprise, 0.0).sum(axis=1), there.sum(axis=1))


def _padded(rows: Ints, count: int) -> Ints:
    return np.pad(rows, ((0, 0), (0, count - rows.shape[1])), constant_values=NOTHING)


def _fresh(scores: Floats, bought: sparse.csr_array) -> Ints:
    """The best of what was never bought, however little there is; the scores of the rest are lost."""
    scores[np.repeat(np.arange(len(scores)), np.diff(bought.indptr)), bought.indices] = -np.inf
    rows = _padded(top_rows(scores, AT), AT)
    there = (rows != NOTHING) & (np.take_along_axis(scores, np.maximum(rows, 0), axis=1) > -np.inf)
    return np.where(there, rows, NOTHING)
