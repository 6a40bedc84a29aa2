"""Products beside a product: similar ones, and those bought together with it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import chain

import numpy as np
import numpy.typing as npt
import polars as pl
from scipy import sparse
from scipy.sparse.linalg import svds

from functions.personalization.catalog import Doubles
from functions.personalization.neighbours import Kind, Neighbours, Table
from model.artifact import Part
from model.datasets.dataset import Dataset
from model.training.baskets import Pairs, before_cut, completion
from model.training.candidates import Floats
from model.training.parts import VALIDATION_WEEKS, Training

FILE = "neighbours.npz"
LISTED = 12
"""Neighbours of each product."""
LEAST_SUPPORT = 3
"""Baskets that must hold two products for them to be bought together."""
LEAST_LIFT, PRIOR_PAIRS = 1.1, 5.0
"""How often two products must share a basket against chance, and the pairs by which either number is raised."""
CONFIDENCE = 1.64
"""Standard deviations below what was counted: with 95 % confidence it was no less."""
PRIOR_BASKETS = 10.0
EVENNESS = (0.0, 0.1, 0.2, 0.3, 0.4, 0.5)
"""How much it counts against a neighbour that it sells well: from the share of the product's baskets to a cosine."""
DIMENSIONS = 64
TEXT, SAME_CATEGORY = 0.5, 0.25
"""What nearness of the descriptions, and the same finest category, count against nearness of the embeddings."""
MOST_PRODUCTS, BATCH = 50_000, 500
"""Similar products are looked for among those that sell best, so many at once."""
_WORD = re.compile(r"\w+")


def part(training: Training) -> Part | None:
    """Both tables, from everything before the cut; None for a catalogue of a single product."""
    if len(training.products) < 2:
        training.live.console.print("No neighbours: the catalogue has a single product.")
        return None
    task = training.live.add_task("Finding neighbours of products", total=2)
    evenness, completed = chosen(training.cuts(VALIDATION_WEEKS))
    together = bought_together(training.dataset, evenness)
    training.live.advance(task)
    alike = similar(training.dataset, training.candidates.vectors, training.candidates.popularity)
    training.live.advance(task)
    tables: dict[Kind, Table] = {"similar": alike, "together": together}
    shares = {str(name): round(float((table.lengths > 0).mean()), 4) for name, table in tables.items()}
    return Part(
        files={FILE: Neighbours(tables, training.products).to_bytes()},
        settings={"neighbours": {"evenness": evenness}},
        metrics={"products with neighbours": shares, **({"baskets completed": completed} if completed else {})},
    )


def bought_together(dataset: Dataset, evenness: float = EVENNESS[0]) -> Table:
    """Products that share more baskets with a product than chance explains; see `Together`."""
    return Together.of(dataset).table(evenness)


@dataclass(frozen=True, slots=True, eq=False)
class Together:
    """Pairs of products with a lift, and in how many baskets each product was, `counts` of shape (products,)."""

    pairs: Pairs
    counts: Doubles

    @classmethod
    def of(cls, dataset: Dataset) -> "Together":
        """Those counted `LEAST_SUPPORT` times that share `LEAST_LIFT` times the baskets that chance explains.

        Both numbers of pairs are raised by `PRIOR_PAIRS`, so that what was seldom seen has to differ by more. Nothing
        is beside a product because it sells well: a best-seller that goes with everything has a lift of 1.
        """
        baskets = before_cut(dataset)
        pairs = baskets.pairs(LEAST_SUPPORT)
        lifted = pairs[pairs.counted + PRIOR_PAIRS > LEAST_LIFT * (pairs.chance + PRIOR_PAIRS)]
        return cls(lifted, baskets.held.sum(axis=0).astype(np.float64))

    def table(self, evenness: float) -> Table:
        """The best of each product, by the lower bound of what was counted over n_i^(1 - e) n_j^e baskets.

        With e, `evenness`, of 0 that is the share of the product's baskets with the neighbour, with 1/2 a cosine.
        """
        least = self.pairs.counted - CONFIDENCE * np.sqrt(self.pairs.counted)
        own, other = (self.counts[rows] + PRIOR_BASKETS for rows in (self.pairs.rows, self.pairs.columns))
        scores = least / (own ** (1 - evenness) * other**evenness)
        return _table(self.pairs.rows, self.pairs.columns, scores, len(self.counts))


def chosen(validation: Dataset) -> tuple[float, Mapping[str, float]]:
    """The evenness by which most of the baskets after the cut is foreseen, and how well; see `completion`.

    By the sum of hit and recall: lists that foresee many of a few large baskets are no better than those that foresee
    one of many.
    """
    together = Together.of(validation)
    tried = [(each, completion(validation, together.table(each))) for each in EVENNESS]
    return max(tried, key=lambda trial: trial[1].get("hit", 0.0) + trial[1].get("recall", 0.0))


