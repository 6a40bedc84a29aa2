"""Pre-computed affinities: what is read for a shopper who has no history."""

from collections.abc import Mapping, Set

import numpy as np
import polars as pl

from model.datasets.dataset import Dataset
from model.training.candidates import Floats
from model.training.evaluation import top_rows
from model.training.histories import Histories, histories

type Affinities = list[tuple[str, float]]

KEPT = 200
PRIOR_SHOPPERS = 20.0
"""Shoppers of everyone that are mixed into each group, so that small groups are not noise."""
DIGITS = 5


class Groups:
    """Mean weight of each product over groups of known shoppers, each drawn towards everyone's."""

    def __init__(self, dataset: Dataset, unknown: Set[str], tau: float) -> None:
        known = dataset.past.filter(~pl.col("shopper").is_in(list(unknown)))
        self._known: Histories = histories(known, dataset.products["id"], dataset.cut, tau)
        self._row = {shopper: row for row, shopper in enumerate(self._known.shoppers)}
        self._shoppers = dataset.shoppers
        self._everyone: Floats = self._known.weights.sum(axis=0) / len(self._row)

    def everyone(self) -> Affinities:
        """What everyone tends to want, best first."""
        return self._listed(self._everyone)

    def segments(self) -> Mapping[str, Affinities]:
        """What each segment tends to want, that of unknown demographics included."""
        members = self._shoppers.group_by("segment").agg("id").sort("segment")
        return {segment: self._listed(self._mean(ids)) for segment, ids in members.iter_rows()}

    def strangers(self, unknown: Set[str]) -> Mapping[str, Affinities]:
        """What shoppers of whom only the demographics are known may want: the mean over their traits."""
        told = self._shoppers.filter(pl.col("traits").list.len() > 0).select("id", "traits").explode("traits")
        traits = told.unnest("traits").sort("name", "value", "id")
        members = traits.group_by("name", "value", maintain_order=True).agg("id").iter_rows()
        means = {(name, value): self._mean(ids) for name, value, ids in members}
        strangers = traits.filter(pl.col("id").is_in(list(unknown))).sort("id").group_by("id", maintain_order=True)
        return {
            shopper: self._listed(np.mean([means[trait] for trait in zip(names, values, strict=True)], axis=0))
            for shopper, names, values in strangers.agg("name", "value").iter_rows()
        }

    def _mean(self, ids: list[str]) -> Floats:
        rows = [self._row[shopper] for shopper in ids if shopper in self._row]
        total: Floats = self._known.weights[rows].sum(axis=0) + PRIOR_SHOPPERS * self._everyone
        return total / (len(rows) + PRIOR_SHOPPERS)

    def _listed(self, means: Floats) -> Affinities:
        rows = top_rows(means[None, :], KEPT)[0]
        kept = [(self._known.products[row], round(float(means[row]), DIGITS)) for row in rows]
        return [(product, affinity) for product, affinity in kept if affinity > 0]
