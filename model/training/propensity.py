"""How likely a shopper is to redeem an offer: the propensity model, from what came of offers in the past.

A logistic regression that can only rise with a sign of interest. Boosted trees (LightGBM, of 2, 4 and 8 leaves) and
their blends with it did not foresee the redemptions of later weeks any better. It is learned from windows of a
horizon each. How strongly it is held back, and how its probabilities are calibrated, is decided by windows that are
later than all that it had learned from.

On nine later windows of Complete Journey, half of each shared with the next, nothing tried brought the calibration
error of the certain kinds below this by more than chance: to calibrate by them alone, by more windows, less strongly,
by beta or isotonic calibration, and to weigh uncertain kinds less, which also ranked worse. They are redeemed now
more and now less often than foreseen, as campaigns come and go, and the windows before do not tell which.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import expit

from functions.personalization.catalog import Doubles
from functions.personalization.offer_features import OFFER_FEATURES
from model.artifact import Part
from model.training import logistic
from model.training.exposures import Examples, examples, joined, windows
from model.training.logistic import Logistic, Sign
from model.training.parts import Training
from model.training.propensity_graph import graph
from model.training.propensity_quality import log_loss, qualities

type Metrics = Mapping[str, Mapping[str, float]]

FILE, NAME = "offers.onnx", "offers"
RIDGES = (3.0, 30.0, 300.0)
JUDGED = 3
"""The last windows, by which ridge and calibration are chosen."""
LEAST_REDEEMED, LEAST_CALIBRATING = 20, 50
"""Redemptions from which anything can be learned, and from which probabilities can be calibrated."""
MOST_UNREDEEMED = 100_000
"""Offers not redeemed that are learned from; more are stood for by a sample of so many."""
SEED = 1
RISING = frozenset({
    "weight covered", "strongest weight covered", "purchases covered", "percent known of those covered",
    "money spent on those covered", "percent of the history of these kinds",
    "percent of the history of these categories", "days the offer still runs", "coupons redeemed before",
    "percent redeemed before",
})  # fmt: skip
FALLING = frozenset({"days since one covered was bought"})
SIGNS: tuple[Sign, ...] = tuple(1 if name in RISING else -1 if name in FALLING else 0 for name in OFFER_FEATURES)


@dataclass(frozen=True, slots=True, eq=False)
class Foreseen:
    """What a model said of windows that were later than all it had learned from, and what came of it."""

    ridge: float
    logits: Doubles
    truth: Examples


def part(training: Training) -> Part | None:
    """The offers graph; None where too few offers were redeemed to learn from."""
    past = _past(training)
    redeemed = sum(int(window.redeemed.sum()) for window in past)
    if redeemed < LEAST_REDEEMED:
        given = len(training.dataset.exposures) > 0
        found = f"{redeemed} of the offers given were redeemed, {LEAST_REDEEMED} are the least"
        training.live.console.print(f"No offer model: {found if given else 'no shopper was given an offer'}.")
        return None
    chosen = choose(past)
    ridge, slope, intercept = (chosen.ridge, *calibrate(chosen)) if chosen else (RIDGES[1], 1.0, 0.0)
    model = fit(joined(past), ridge).calibrated(slope, intercept)
    settings = {"ridge": ridge, "slope": slope, "intercept": intercept}
    return Part(
        files={FILE: graph(model).SerializeToString(deterministic=True)},
        settings={NAME: {name: round(value, 4) for name, value in settings.items()} | {"redemptions": redeemed}},
        metrics=_metrics(chosen, slope, intercept, training.dataset.uncertain),
        features={NAME: OFFER_FEATURES},
    )


def fit(past: Examples, ridge: float) -> Logistic:
    """The model of these examples."""
    rows = np.flatnonzero(past.redeemed)
    others = np.flatnonzero(~past.redeemed)
    sample = others
    if len(others) > MOST_UNREDEEMED:
        sample = np.random.default_rng(SEED).choice(others, MOST_UNREDEEMED, replace=False)
    counts = np.repeat([1.0, len(others) / max(1, len(sample))], [len(rows), len(sample)])
    learned = past[np.concatenate([rows, sample])]
    return logistic.fit(learned.features, learned.redeemed, counts, SIGNS, ridge)


def choose(past: Sequence[Examples]) -> Foreseen | None:
    """What the best ridge foresaw of the last windows, each from those before it; None when there are too few."""
    later = [
        place
        for place in range(max(1, len(past) - JUDGED), len(past))
        if sum(window.redeemed.sum() for window in past[:place]) >= LEAST_REDEEMED and len(past[place])
    ]
    if not later:
        return None
    truth, before = joined([past[place] for place in later]), [joined(list(past[:place])) for place in later]
    tried = []
    for ridge in RIDGES:
        models = (fit(known, ridge) for known in before)
        logits = [model.logits(past[place].features) for model, place in zip(models, later, strict=True)]
        tried.append(Foreseen(ridge, np.concatenate(logits), truth))
    return min(tried, key=lambda each: log_loss(each.logits, truth.redeemed))


def calibrate(foreseen: Foreseen) -> tuple[float, float]:
    """Slope and intercept for the logits, as they are when too little was redeemed to tell."""
    redeemed = foreseen.truth.redeemed
    if min(redeemed.sum(), (~redeemed).sum()) < LEAST_CALIBRATING:
        return 1.0, 0.0
    return logistic.calibration(foreseen.logits, redeemed)


def _past(training: Training) -> list[Examples]:
    begins = windows(training.dataset)
    task = training.live.add_task("Looking at what came of offers", total=len(begins))
    found = []
    for day in begins:
        found.append(examples(training.dataset, day, training.settings.tau))
        training.live.update(task, advance=1)
    training.live.update(task, total=1, completed=1)  # also where there is no window
    return found


def _metrics(chosen: Foreseen | None, slope: float, intercept: float, uncertain: Sequence[str]) -> Metrics:
    """How well redemptions of later windows were foreseen, by the model's own calibration."""
    if chosen is None:
        return {}
    probabilities = expit(slope * chosen.logits + intercept)
    return {f"offers, {name}": found.figures() for name, found in qualities(probabilities, chosen.truth, uncertain)}
