"""How good probabilities are: do they rank, are they calibrated, and how sure is that."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass

import numpy as np
from scipy.special import expit
from scipy.stats import rankdata

from functions.personalization.catalog import Bools, Doubles, Ints
from model.training.exposures import Examples

BINS = 10
"""Bins of calibration, each with a tenth of the rows, from the least to the most probable."""
TOP = 0.05
DRAWS, FLOOR_DRAWS, SEED = 100, 20, 1
SMALLEST = 1e-9


@dataclass(frozen=True, slots=True)
class Bin:
    """Rows of like probability: its mean, and the share that happened."""

    rows: int
    foreseen: float
    happened: float


@dataclass(frozen=True, slots=True)
class Quality:
    """Figures of one set of rows.

    - `auc`: with `auc_low` and `auc_high`, its 95 % interval by resampling of shoppers (0.5 when all rows are alike)
    - `ece`: expected calibration error over `bins`; `ece_floor`: what perfect probabilities would show by mere chance
    - `captured`: share of what happened among the `TOP` most probable rows
    - `base`: log-loss of the plain rate for everyone
    """

    rows: int
    happened: int
    auc: float
    auc_low: float
    auc_high: float
    log_loss: float
    base: float
    ece: float
    ece_floor: float
    captured: float
    bins: tuple[Bin, ...]

    def figures(self) -> dict[str, float]:
        """The figures without the bins, as a manifest keeps them."""
        return {name: round(float(value), 5) for name, value in asdict(self).items() if name != "bins"}


def qualities(probabilities: Doubles, truth: Examples, uncertain: Sequence[str]) -> Iterator[tuple[str, Quality]]:
    """For all rows, and for all but those of uncertain kinds, where anything happened."""
    sets = {"all kinds": np.full(len(truth), fill_value=True)}
    if uncertain:
        certain = sorted(set(truth.kinds.tolist()) - set(uncertain))
        sets[f"kinds {', '.join(certain)}"] = np.isin(truth.kinds, certain)
    for name, rows in sets.items():
        if 0 < truth.redeemed[rows].sum() < rows.sum():
            yield name, quality(probabilities[rows], truth.redeemed[rows], truth.shoppers[rows])


def quality(probabilities: Doubles, happened: Bools, shoppers: Ints) -> Quality:
    """The figures of rows of which some happened and some did not."""
    low, high = _interval(probabilities, happened, shoppers)
    bins = reliability(probabilities, happened)
    most = np.argsort(-probabilities, kind="stable")[: max(1, round(TOP * len(happened)))]
    rate = happened.mean()
    return Quality(
        rows=len(happened),
        happened=int(happened.sum()),
        auc=auc(probabilities, happened),
        auc_low=low,
        auc_high=high,
        log_loss=_log_loss(probabilities, happened),
        base=_log_loss(np.full(len(happened), rate), happened),
        ece=_error(bins),
        ece_floor=_floor(probabilities),
        captured=float(happened[most].sum() / happened.sum()),
        bins=bins,
    )


def auc(scores: Doubles, happened: Bools) -> float:
    """Probability that a row that happened scores above one that did not; equal scores count half."""
    positives = int(happened.sum())
    above = rankdata(scores)[happened].sum() - positives * (positives + 1) / 2
    return float(above / (positives * (len(happened) - positives)))


def log_loss(logits: Doubles, happened: Bools) -> float:
    """Mean negative log-likelihood, in nats."""
    return _log_loss(np.asarray(expit(logits)), happened)


def reliability(probabilities: Doubles, happened: Bools) -> tuple[Bin, ...]:
    """The bins, from the least probable; fewer where there are fewer rows."""
    order = np.argsort(probabilities, kind="stable")
    return _binned(probabilities[order], happened[order])


def _binned(ordered: Doubles, happened: Bools) -> tuple[Bin, ...]:
    parts = zip(np.array_split(ordered, BINS), np.array_split(happened, BINS), strict=True)
    return tuple(Bin(len(said), float(said.mean()), float(came.mean())) for said, came in parts if len(said))


def _error(bins: Sequence[Bin]) -> float:
    return sum(each.rows * abs(each.foreseen - each.happened) for each in bins) / sum(each.rows for each in bins)


def _floor(probabilities: Doubles) -> float:
    """The mean error of `FLOOR_DRAWS` outcomes drawn from the probabilities themselves."""
    dice, ordered = np.random.default_rng(SEED), np.sort(probabilities)
    drawn = (dice.random(len(ordered)) < ordered for _ in range(FLOOR_DRAWS))
    return float(np.mean([_error(_binned(ordered, outcome)) for outcome in drawn]))


def _log_loss(probabilities: Doubles, happened: Bools) -> float:
    likely = np.clip(np.where(happened, probabilities, 1.0 - probabilities), SMALLEST, 1.0)
    return float(-np.log(likely).mean())


def _interval(scores: Doubles, happened: Bools, shoppers: Ints) -> tuple[float, float]:
    """Percentiles of the AUC over `DRAWS` resamples of shoppers, each with all of its rows."""
    names, codes = np.unique(shoppers, return_inverse=True)
    order = np.argsort(scores, kind="stable")
    codes, happened, ties = codes[order], happened[order], _ties(scores[order])
    dice = np.random.default_rng(SEED)
    drawn = (dice.multinomial(len(names), np.full(len(names), 1 / len(names))) for _ in range(DRAWS))
    areas = [area for counts in drawn if (area := _weighted(counts[codes], happened, ties)) is not None]
    low, high = np.percentile(areas, (2.5, 97.5)).tolist() if areas else (0.5, 0.5)
    return low, high


def _ties(ordered: Doubles) -> Ints:
    """The number of each row's score among the different scores, ascending."""
    return np.cumsum(np.concatenate([[0], np.diff(ordered) > 0])).astype(np.int64)


def _weighted(counts: Ints, happened: Bools, ties: Ints) -> float | None:
    """The AUC of rows in ascending order, each counted so often; None when only one outcome was drawn."""
    good = np.bincount(ties, counts * happened)
    bad = np.bincount(ties, counts * ~happened)
    pairs = good.sum() * bad.sum()
    below = np.cumsum(bad) - bad
    return float((good * (below + bad / 2)).sum() / pairs) if pairs else None
