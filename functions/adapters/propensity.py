"""From a shopper to the probability that each running offer is redeemed: features, then the offers graph."""

from dataclasses import dataclass

import numpy as np
import onnxruntime as ort

from functions.personalization.catalog import Doubles, Floats
from functions.personalization.coverage import Coverage
from functions.personalization.eligibility import Occasion
from functions.personalization.offer_features import offer_features

_OUTPUTS = ["probability"]


@dataclass(frozen=True, slots=True, eq=False)
class Propensity:
    """The offers graph; `tau` in days is that of the weights it was trained on."""

    graph: ort.InferenceSession
    tau: float

    def redemptions(self, occasion: Occasion, coverage: Coverage) -> Doubles | None:
        """Shape (offers,): the probability, 0 for an offer that does not run; None for who never bought anything."""
        if not occasion.shopper.personalize or not len(occasion.shopper.history):
            return None
        running = np.flatnonzero(coverage.running(occasion.now))
        probabilities = np.zeros(len(coverage.offers))
        if len(running):
            probabilities[running] = self.probabilities(offer_features(occasion, coverage, running, self.tau))
        return probabilities

    def probabilities(self, features: Floats) -> Doubles:
        """Shape (rows,) for features of shape (rows, features), see `OFFER_FEATURES`."""
        [found] = self.graph.run(_OUTPUTS, {"features": features})
        return np.asarray(found, dtype=np.float64)
