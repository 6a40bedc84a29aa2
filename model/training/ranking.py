"""The ranker as a part of the model: learned at moments of the past, judged on validation, checked after export."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict

import numpy as np

from functions.personalization.ranking import feature_names
from model.artifact import Part
from model.datasets.cutting import TooEarlyError
from model.training import lambdamart, ranker_graph, reference, snapshots
from model.training.candidates import Floats
from model.training.evaluation import Quality, evaluate, next_baskets
from model.training.facts import product_facts
from model.training.fit import past_histories
from model.training.lambdamart import Calibration, Doubles, Forests, RankerSettings
from model.training.parts import VALIDATION_WEEKS, Training
from model.training.snapshots import Ints, Snapshot

FILE, EXPLORER, FACTS = "ranker.onnx", "explorer.onnx", "products.npz"
WEEKS, BETWEEN, FURTHER = (8, 12, 16, 20), (10, 14, 18), (24, 28, 32, 36, 40, 44, 48, 52)
"""Weeks before the test of the moments that are learned from, latest first; validation comes on top in the end.
Those between, and `FURTHER` ones, are added one after the other where the moments so far have too few lists."""
MANY_LISTS, ENOUGH_LISTS = 4_000, 1_500
"""Shoppers who bought any of their candidates with whom no moment between, and none further back, is looked at."""
LEAST_LISTS = 200
"""Shoppers who bought any of their candidates that must be there to learn from."""
LEAST_PARITY = 0.99
SETTINGS = RankerSettings()


class ParityError(Exception):
    """The exported ranker does not rank as the trees that were trained."""

    def __init__(self, parity: float) -> None:
        super().__init__(
            f"The exported ranker shares {parity:.2%} of the best 20 with the trained one, not {LEAST_PARITY:.0%}: "
            "nothing was written. Try other versions of lightgbm and onnxmltools."
        )


def part(training: Training, settings: RankerSettings = SETTINGS) -> Part | None:
    """The ranker; None where there is too little to learn it from, or where it does not rank better.

    Hyper-parameters were chosen on validation; the trees that ship are grown with validation among their moments.
    Raises `ParityError`.
    """
    facts = product_facts(training.dataset, training.settings.tau)
    names = feature_names(facts)
    judged = _taken(training, VALIDATION_WEEKS)
    if judged is None or judged.names != names:
        return _left_out(training, "too little is known from before the validation to judge a ranker by")
    if _lists([judged]) == 0:
        return _left_out(training, "nobody bought any of its candidates in the validation, to judge a ranker by")
    past = moments(training, names)
    learned = list(past.values())
    if _lists(learned) < LEAST_LISTS:
        return _left_out(training, f"fewer than {LEAST_LISTS} shoppers bought some of their candidates")
    trial = _grown(training, learned, settings, "Growing trees to be judged")
    calibration = lambdamart.calibrate(trial, judged)
    alone, quality = _qualities(training, judged, calibration(trial.scores(judged)))
    if quality.ndcg < alone.ndcg:
        return _left_out(training, f"NDCG {quality.ndcg:.4f} on validation, the candidates alone {alone.ndcg:.4f}")
    forests = _grown(training, [judged, *learned], settings, "Growing trees")
    graphs, parity = exported(forests, calibration, judged)
    if parity < LEAST_PARITY:
        raise ParityError(parity)
    return Part(
        files={
            **graphs,
            FACTS: facts.to_bytes(),
            reference.FILE: reference.reference(judged),
        },
        settings={"ranker": asdict(settings) | {"weeks": list(past)}, "calibration": asdict(calibration)},
        metrics={
            "validation": _rounded(quality),
            "validation, candidates alone": _rounded(alone),
            "ranker": {"parity": round(parity, 4)},
        },
        features={"ranker": names},
    )


def moments(training: Training, names: Sequence[str]) -> Mapping[int, Snapshot]:
    """What is learned from, by weeks before the test.

    A moment at which categories had fewer levels has other features, and is left out.
    """
    found: dict[int, Snapshot] = {}
    enough = {WEEKS: math.inf, BETWEEN: MANY_LISTS, FURTHER: ENOUGH_LISTS}
    for weeks, lists in ((weeks, lists) for group, lists in enough.items() for weeks in group):
        if _lists(found.values()) >= lists:
            continue
        taken = _taken(training, weeks)
        if taken is not None and taken.names == names:
            found[weeks] = taken
    return found


def _taken(training: Training, weeks: int) -> Snapshot | None:
    """The snapshot so many weeks before the test; None when the data does not reach back so far."""
    try:
        dataset = training.cuts(weeks)
    except TooEarlyError:
        return None
    if dataset.past.is_empty():
        return None
    return snapshots.take(dataset, training.settings, training.live, teaching=weeks != VALIDATION_WEEKS)


def _lists(taken: Iterable[Snapshot]) -> int:
    """Lists that teach an order: of shoppers who bought any of their candidates."""
    return sum(snapshot.lists_with(snapshot.next_basket) for snapshot in taken)


def _left_out(training: Training, why: str) -> Part | None:
    training.live.console.print(f"No ranker, the candidates serve alone: {why}.")
    return None


def _grown(training: Training, learned: list[Snapshot], settings: RankerSettings, what: str) -> Forests:
    task = training.live.add_task(what, total=2 * settings.trees)
    forests = lambdamart.grow(learned, settings, lambda: training.live.advance(task))
    training.live.update(task, completed=2 * settings.trees)
    return forests


def exported(forests: Forests, calibration: Calibration, judged: Snapshot) -> tuple[dict[str, bytes], float]:
    """The graphs by file, and how well they agree with the trees: the worse of the two."""
    graphs, agree = {}, []
    for name, trees, lists in (
        (FILE, forests.ranker, judged),
        (EXPLORER, forests.explorer, judged.only_new()),
    ):
        if trees is not None:
            graphs[name] = ranker_graph.graph(trees, calibration).SerializeToString(deterministic=True)
            agree.append(ranker_graph.parity(trees, calibration, graphs[name], lists))
    return graphs, min(agree)


def _qualities(training: Training, judged: Snapshot, logits: Doubles) -> tuple[Quality, Quality]:
    """How well the candidates alone foresee the next baskets of validation, and how well they do when ranked."""
    dataset = training.cuts(VALIDATION_WEEKS)
    known = past_histories(dataset, training.settings.tau)
    truth, row = next_baskets(dataset, known), {shopper: row for row, shopper in enumerate(known.shoppers)}
    truth = truth.of([row[shopper] for shopper in judged.shoppers])
    ends = np.cumsum([0, *judged.sizes])
    place = {row[shopper]: slice(*ends[at : at + 2]) for at, shopper in enumerate(judged.shoppers)}

    def by(column: Floats | Doubles) -> Quality:
        ranks = np.zeros(len(column), dtype=np.float32)
        for one in place.values():  # from 1 for the last: what is no candidate has 0
            ranks[one] = np.argsort(np.argsort(column[one], kind="stable"), kind="stable") + 1

        def score(rows: Ints) -> Floats:
            scores = np.zeros((len(rows), len(known.products)), dtype=np.float32)
            for at, shopper in enumerate(rows):
                scores[at, judged.rows[place[shopper]]] = ranks[place[shopper]]
            return scores

        return evaluate(score, truth, known)

    return by(judged.features[:, judged.names.index("score")]), by(logits)


def _rounded(quality: Quality) -> dict[str, float]:
    return {name: round(value, 4) for name, value in asdict(quality).items()}
