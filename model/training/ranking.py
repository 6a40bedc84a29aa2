"""The ranker as a part of the model: learned at moments of the past, judged on validation, checked after export."""

from dataclasses import asdict

import lightgbm
import numpy as np

from model.artifact import Part
from model.datasets.cutting import TooEarlyError
from model.training import lambdamart, snapshots
from model.training.candidates import Floats
from model.training.evaluation import Quality, evaluate, next_baskets
from model.training.facts import product_facts
from model.training.fit import past_histories
from model.training.lambdamart import RankerSettings
from model.training.parts import VALIDATION_WEEKS, Training
from model.training.reference import FILE as REFERENCE
from model.training.reference import reference
from model.training.snapshots import Ints, Snapshot

FILE, FACTS = "ranker.onnx", "products.npz"
WEEKS = (8, 12, 16)
"""Weeks before the test of the moments that are learned from, latest first; validation comes on top in the end."""
LEAST_LISTS = 200
"""Shoppers' lists with a hit that must be there to learn from."""
LEAST_PARITY = 0.99


class ParityError(Exception):
    """The exported ranker does not rank as the trees that were trained."""

    def __init__(self, parity: float) -> None:
        super().__init__(
            f"The exported ranker shares {parity:.2%} of the best 20 with the trained one, not {LEAST_PARITY:.0%}: "
            "nothing was written. Try other versions of lightgbm and onnxmltools."
        )


SETTINGS = RankerSettings()


def part(training: Training, settings: RankerSettings = SETTINGS) -> Part | None:
    """The ranker; None where there is too little to learn it from, or where it does not rank better.

    Hyper-parameters were chosen on validation; the trees that ship are grown with validation among their moments.
    Raises `ParityError`.
    """
    judged = _taken(training, VALIDATION_WEEKS)
    learned = [taken for taken in (_taken(training, weeks) for weeks in WEEKS) if taken is not None]
    if judged is None or _lists(learned) < LEAST_LISTS:
        return _left_out(training, f"fewer than {LEAST_LISTS} shoppers bought again something of their candidates")
    trial = _grown(training, learned, settings, "Growing trees to be judged")
    quality, before = _quality(training, trial, judged)
    if quality.ndcg < before.ndcg:
        return _left_out(training, f"NDCG {quality.ndcg:.4f} on validation, the candidates alone {before.ndcg:.4f}")
    calibration = lambdamart.calibrate(_predicted(trial, judged), judged.next_basket.astype(np.float64))
    ranker = _grown(training, [judged, *learned[:-1]], settings, "Growing trees")
    content = lambdamart.graph(ranker, calibration).SerializeToString(deterministic=True)
    parity = lambdamart.parity(ranker, content, judged)
    if parity < LEAST_PARITY:
        raise ParityError(parity)
    return Part(
        files={
            FILE: content,
            FACTS: product_facts(training.dataset, training.settings.tau).to_bytes(),
            REFERENCE: reference(judged),
        },
        settings={"ranker": asdict(settings) | {"weeks": list(WEEKS)}, "calibration": asdict(calibration)},
        metrics={
            "validation": _rounded(quality),
            "validation, candidates alone": _rounded(before),
            "ranker": {"parity": round(parity, 4)},
        },
        features={"ranker": judged.names},
    )


def _taken(training: Training, weeks: int) -> Snapshot | None:
    """The snapshot so many weeks before the test; None when the data does not reach back so far."""
    try:
        dataset = training.cuts(weeks)
    except TooEarlyError:
        return None
    return None if dataset.past.is_empty() else snapshots.take(dataset, training.settings, training.live)


def _lists(taken: list[Snapshot]) -> int:
    """Shoppers with a hit among their candidates."""
    return sum(len(np.unique(_shoppers(snapshot)[snapshot.next_basket])) for snapshot in taken)


def _left_out(training: Training, why: str) -> Part | None:
    training.live.console.print(f"No ranker, the candidates serve alone: {why}.")
    return None


def _grown(training: Training, learned: list[Snapshot], settings: RankerSettings, what: str) -> lightgbm.Booster:
    task = training.live.add_task(what, total=settings.trees)
    return lambdamart.grow(learned, settings, lambda: training.live.advance(task))


def _predicted(ranker: lightgbm.Booster, snapshot: Snapshot) -> Floats:
    return np.asarray(ranker.predict(snapshot.features), dtype=np.float64)


def _quality(training: Training, ranker: lightgbm.Booster, judged: Snapshot) -> tuple[Quality, Quality]:
    """How well the ranker foresees the next baskets of validation, and how well its candidates alone do."""
    dataset = training.cuts(VALIDATION_WEEKS)
    known = past_histories(dataset, training.settings.tau)
    truth, row = next_baskets(dataset, known), {shopper: row for row, shopper in enumerate(known.shoppers)}
    ends = np.cumsum([0, *judged.sizes])
    place = {row[shopper]: slice(*ends[at : at + 2]) for at, shopper in enumerate(judged.shoppers)}

    def by(column: Floats) -> Quality:
        ranks = np.empty(
            len(column), dtype=np.float32
        )  # 1 for the last, so that whatever is no candidate comes after
        for part_of in place.values():
            ranks[part_of] = np.argsort(np.argsort(column[part_of], kind="stable"), kind="stable") + 1

        def score(rows: Ints) -> Floats:
            scores = np.zeros((len(rows), len(known.products)), dtype=np.float32)
            for at, shopper in enumerate(rows):
                scores[at, judged.rows[place[shopper]]] = ranks[place[shopper]]
            return scores

        return evaluate(score, truth, known)

    return by(_predicted(ranker, judged)), by(judged.features[:, judged.names.index("score")])


def _shoppers(snapshot: Snapshot) -> Ints:
    return np.repeat(np.arange(len(snapshot.sizes)), snapshot.sizes)


def _rounded(quality: Quality) -> dict[str, float]:
    return {name: round(value, 4) for name, value in asdict(quality).items()}
