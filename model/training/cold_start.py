"""What is likely for those who never bought: what everyone wants, what a segment wants, and what traits add to it.

Traits are weighed together by a ridge regression from all of a shopper's traits to its weighted purchases: the mean
of the shoppers whose traits are known, plus what each trait adds, shrunken as by `PRIOR_SHOPPERS` who bought as all.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Set
from dataclasses import dataclass
from itertools import islice

import numpy as np
import numpy.typing as npt
import polars as pl
from scipy import sparse

from model.artifact import Part
from model.datasets.dataset import Dataset
from model.precomputed import FILE, Affinities, Precomputed
from model.training.candidates import Floats
from model.training.evaluation import next_baskets, recall_and_ndcg, top_rows
from model.training.histories import histories
from model.training.parts import VALIDATION_WEEKS, Training

type Trait = tuple[str, str]

KEPT = 200
"""Products of a list."""
PRIOR_SHOPPERS, PRIOR_MEMBERS = 100.0, 60.0
"""Shoppers that stand against each trait, and against each segment, so that what few of them bought is no taste."""
LEAST_SHOPPERS, MOST_TRAITS = 5, 500
"""Shoppers who must have a trait for it to be weighed, and traits that are, the most frequent."""
MOST_PRODUCTS, MOST_GROUPS = 20_000, 500
"""The most popular products, which lists are made of, and the most frequent sets of traits that have a list."""
MOST_SHOPPERS = 100_000
"""Newcomers that have a list of their own; the others get their segment's."""
FOLDS, AT, SEED = 5, 10, 1
DIGITS = 5


@dataclass(frozen=True, slots=True, eq=False)
class Tastes:
    """Weights of products, whose rows in the catalogue are `products`: `everyone`, and those of each segment.

    `added`, of shape (traits, products), is what each of `traits` adds to `told`, the mean of shoppers with traits.
    """

    products: npt.NDArray[np.int64]
    everyone: Floats
    segments: Mapping[str, Floats]
    traits: Mapping[Trait, int]
    told: Floats
    added: Floats

    def of(self, traits: Set[Trait]) -> Floats | None:
        """What somebody with these traits is likely to want, shape (products,); None when none is weighed."""
        rows = [self.traits[trait] for trait in sorted(traits) if trait in self.traits]
        return np.maximum(self.told + self.added[rows].sum(axis=0), 0.0) if rows else None


def part(training: Training) -> Part | None:
    """The lists, with how well each kind foresees the baskets of shoppers whose history is hidden."""
    task = training.live.add_task("What newcomers are likely to want", total=2)
    lists = precomputed(training.dataset, training.settings.tau)
    training.live.advance(task)
    if not lists.segments:
        training.live.console.print("No lists of segments: the data has less than two segments.")
    if not any(traits_of(training.dataset).values()):
        training.live.console.print("No lists by traits: nothing is known of any shopper but purchases.")
    metrics = judge(training.cuts(VALIDATION_WEEKS), training.settings.tau)
    training.live.advance(task)
    return Part(files={FILE: lists.to_bytes()}, metrics=metrics)


def precomputed(dataset: Dataset, tau: float, hidden: Set[str] = frozenset()) -> Precomputed:
    """All lists, from everything before the cut but the histories of `hidden` shoppers; `tau` in days.

    Shoppers with traits who bought nothing, or whose history is hidden, get a list of their own.
    """
    tastes = learn(dataset, tau, hidden)
    newcomers = (frozenset(dataset.shoppers["id"]) - frozenset(dataset.past["shopper"])) | hidden
    told = ((shopper, each) for shopper, each in traits_of(dataset).items() if shopper in newcomers)
    traits = dict(islice(told, MOST_SHOPPERS))
    frequent = Counter(traits[shopper] for shopper in sorted(traits)).most_common(MOST_GROUPS)
    weights = {each: found for each, _ in frequent if (found := tastes.of(each)) is not None}
    place = {each: number for number, each in enumerate(weights)}
    return Precomputed(
        everyone=_listed(dataset, tastes, tastes.everyone),
        segments={name: _listed(dataset, tastes, each) for name, each in tastes.segments.items()},
        groups=tuple(_listed(dataset, tastes, each) for each in weights.values()),
        shoppers={shopper: place[each] for shopper, each in sorted(traits.items()) if each in place},
    )


def learn(dataset: Dataset, tau: float, hidden: Set[str] = frozenset()) -> Tastes:
    """Tastes from everything before the cut but the histories of `hidden` shoppers; `tau` in days."""
    past = dataset.past.filter(~pl.col("shopper").is_in(list(hidden)))
    known = histories(past, dataset.products["id"], dataset.cut, tau)
    weight = known.weights.sum(axis=0) / max(len(known.shoppers), 1)
    products = np.sort(np.argsort(-weight, kind="stable")[:MOST_PRODUCTS])
    bought, row = known.weights[:, products], {shopper: number for number, shopper in enumerate(known.shoppers)}
    members = dataset.shoppers.group_by("segment").agg("id").sort("segment")
    segments = {
        segment: _drawn(bought[[row[each] for each in ids if each in row]], weight[products])
        for segment, ids in members.iter_rows()
    }
    traits = {shopper: each for shopper, each in traits_of(dataset).items() if shopper in row}
    weighed = _frequent(traits.values())
    told, added = _ridge(bought[[row[shopper] for shopper in traits]], _indicators(traits.values(), weighed))
    return Tastes(products, weight[products], segments if len(segments) > 1 else {}, weighed, told, added)


