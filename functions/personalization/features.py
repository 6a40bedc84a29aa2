"""Features of a shopper: written once, used in training and in serving."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt


@dataclass(frozen=True, slots=True)
class WeightedHistory:
    """Product ids with recency-decayed weights, shape (products,), float32; what the candidate model reads."""

    products: tuple[str, ...]
    weights: npt.NDArray[np.float32]
