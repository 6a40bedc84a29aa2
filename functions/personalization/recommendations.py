"""Which products a shopper is likely to want."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt


@dataclass(frozen=True, slots=True)
class Scored:
    """Product ids with their affinity, best first; shape (count,), float32, not negative."""

    products: tuple[str, ...]
    scores: npt.NDArray[np.float32]