def traits_of(dataset: Dataset) -> Mapping[str, frozenset[Trait]]:
    """The traits of each shopper of whom any are known, by shopper."""
    told = dataset.shoppers.filter(pl.col("traits").list.len() > 0).sort("id").select("id", "traits")
    return {shopper: frozenset((each["name"], each["value"]) for each in traits) for shopper, traits in told.rows()}


def judge(dataset: Dataset, tau: float) -> dict[str, dict[str, float]]:
    """Recall and NDCG at ten of the first basket after the cut, for shoppers whose own history is hidden.

    Five folds of shoppers; of those whose traits are known where there are any. Each fold learns from all others.
    """
    truth = next_baskets(dataset, histories(dataset.past, dataset.products["id"], dataset.cut, tau))
    ids = pl.Series(sorted(set(dataset.past["shopper"])))
    baskets = {ids[int(row)]: basket for row, basket in zip(truth.shoppers, truth.baskets, strict=True)}
    traits, segments = traits_of(dataset), dict(dataset.shoppers.select("id", "segment").iter_rows())
    judged = sorted(set(baskets) & set(traits)) or sorted(baskets)
    fold = np.random.default_rng(SEED).integers(0, FOLDS, len(judged))
    measured: dict[str, list[tuple[float, float]]] = {}
    for number in range(FOLDS):
        shoppers = [shopper for shopper, drawn in zip(judged, fold, strict=True) if drawn == number]
        best = _Best(learn(dataset, tau, frozenset(shoppers)))
        for shopper in shoppers:
            for kind, ranked in best.of(segments[shopper], traits.get(shopper, frozenset())):
                measured.setdefault(f"newcomers by {kind}", []).append(recall_and_ndcg(ranked, baskets[shopper]))
    means = {kind: np.mean(each, axis=0).round(4).tolist() for kind, each in measured.items()}
    return {kind: {"recall": recall, "ndcg": ndcg} for kind, (recall, ndcg) in means.items()}


class _Best:
    """The best rows by all that newcomers could be shown by; what is not known falls back, as it does in serving."""

    def __init__(self, tastes: Tastes) -> None:
        self._tastes = tastes
        self._everyone = self._ranked(tastes.everyone)
        self._segments = {name: self._ranked(weights) for name, weights in tastes.segments.items()}
        self._traits: dict[frozenset[Trait], npt.NDArray[np.int64]] = {}

    def of(self, segment: str, traits: frozenset[Trait]) -> Iterator[tuple[str, npt.NDArray[np.int64]]]:
        """What each kind of list shows to such a shopper."""
        yield "everyone", self._everyone
        by_segment = self._segments.get(segment, self._everyone)
        if self._segments:
            yield "segment", by_segment
        if self._tastes.traits:
            if traits not in self._traits:
                weights = self._tastes.of(traits)
                self._traits[traits] = by_segment if weights is None else self._ranked(weights)
            yield "traits", self._traits[traits]

    def _ranked(self, weights: Floats) -> npt.NDArray[np.int64]:
        ranked: npt.NDArray[np.int64] = self._tastes.products[top_rows(weights[None, :], AT)[0]]
        return ranked


def _drawn(bought: sparse.csr_array, everyone: Floats) -> Floats:
    """The mean of some shoppers, drawn towards everyone's."""
    total = bought.sum(axis=0) + PRIOR_MEMBERS * everyone
    return np.asarray(total / (bought.shape[0] + PRIOR_MEMBERS), dtype=np.float32)


def _frequent(traits: Iterable[Set[Trait]]) -> Mapping[Trait, int]:
    counted = Counter(trait for each in traits for trait in sorted(each))
    kept = [(trait, count) for trait, count in counted.items() if count >= LEAST_SHOPPERS]
    best = sorted(kept, key=lambda pair: (-pair[1], pair[0]))[:MOST_TRAITS]
    return {trait: row for row, (trait, _) in enumerate(best)}


def _indicators(traits: Iterable[Set[Trait]], weighed: Mapping[Trait, int]) -> npt.NDArray[np.float64]:
    """Shape (shoppers, traits): 1 where a shopper has a trait that is weighed."""
    sets = list(traits)
    has = np.zeros((len(sets), len(weighed)))
    for shopper, each in enumerate(sets):
        has[shopper, [weighed[trait] for trait in each if trait in weighed]] = 1.0
    return has


def _ridge(bought: sparse.csr_array, has: npt.NDArray[np.float64]) -> tuple[Floats, Floats]:
    """The mean purchases of shoppers, shape (products,), less what their traits add, shape (traits, products).

    Least squares of `bought` (shoppers, products) on centred `has` (shoppers, traits), with `PRIOR_SHOPPERS` as the
    penalty of each trait.
    """
    mean = bought.sum(axis=0) / max(bought.shape[0], 1)
    share = has.sum(axis=0) / max(len(has), 1)
    centred = has - share
    gram = centred.T @ centred + PRIOR_SHOPPERS * np.eye(has.shape[1])
    added = np.linalg.solve(gram, np.asarray((bought.T @ centred).T, dtype=np.float64))
    return (mean - share @ added).astype(np.float32), added.astype(np.float32)


def _listed(dataset: Dataset, tastes: Tastes, weights: Floats) -> Affinities:
    """The best products, best first; those that weigh nothing are left out."""
    best = top_rows(weights[None, :], KEPT)[0]
    ids = dataset.products["id"][tastes.products[best]]
    pairs = zip(ids, weights[best].astype(np.float64).round(DIGITS).tolist(), strict=True)
    return [(product, affinity) for product, affinity in pairs if affinity > 0]
