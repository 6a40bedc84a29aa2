"""A slice of time to judge on: what every shopper bought before a cut, and on the first day in the shop after it."""

import math
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import polars as pl
from scipy import sparse

from functions.personalization.features import decayed_weights
from model.datasets.dataset import Dataset
from model.training.evaluation import evenly, next_baskets
from model.training.histories import Histories, codes

type Ints = npt.NDArray[np.int64]
type Floats = npt.NDArray[np.float32]

FOR_EVER = math.inf
"""A tau with which nothing fades: plain counts."""


@dataclass(frozen=True, slots=True, eq=False)  # equal when the very same, so that fits can be kept by it
class Slice:
    """Purchases before the cut as parallel arrays, one row for each product of a basket, and the truth after it.

    - `buyers`, `bought`: rows in `shoppers` and `products`; `ages`: days before the cut
    - `baskets`: place of the basket among its shopper's, oldest 0
    - `judged`: rows of the shoppers with a basket after the cut; `truth`: the products of its first, rows, sorted
    """

    shoppers: tuple[str, ...]
    products: tuple[str, ...]
    buyers: Ints
    bought: Ints
    ages: Floats
    baskets: Ints
    judged: Ints
    truth: tuple[Ints, ...]

    def matrix(self, values: npt.ArrayLike) -> sparse.csr_array:
        """Values of the purchases added up for each shopper and product: sparse (shoppers, products), float32."""
        data = np.broadcast_to(np.asarray(values, dtype=np.float32), self.buyers.shape)
        shape = (len(self.shoppers), len(self.products))
        made = sparse.csr_array((data, (self.buyers, self.bought)), shape=shape)
        made.sum_duplicates()
        return made

    def weights(self, tau: float = FOR_EVER) -> sparse.csr_array:
        """Recency-decayed counts of baskets: the sum of exp(-age / tau), `tau` in days."""
        return self.matrix(1.0 if math.isinf(tau) else decayed_weights(self.ages, tau))

    def judging(self, most: int) -> "Slice":
        """The same with at most so many shoppers judged, evenly drawn in the order of their ids."""
        if len(self.judged) <= most:
            return self
        drawn = evenly(len(self.judged), most)
        return replace(self, judged=self.judged[drawn], truth=tuple(self.truth[place] for place in drawn))


def slice_of(dataset: Dataset) -> Slice:
    """The slice at the cut of a data set; shoppers without a history are not judged, there is nothing to rank by."""
    past, products = dataset.past.sort("shopper", "day", "basket", "product"), dataset.products["id"]
    shoppers = past["shopper"].unique().sort()
    buyers, shape = codes(past["shopper"], shoppers), (len(shoppers), len(products))
    truth = next_baskets(dataset, Histories(tuple(shoppers), tuple(products), sparse.csr_array(shape)))
    return Slice(
        shoppers=tuple(shoppers),
        products=tuple(products),
        buyers=buyers,
        bought=codes(past["product"], products),
        ages=(dataset.cut - past["day"]).cast(pl.Float32).to_numpy(),
        baskets=_places(buyers, past["basket"].rle_id().cast(pl.Int64).to_numpy()),
        judged=truth.shoppers,
        truth=truth.baskets,
    )


def _places(buyers: Ints, baskets: Ints) -> Ints:
    """Numbers of baskets, which ascend with their buyers, counted from 0 for each buyer."""
    return baskets - baskets[np.searchsorted(buyers, buyers)]
