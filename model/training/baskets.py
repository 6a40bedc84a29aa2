"""What was bought together, and how well the rest of a basket is known from one of its products."""

from dataclasses import dataclass

import numpy as np
import polars as pl
from scipy import sparse

from functions.personalization.catalog import Bools, Doubles, Ints
from functions.personalization.neighbours import Table
from model.datasets.dataset import Dataset

MOST_BASKETS, LARGEST = 300_000, 200
"""The most recent baskets that are counted; those of more products are orders of dealers, and say little."""
STEPS, SMALLEST = 100, 1e-9
"""Of the iteration by which chance is found."""
JUDGED, AT, SEED = 4_000, 10, 1


@dataclass(frozen=True, slots=True, eq=False)
class Pairs:
    """Products that share baskets, as parallel arrays of shape (pairs,): `rows`, `columns`, and how many they share.

    `counted` is what was seen, `chance` what would be if every product kept its number of neighbours in baskets, and
    had them at random (the configuration model: Newman & Girvan, 2004; see `pulls`). Unlike independence, that allows
    for the sizes of baskets: large ones hold much of everything, and best-sellers are in most of them.
    """

    rows: Ints
    columns: Ints
    counted: Doubles
    chance: Doubles

    def __getitem__(self, kept: Bools) -> "Pairs":
        """Those pairs."""
        return Pairs(self.rows[kept], self.columns[kept], self.counted[kept], self.chance[kept])


@dataclass(frozen=True, slots=True)
class Baskets:
    """Which products each basket held: `held` is sparse, shape (baskets, products), of ones."""

    held: sparse.csr_array

    def __len__(self) -> int:
        return int(self.held.shape[0])

    def pairs(self, least: int) -> Pairs:
        """Every ordered pair of different products that at least so many baskets held."""
        found = (self.held.T @ self.held).tocoo()
        kept = (found.row != found.col) & (found.data >= least)
        rows, columns, counted = (each[kept] for each in (found.row, found.col, found.data))
        beside = self.held.T @ (self.held.sum(axis=1) - 1).astype(np.float64)
        pull = pulls(beside)
        chance = pull[rows] * pull[columns]
        return Pairs(rows.astype(np.int64), columns.astype(np.int64), counted.astype(np.float64), chance)


def pulls(beside: Doubles) -> Doubles:
    """Shape (products,): factors whose products are the pairs to expect by chance, none of a product with itself.

    `beside` is how many products each had beside it in all, f_i times the sum of all other f. A product that is in
    nearly every pair has no such factor: it gets a large one after `STEPS`.
    """
    found = beside / np.sqrt(max(beside.sum(), 1.0))
    for _ in range(STEPS):
        found = np.sqrt(found * beside / np.maximum(found.sum() - found, SMALLEST))
    return np.asarray(found, dtype=np.float64)


def before_cut(dataset: Dataset) -> Baskets:
    """The most recent baskets before the cut, those of anonymous buyers too."""
    return _baskets(dataset, pl.concat([dataset.past.select("basket", "product", "day"), dataset.anonymous]))


def completion(dataset: Dataset, together: Table) -> dict[str, float]:
    """How well ten products bought together with one product of a basket after the cut foresee the others of it.

    `hit` is the share of baskets of which one is foreseen, `recall` the mean share of the others that are, and
    `popular hit` and `popular recall` the same for the ten best-sellers. Empty when there are no such baskets.
    """
    held = _baskets(dataset, dataset.future.select("basket", "product", "day")).held
    lists = [rows for rows in np.split(held.indices, held.indptr[1:-1]) if len(rows) > 1]
    if not lists:
        return {}
    dice, ends = np.random.default_rng(SEED), np.cumsum(together.lengths)
    popular = np.argsort(-before_cut(dataset).held.sum(axis=0), kind="stable")
    measured: list[float] = []
    for number in np.sort(dice.permutation(len(lists))[:JUDGED]):
        given = dice.choice(lists[number])
        others = lists[number][lists[number] != given]
        beside = together.rows[ends[given] - together.lengths[given] : ends[given]][:AT]
        measured += [np.isin(others, beside).mean(), np.isin(others, popular[popular != given][:AT]).mean()]
    shares = np.array(measured).reshape(-1, 2)
    figures = ((shares > 0).mean(axis=0), shares.mean(axis=0))
    (hit, popular_hit), (recall, popular_recall) = (np.round(each, 4).tolist() for each in figures)
    return {"hit": hit, "recall": recall, "popular hit": popular_hit, "popular recall": popular_recall}


def _baskets(dataset: Dataset, rows: pl.DataFrame) -> Baskets:
    fitting = (
        rows.unique(["basket", "product"])
        .with_columns(size=pl.len().over("basket"))
        .filter(pl.col("size") <= LARGEST)
        .with_columns(number=pl.struct("day", "basket").rank("dense", descending=True).cast(pl.Int64) - 1)
        .filter(pl.col("number") < MOST_BASKETS)
        .with_columns(row=pl.col("product").cast(pl.Enum(dataset.products["id"])).to_physical().cast(pl.Int64))
    )
    places = (fitting["number"].to_numpy(), fitting["row"].to_numpy())
    shape = (fitting["number"].n_unique(), dataset.products.height)
    held = sparse.csr_array((np.ones(fitting.height, dtype=np.float32), places), shape=shape)
    held.sort_indices()
    return Baskets(held)
