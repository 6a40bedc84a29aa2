"""Products beside a product: similar ones, and those bought together with it."""

import re
from itertools import chain

import numpy as np
import numpy.typing as npt
import polars as pl
from scipy import sparse
from scipy.sparse.linalg import svds

from functions.personalization.neighbours import Kind, Neighbours, Table
from model.artifact import Part
from model.datasets.dataset import Dataset
from model.training.baskets import before_cut, completion
from model.training.candidates import Floats
from model.training.parts import VALIDATION_WEEKS, Training

FILE = "neighbours.npz"
LISTED = 12
"""Neighbours of each product."""
LEAST_SUPPORT = 3
"""Baskets that must hold two products for them to be bought together."""
CONFIDENCE = 1.64
"""Standard deviations below what was counted: with 95 % confidence it was no less."""
PRIOR_BASKETS = 10.0
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
    together = bought_together(training.dataset)
    training.live.advance(task)
    alike = similar(training.dataset, training.candidates.vectors, training.candidates.popularity)
    training.live.advance(task)
    tables: dict[Kind, Table] = {"similar": alike, "together": together}
    shares = {str(name): round(float((table.lengths > 0).mean()), 4) for name, table in tables.items()}
    validation = training.cuts(VALIDATION_WEEKS)
    completed = completion(validation, bought_together(validation))
    return Part(
        files={FILE: Neighbours(tables, training.products).to_bytes()},
        metrics={"products with neighbours": shares, **({"baskets completed": completed} if completed else {})},
    )


def bought_together(dataset: Dataset) -> Table:
    """Products that share more baskets with a product than chance, and the sizes of baskets, explain.

    A pair is kept when it was counted `LEAST_SUPPORT` times, and the lower bound of its count is above k n_i n_j / N
    of N baskets, where k is how often pairs share a basket on average against what independence says: large baskets
    hold much of everything. Pairs are ranked by that bound over sqrt(n_i n_j): neither best-sellers, which the first
    rule keeps out, nor products that are hardly ever bought come first.
    """
    baskets = before_cut(dataset)
    counts, pairs = baskets.held.sum(axis=0).astype(np.float64), (baskets.held.T @ baskets.held).tocoo()
    kept = (pairs.row != pairs.col) & (pairs.data >= LEAST_SUPPORT)
    rows, columns, seen = pairs.row[kept], pairs.col[kept], pairs.data[kept].astype(np.float64)
    least = seen - CONFIDENCE * np.sqrt(seen)
    beyond = least > baskets.crowding * counts[rows] * counts[columns] / max(len(baskets), 1)
    scores = least / np.sqrt((counts[rows] + PRIOR_BASKETS) * (counts[columns] + PRIOR_BASKETS))
    return _table(rows[beyond], columns[beyond], scores[beyond], dataset.products.height)


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
