"""Purchases as weighted histories: what the model learns from, and what it is asked with."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl
from scipy import sparse

from functions.personalization.features import Weights, decayed_weights, strongest
from functions.personalization.shopper import MAX_HISTORY


@dataclass(frozen=True, slots=True)
class Histories:
    """Recency-decayed purchase counts: `weights` is sparse, shape (shoppers, products), float32."""

    shoppers: tuple[str, ...]
    products: tuple[str, ...]
    weights: sparse.csr_array

    def bounded(self, most: int = MAX_HISTORY) -> "Histories":
        """Each history cut down to its strongest products, as profiles are."""
        rows = [self.of(row) for row in range(len(self.shoppers))]
        kept = [(products[best], weights[best]) for products, weights in rows for best in [strongest(weights, most)]]
        ends = np.cumsum([0, *(len(products) for products, _ in kept)])
        columns = np.concatenate([products for products, _ in kept])
        data = np.concatenate([weights for _, weights in kept])
        matrix = sparse.csr_array((data, columns, ends), shape=self.weights.shape)
        return Histories(self.shoppers, self.products, matrix)

    def of(self, row: int) -> tuple[npt.NDArray[np.int64], Weights]:
        """Products (rows of the catalogue) and weights of one shopper."""
        start, end = self.weights.indptr[row], self.weights.indptr[row + 1]
        return self.weights.indices[start:end].astype(np.int64), self.weights.data[start:end]


def histories(past: pl.DataFrame, products: pl.Series, as_of: float, tau: float) -> Histories:
    """Histories of all shoppers of `past` (see `Dataset.purchases`) at day `as_of`; `tau` in days."""
    shoppers = past["shopper"].unique().sort()
    rows, columns = codes(past["shopper"], shoppers), codes(past["product"], products)
    weights = decayed_weights(as_of - past["day"].to_numpy(), tau)
    matrix = sparse.csr_array((weights, (rows, columns)), shape=(len(shoppers), len(products)))
    matrix.sum_duplicates()
    return Histories(tuple(shoppers), tuple(products), matrix)


def codes(values: pl.Series, names: pl.Series) -> npt.NDArray[np.int64]:
    """The position in `names` of each value; every value must be there."""
    return values.cast(pl.Enum(names)).to_physical().cast(pl.Int64).to_numpy()
