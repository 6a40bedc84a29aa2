"""The same for everyone: the products in the most baskets, lately or ever."""

from dataclasses import dataclass

import numpy as np

from model.evaluation.baselines.baseline import Score
from model.evaluation.slices import FOR_EVER, Floats, Slice


@dataclass(frozen=True, slots=True)
class Popularity:
    """Baskets with the product, each counting exp(-age / tau), `tau` in days."""

    tau: float = FOR_EVER

    def fit(self, known: Slice) -> Score:
        """Count."""
        popular = popularity(known, self.tau)
        return lambda rows: np.tile(popular, (len(rows), 1))


def popularity(known: Slice, tau: float) -> Floats:
    """Decayed number of baskets with each product, shape (products,)."""
    baskets: Floats = known.weights(tau).sum(axis=0).astype(np.float32)
    return baskets


GRID = tuple(Popularity(tau) for tau in (7.0, 14.0, 28.0, 90.0, FOR_EVER))