def similar(dataset: Dataset, vectors: Floats, popularity: Floats) -> Table:
    """Products that the same shoppers buy, and whose names and categories have words in common.

    `vectors` (products, dimensions) are the candidate model's. The score is the mean of the cosine of the embeddings,
    that of the descriptions, and whether the finest category is the same, weighted; only scores above 0 are kept.
    """
    among = np.sort(np.argsort(-popularity, kind="stable")[:MOST_PRODUCTS])
    points = np.hstack([_directions(vectors), np.sqrt(np.float32(TEXT)) * _directions(descriptions(dataset), 0.1)])
    points, shelves = points[among], _shelves(dataset)[among]
    found = [_nearest(points, shelves, start, min(LISTED, len(among) - 1)) for start in range(0, len(among), BATCH)]
    rows, columns, scores = (np.concatenate(each) for each in zip(*found, strict=True))
    kept = scores > 0
    total = 1 + TEXT + SAME_CATEGORY
    return _table(among[rows[kept]], among[columns[kept]], scores[kept] / total, dataset.products.height)


def descriptions(dataset: Dataset) -> Floats:
    """Words of names and categories as vectors (products, at most `DIMENSIONS`): rare words count more (LSA)."""
    texts = dataset.products.select("name", "category").iter_rows()
    words = [{*_WORD.findall((name or "").lower()), *_levels(path)} for name, path in texts]
    code = {word: column for column, word in enumerate(sorted(set(chain.from_iterable(words))))}
    indices = np.fromiter((code[word] for each in words for word in sorted(each)), dtype=np.int64)
    ends = np.cumsum([0, *map(len, words)])
    shape = (len(words), max(len(code), 1))
    held = sparse.csr_array((np.ones(len(indices)), indices, ends), shape=shape)
    shared = held[:, np.flatnonzero(held.sum(axis=0) > 1)]
    weighted = (shared * np.log((1 + len(words)) / (1 + shared.sum(axis=0)))[None, :]).tocsr()
    lengths = np.sqrt((weighted * weighted).sum(axis=1))
    return _reduced(sparse.diags_array(1 / np.where(lengths > 0, lengths, 1.0)) @ weighted)


def _levels(path: list[str] | None) -> list[str]:
    return [f"{level}/{name}" for level, name in enumerate(path or ())]


def _reduced(weighted: sparse.csr_array) -> Floats:
    if min(weighted.shape) <= DIMENSIONS:
        return np.asarray(weighted.toarray(), dtype=np.float32)
    left, values, _ = svds(weighted, k=DIMENSIONS, random_state=1)
    return np.asarray(left * values, dtype=np.float32)


def _directions(vectors: Floats, least: float = 1e-9) -> Floats:
    """Each row at length 1; rows shorter than `least` stay short, for they hardly say anything."""
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.asarray(vectors / np.maximum(lengths, least), dtype=np.float32)


def _shelves(dataset: Dataset) -> npt.NDArray[np.int64]:
    """A number for each product's whole category path, a number of its own where that is not known."""
    paths = dataset.products["category"].list.join("\n").fill_null("")
    codes = paths.rank("dense").cast(pl.Int64).to_numpy()
    return np.where((paths == "").to_numpy(), -1 - np.arange(len(paths)), codes)


def _nearest(
    points: Floats, shelves: npt.NDArray[np.int64], start: int, count: int
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64], Floats]:
    """Rows, neighbours and scores, of a batch of products that begins at `start`."""
    near = points[start : start + BATCH] @ points.T
    near += np.float32(SAME_CATEGORY) * (shelves[start : start + BATCH, None] == shelves[None, :])
    own = np.arange(len(near))
    near[own, start + own] = -np.inf
    best = np.argpartition(near, -count, axis=1)[:, -count:]
    return np.repeat(start + own, count), best.ravel(), np.take_along_axis(near, best, axis=1).ravel()


def _table(
    rows: npt.NDArray[np.int64], columns: npt.NDArray[np.int64], scores: npt.NDArray[np.floating], products: int
) -> Table:
    """The `LISTED` best of each row, best first, of equal ones the smaller row first."""
    order = np.lexsort((columns, -scores, rows))
    rows, columns, scores = rows[order], columns[order], scores[order]
    place = np.arange(len(rows)) - np.searchsorted(rows, rows)
    kept = place < LISTED
    lengths = np.bincount(rows[kept], minlength=products)
    return Table(columns[kept].astype(np.int64), scores[kept].astype(np.float32), lengths)
