"""Logistic regression whose coefficients may be held to a sign."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize
from scipy.special import expit

from functions.personalization.catalog import Bools, Doubles

type Features = npt.NDArray[np.floating]
type Sign = Literal[-1, 0, 1]
"""Whether the probability may only fall with a feature, may do either, or may only rise."""

STEPS = 500
NO_BOUND = (None, None)
_BOUNDS: dict[Sign, tuple[float | None, float | None]] = {-1: (None, 0.0), 0: NO_BOUND, 1: (0.0, None)}


@dataclass(frozen=True, slots=True, eq=False)
class Logistic:
    """Probability = 1 / (1 + exp(-(features . weights + bias))); `weights` (features,) are for raw features."""

    weights: Doubles
    bias: float

    def logits(self, features: Features) -> Doubles:
        """Shape (rows,) for features of shape (rows, features)."""
        return features.astype(np.float64) @ self.weights + self.bias

    def probabilities(self, features: Features) -> Doubles:
        """Shape (rows,), within 0 and 1."""
        return np.asarray(expit(self.logits(features)))

    def calibrated(self, slope: float, intercept: float) -> "Logistic":
        """With every logit z replaced by slope * z + intercept."""
        return Logistic(slope * self.weights, slope * self.bias + intercept)


def fit(features: Features, happened: Bools, counts: Doubles, signs: tuple[Sign, ...], ridge: float) -> Logistic:
    """The most likely model, with `ridge` / 2 times the squared coefficients of standardised features as penalty.

    Each of the rows stands for so many as `counts` (rows,) says. By L-BFGS-B, which keeps the bounds.
    """
    mean = np.average(features, axis=0, weights=counts).astype(np.float64)
    spread = np.sqrt(np.average((features - mean) ** 2, axis=0, weights=counts))
    spread = np.where(spread > 1e-9, spread, 1.0)
    scaled, side = (features - mean) / spread, np.where(happened, 1.0, -1.0)

    def loss(guess: Doubles) -> tuple[float, Doubles]:
        margin = side * (scaled @ guess[1:] + guess[0])
        slope = -counts * side * expit(-margin)
        value = counts @ np.logaddexp(0.0, -margin) + ridge / 2 * (guess[1:] @ guess[1:])
        return float(value), np.concatenate([[slope.sum()], scaled.T @ slope + ridge * guess[1:]])

    often, seldom = counts[happened].sum() + 1.0, counts[~happened].sum() + 1.0
    start = np.concatenate([[np.log(often / seldom)], np.zeros(features.shape[1])])
    bounds = [NO_BOUND, *(_BOUNDS[sign] for sign in signs)]
    found = minimize(loss, start, jac=True, method="L-BFGS-B", bounds=bounds, options={"maxiter": STEPS}).x
    weights = found[1:] / spread
    return Logistic(weights, float(found[0] - weights @ mean))


def calibration(logits: Doubles, happened: Bools) -> tuple[float, float]:
    """Slope and intercept that make logits probabilities (Platt, 1999); the slope is never negative."""
    made = fit(logits[:, None], happened, np.ones(len(logits)), (1,), ridge=1.0)
    return float(made.weights[0]), made.bias
