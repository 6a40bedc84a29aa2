"""From a shopper to ranked products: candidates, their features, the ranker. Training makes its features here too."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import onnxruntime as ort

from functions.personalization.catalog import Ints
from functions.personalization.eligibility import Occasion
from functions.personalization.features import WeightedHistory, Weights, weighted_history
from functions.personalization.product_facts import ProductFacts
from functions.personalization.ranking import Candidates, dealt, features, purchase_record
from functions.personalization.recommendations import Scored

_OUTPUTS = ["candidates", "nearness", "prior"]
_ONE = np.array([1], dtype=np.int64)


@dataclass(frozen=True, slots=True, eq=False)
class Table:
    """Candidates of a shopper: their rows in the catalogue, shape (n,), and features, shape (n, features).

    The first `known` are of the shopper's history, the others are new to it.
    """

    rows: Ints
    features: Weights
    known: int


NO_CANDIDATES = Table(np.zeros(0, dtype=np.int64), np.zeros((0, 0), dtype=np.float32), 0)


@dataclass(frozen=True, slots=True, eq=False)
class CandidateTables:
    """A candidate graph with what is known of its products; `position` maps an id to its row, `tau` is in days."""

    graph: ort.InferenceSession
    position: Mapping[str, int]
    facts: ProductFacts
    tau: float

    def of(self, occasion: Occasion) -> Table:
        """Candidates and features of a shopper at a moment; empty when no product that it knows was ever touched."""
        return self.from_history(
            occasion, weighted_history(occasion.shopper, occasion.memory, occasion.now, self.tau)
        )

    def from_history(self, occasion: Occasion, history: WeightedHistory) -> Table:
        """The same when the weighted history is at hand."""
        rows = np.array([self.position.get(product, -1) for product in history.products], dtype=np.int64)
        products, weights, known = history.products, history.weights, rows >= 0
        if not known.all():
            products = tuple(product for product, kept in zip(products, known, strict=True) if kept)
            rows, weights = rows[known], weights[known]
        if not products:
            return NO_CANDIDATES
        record = purchase_record(occasion.shopper, occasion.memory, occasion.now, products)
        candidates = self._candidates(rows, weights)
        return Table(candidates.rows, features(weights, record, candidates, self.facts), len(rows))

    def _candidates(self, history: Ints, weights: Weights) -> Candidates:
        """The graph's quota of products outside the history is more than there are when the catalogue is small."""
        found = self.graph.run(_OUTPUTS, {"history": history, "weights": weights, "k": _ONE})
        rows, nearness, prior = (column[: len(self.position)] for column in found)
        return Candidates(rows, nearness, prior)


@dataclass(frozen=True, slots=True, eq=False)
class Ranker:
    """A ranker with the tables that it reads; `products` are ids by row.

    `explorer`, if there is one, orders the new candidates among themselves, in the places that `trees` gave them.
    """

    tables: CandidateTables
    trees: ort.InferenceSession
    explorer: ort.InferenceSession | None
    products: Sequence[str]

    def score(self, occasion: Occasion, history: WeightedHistory, count: int) -> Scored:
        """The best candidates, best first, with the probability that each is in the shopper's next basket."""
        table = self.tables.from_history(occasion, history)
        scores: Weights
        [scores] = self.trees.run(["score"], {"features": table.features})
        liked = np.zeros_like(scores)
        if self.explorer is not None and table.known < len(scores):
            [liked[table.known :]] = self.explorer.run(["score"], {"features": table.features[table.known :]})
            scores[table.known :] = dealt(scores[table.known :], liked[table.known :])
        best = np.lexsort((-liked, -scores))[:count]
        return Scored(tuple(self.products[row] for row in table.rows[best].tolist()), scores[best])
