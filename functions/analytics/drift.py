"""Whether the world is still the one that the model was trained on: features, products, and clicks foreseen."""

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
import numpy.typing as npt

type Values = npt.NDArray[np.float32]

BINS = 10
LEAST_SHARE = 1e-4
"""Stands for an empty bin, whose logarithm would be infinite."""
LEAST_VALUES, LEAST_TOUCHES, LEAST_BOUGHT, LEAST_DECISIONS = 1_000, 200, 200, 200
"""What must have been seen before anything is concluded: a PSI of n values is about `BINS` / n by chance alone."""
MOST_PSI = 0.25
"""The usual bound of a large shift (Siddiqi, Credit Risk Scorecards, 2006); 0.1 is the bound of a small one."""
MOST_UNKNOWN = 0.1
"""Share of products touched or bought that the model may not know."""
CONFIDENCE = 1.96
"""Standard deviations of a 95 % interval."""


class InvalidReferenceError(Exception):
    """A file is not the reference of a model."""


@dataclass(frozen=True, slots=True)
class Spread:
    """A histogram: `edges` between bins, ascending, and one more `shares`, adding up to 1; outer bins are open."""

    edges: tuple[float, ...]
    shares: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Calibration:
    """Redemptions that the model foresaw in so many decisions, and the clicks that came.

    `low` to `high` is what chance would do to the foreseen number. Clicks come before redemptions: more of them are
    no fault, fewer are.
    """

    decisions: int
    expected: float
    observed: int
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Seen:
    """What a check looked at. Shares are None when there was nothing to divide by.

    `psi` is by feature, over `values` rows of features; `unknown_touched` and `unknown_bought` are the shares of
    products that the model does not know, among `touches` in events and `bought` in those shoppers' profiles.
    """

    events: int = 0
    shoppers: int = 0
    values: int = 0
    psi: Mapping[str, float] | None = None
    touches: int = 0
    unknown_touched: float | None = None
    bought: int = 0
    unknown_bought: float | None = None
    calibration: Calibration | None = None


@dataclass(frozen=True, slots=True)
class Drift:
    """The outcome of a check: `reasons` to train again, none when all is well."""

    version: str
    checked: datetime
    looked_at: Seen
    reasons: tuple[str, ...]

    @property
    def verdict(self) -> str:
        """One line for people."""
        if self.reasons:
            return f"train again: {'; '.join(self.reasons)}"
        return "nothing speaks for training again"


def spread(values: Values, bins: int = BINS) -> Spread:
    """The histogram of values between their quantiles, fewer where values repeat; NaN and infinity are left out."""
    known = _finite(values)
    if not len(known):
        return Spread((), (1.0,))
    edges = np.unique(np.quantile(known, np.linspace(0, 1, bins + 1)[1:-1]))
    return Spread(tuple(edges.tolist()), tuple(_shares(known, edges).tolist()))


def psi(reference: Spread, values: Values) -> float:
    """Population stability index of values against a reference: sum (a - e) ln(a / e); at least 0, 0 when equal."""
    known = _finite(values)
    if not len(known):
        return 0.0
    expected = np.maximum(reference.shares, LEAST_SHARE)
    actual = np.maximum(_shares(known, np.array(reference.edges)), LEAST_SHARE)
    return float(np.sum((actual - expected) * np.log(actual / expected)))


def to_json(reference: Mapping[str, Spread]) -> bytes:
    """Spreads by feature as the file `reference.json` of a model."""
    features = {name: {"edges": spread.edges, "shares": spread.shares} for name, spread in reference.items()}
    return json.dumps({"features": features}, separators=(",", ":")).encode()


def from_json(content: bytes) -> Mapping[str, Spread]:
    """The spreads of such a file, in its order, or `InvalidReferenceError`."""
    try:
        features: Mapping[str, Any] = json.loads(content)["features"]
        found = {name: Spread(tuple(each["edges"]), tuple(each["shares"])) for name, each in features.items()}
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise InvalidReferenceError(repr(error)) from error
    for name, each in found.items():
        if len(each.shares) != len(each.edges) + 1:
            raise InvalidReferenceError(f"{name} has {len(each.edges)} edges for {len(each.shares)} bins")
    return found


def unknown_share(products: Sequence[str], known: Mapping[str, object] | frozenset[str]) -> float | None:
    """The share of products that are not known, each as often as it occurs; None of nothing."""
    return sum(product not in known for product in products) / len(products) if products else None


def calibration(chances: Sequence[float], clicked: int) -> Calibration | None:
    """Clicks that came against the probabilities that were foretold; the normal interval of their sum."""
    if not chances:
        return None
    expected = math.fsum(chances)
    half = CONFIDENCE * math.sqrt(math.fsum(chance * (1 - chance) for chance in chances))
    return Calibration(len(chances), expected, clicked, max(0.0, expected - half), min(len(chances), expected + half))


def reasons(seen: Seen) -> tuple[str, ...]:
    """Why to train again; nothing is concluded from too little."""
    found = []
    moved = {name: value for name, value in (seen.psi or {}).items() if value > MOST_PSI}
    if moved and seen.values >= LEAST_VALUES:
        worst = max(moved, key=lambda name: moved[name])
        found.append(f"{len(moved)} features moved, most {worst} with a PSI of {moved[worst]:.2f}")
    if seen.touches >= LEAST_TOUCHES and (seen.unknown_touched or 0) > MOST_UNKNOWN:
        found.append(f"the model does not know {seen.unknown_touched:.0%} of what is touched")
    if seen.bought >= LEAST_BOUGHT and (seen.unknown_bought or 0) > MOST_UNKNOWN:
        found.append(f"the model does not know {seen.unknown_bought:.0%} of what was bought")
    foreseen = seen.calibration
    if foreseen and foreseen.decisions >= LEAST_DECISIONS and foreseen.observed < foreseen.low:
        found.append(f"{foreseen.observed} clicks came where {foreseen.expected:.1f} redemptions were foreseen")
    return tuple(found)


def _finite(values: Values) -> Values:
    return values[np.isfinite(values)]


def _shares(values: Values, edges: npt.NDArray[np.floating]) -> npt.NDArray[np.float64]:
    places = np.searchsorted(edges, values, side="left")
    return np.bincount(places, minlength=len(edges) + 1) / len(values)
