"""Features of a shopper: written once, used in training and in serving."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import numpy as np
import numpy.typing as npt

from functions.personalization.shopper import MAX_HISTORY, Memory, Recent, Shopper

type Weights = npt.NDArray[np.float32]

SECONDS_A_DAY = 86_400.0

STRENGTHS: Mapping[str, float] = {
    "view_item": 0.2,
    "select_item": 0.2,
    "add_to_wishlist": 0.4,
    "add_to_cart": 0.6,
    "purchase": 1.0,
}
"""What an interaction of the session counts against one purchase; types that are not named count nothing.

A choice, not a measurement: purchase histories hold no views from which to learn it.
"""


@dataclass(frozen=True, slots=True)
class WeightedHistory:
    """Product ids with recency-decayed weights, shape (products,), float32; what the candidate model reads."""

    products: tuple[str, ...]
    weights: Weights


NO_HISTORY = WeightedHistory((), np.zeros(0, dtype=np.float32))


def decayed_weights(ages: npt.ArrayLike, tau: float) -> Weights:
    """exp(-age / tau) of each age; ages and `tau` in days, an age below 0 (a clock ahead of ours) counts as 0."""
    return np.exp(np.maximum(np.asarray(ages, dtype=np.float64), 0.0) / -tau).astype(np.float32)


def strongest(weights: Weights, count: int = MAX_HISTORY) -> npt.NDArray[np.int64]:
    """Rows of the `count` largest weights, largest first; of equal weights the earlier row comes first."""
    return np.argsort(-weights, kind="stable")[:count]


def weighted_history(shopper: Shopper, memory: Memory, now: datetime, tau: float) -> WeightedHistory:
    """What the shopper bought, aged to `now`, and did in the session: at most `MAX_HISTORY` products, `tau` in days.

    A product occurs once, its weights added up. Empty for a shopper who opted out of personalization.
    """
    if not shopper.personalize:
        return NO_HISTORY
    recent = [event for event in memory.recent if event.action in STRENGTHS]
    past = shopper.history
    if not recent:
        return WeightedHistory(past.products, _aged(shopper, now, tau))
    row = {product: position for position, product in enumerate(past.products)}
    rows = [row.setdefault(event.product, len(row)) for event in recent]
    weights = np.zeros(len(row), dtype=np.float32)
    weights[: len(past)] = _aged(shopper, now, tau)
    np.add.at(weights, rows, _strengths(recent, now, tau))
    return _bounded(tuple(row), weights)


def _aged(shopper: Shopper, now: datetime, tau: float) -> Weights:
    age = now.timestamp() / SECONDS_A_DAY - shopper.history.as_of
    return np.array(shopper.history.weights, dtype=np.float32) * decayed_weights(age, tau)


def _strengths(recent: list[Recent], now: datetime, tau: float) -> Weights:
    moment = now.timestamp()
    ages = [(moment - event.time.timestamp()) / SECONDS_A_DAY for event in recent]
    strengths = np.array([STRENGTHS[event.action] for event in recent], dtype=np.float32)
    return strengths * decayed_weights(ages, tau)


def _bounded(products: tuple[str, ...], weights: Weights) -> WeightedHistory:
    if len(products) <= MAX_HISTORY:
        return WeightedHistory(products, weights)
    kept = strongest(weights)
    return WeightedHistory(tuple(products[position] for position in kept), weights[kept])
