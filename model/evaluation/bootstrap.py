"""Intervals by resampling shoppers: how much a mean would move had other shoppers come by."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

RESAMPLES, SEED = 5_000, 1
BLOCK = 2_000_000
"""Resampled shoppers held at once: 16 MB."""
PERCENTILES = (2.5, 97.5)

type Doubles = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Interval:
    """A mean over shoppers and its 95 % interval; None where nobody has a value."""

    mean: float | None
    low: float | None
    high: float | None


NOTHING = Interval(None, None, None)


def intervals(values: Doubles, resamples: int = RESAMPLES) -> tuple[Interval, ...]:
    """The interval of each column of `values`, shape (shoppers, columns), NaN where a shopper has no value.

    Percentile bootstrap (Efron 1979) with the same resamples for all columns. Columns of differences between two
    rankings of the same shoppers give the paired interval.
    """
    there, columns = ~np.isnan(values), int(values.shape[1])
    if not there.any():
        return (NOTHING,) * columns
    table = np.concatenate([np.where(there, values, 0.0), there], axis=1).astype(np.float64)
    dice = np.random.default_rng(SEED)
    step = max(1, BLOCK // len(values))
    sums = np.concatenate([_counts(min(step, resamples - done), len(values), dice) @ table
                           for done in range(0, resamples, step)])  # fmt: skip
    return tuple(_interval(table[:, [one, one + columns]], sums[:, [one, one + columns]]) for one in range(columns))


def _counts(resamples: int, shoppers: int, dice: np.random.Generator) -> Doubles:
    """How often each shopper is drawn, shape (resamples, shoppers)."""
    drawn = dice.integers(0, shoppers, (resamples, shoppers)) + np.arange(resamples)[:, None] * shoppers
    return np.bincount(drawn.ravel(), minlength=resamples * shoppers).reshape(resamples, shoppers).astype(np.float64)


def _interval(shoppers: Doubles, drawn: Doubles) -> Interval:
    """Of sums and of how many have a value, in the two columns: for each shopper, and for each resample."""
    total, count = shoppers.sum(axis=0).tolist()
    if not count:
        return NOTHING
    sums = drawn[drawn[:, 1] > 0]  # a resample of shoppers without a value tells nothing
    low, high = np.percentile(sums[:, 0] / sums[:, 1], PERCENTILES).tolist()
    return Interval(total / count, low, high)
