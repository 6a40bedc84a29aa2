"""What the shopper buys most, then what everyone does: hard to beat where shoppers come back for the same."""

from dataclasses import dataclass
from itertools import product

import numpy as np

from model.evaluation.baselines.baseline import Score
from model.evaluation.baselines.popularity import popularity
from model.evaluation.slices import FOR_EVER, Slice


@dataclass(frozen=True, slots=True)
class Personal:
    """The shopper's decayed count of baskets with the product, plus `prior` for the most popular product of all.

    With nothing fading (`tau`) and a prior below 1 it is the plain "personal top frequency, then popular".
    """

    tau: float = FOR_EVER
    prior: float = 0.5

    def fit(self, known: Slice) -> Score:
        """Count."""
        weights, popular = known.weights(self.tau), popularity(known, self.tau)
        popular *= self.prior / max(float(popular.max(initial=0)), 1e-9)
        return lambda rows: (weights[rows].toarray() + popular).astype(np.float32)


GRID = tuple(Personal(*choice) for choice in product((60.0, 90.0, 120.0, 180.0, FOR_EVER), (0.05, 0.5)))
