"""What a baseline is."""

from collections.abc import Callable
from typing import Protocol

from model.evaluation.slices import Floats, Ints, Slice

type Score = Callable[[Ints], Floats]
"""Scores of all products, shape (shoppers, products), for shoppers by their row in the slice; a fresh array."""


class Baseline(Protocol):
    """One choice of a ranking's settings: a frozen dataclass whose fields tell what was chosen."""

    def fit(self, known: Slice) -> Score:
        """Learn from the purchases before the cut; the truth after it is not looked at."""
