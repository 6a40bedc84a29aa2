"""A model against the tuned baselines, the canaries, and what is known of the shoppers."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from rich.progress import Progress

from functions.adapters.onnx import OnnxModel
from functions.personalization.eligibility import Occasion
from functions.personalization.features import weighted_history
from functions.personalization.recommendations import Scored
from model import artifact
from model.artifact import Manifest
from model.datasets.cutting import TooEarlyError
from model.datasets.dataset import Dataset
from model.evaluation import judging
from model.evaluation.canaries import canary, leaked, strangers
from model.evaluation.cost import measured
from model.evaluation.measures import Measured, mean, measure
from model.evaluation.report import About, Canary, Evaluation, Latency
from model.evaluation.served import Answer, Served, occasions, serve
from model.evaluation.slices import Slice, slice_of
from model.evaluation.tuning import GRIDS, MOST_TRIED_ON, Grids, Run, run

VALIDATION_WEEKS = 4
MOST_JUDGED = 20_000
"""Shoppers judged; of more, so many are drawn evenly."""
RANKER = "ranker.onnx"
type Cuts = Callable[[int], Dataset]


class WrongDataError(Exception):
    """The model was trained on other data, or up to another day, than it would be judged on."""


@dataclass(frozen=True, slots=True, eq=False)
class _Judged:
    """A ranking with its measures."""

    run: Run
    found: Measured


def evaluate(cuts: Cuts, folder: Path, live: Progress, grids: Grids = GRIDS) -> Evaluation:
    """Everything about the model in a folder; `cuts` gives the data that it was trained on, cut so many weeks before.

    Raises `WrongDataError`, `InvalidArtifactError`, `ModelCorruptError` and `TooEarlyError`.
    """
    started, dataset = time.perf_counter(), cuts(0)
    manifest = artifact.read(folder)
    check(manifest, dataset)
    test = slice_of(dataset).judging(MOST_JUDGED)
    with measured() as cost:
        model = OnnxModel(folder)
        baselines = _baselines(grids, _validation(cuts), test, live)
        parts, served = _model(model, manifest, dataset, test, live)
        best = [one.found for one in baselines]
        canaries = _canaries(model, manifest, dataset, test, best, live)
    return Evaluation(
        version=manifest.version,
        model=parts[-1].run.name,
        data=_about(dataset, test),
        rows=(
            *(judging.row(one.run, one.found, test, model=False) for one in baselines),
            *(judging.row(one.run, one.found, test, model=True) for one in parts),
        ),
        differences=judging.differences(parts[-1].found, {one.run.name: one.found for one in baselines}),
        canaries=canaries,
        groups=judging.groups(dataset, test, parts[-1].found),
        latency=_latency(served),
        leak=canaries[-1].ndcg,
        validation=manifest.metrics.get("validation", {}).get("ndcg"),
        parts=manifest.metrics,
        seconds=time.perf_counter() - started,
        megabytes=cost.megabytes,
    )


def check(manifest: Manifest, dataset: Dataset) -> None:
    """Raise `WrongDataError` unless the model was trained on this data, up to this very day."""
    trained = (str(manifest.data.get("name")), str(manifest.data.get("cut")))
    here = (dataset.name, dataset.cut_date.isoformat())
    if trained != here:
        raise WrongDataError(
            f"Model {manifest.version} was trained on {trained[0]} up to {trained[1]}, this is {here[0]} cut at "
            f"{here[1]}: give the data that it was trained on."
        )


def _validation(cuts: Cuts) -> Slice | None:
    """The validation slice; None when the data is too short to have one that judges anybody."""
    try:
        found = slice_of(cuts(VALIDATION_WEEKS)).judging(MOST_TRIED_ON)
    except TooEarlyError:
        return None
    return found if len(found.judged) else None


def _baselines(grids: Grids, validation: Slice | None, test: Slice, live: Progress) -> list[_Judged]:
    runs = (run(name, grid, validation, test, live) for name, grid in grids.items())
    return [_Judged(one, measure(one.lists, test)) for one in runs]


def _model(
    model: OnnxModel, manifest: Manifest, dataset: Dataset, test: Slice, live: Progress
) -> tuple[list[_Judged], Served]:
    """The candidates alone, where there is more, and the model; and how it served."""

    def candidates(occasion: Occasion, count: int) -> Scored:
        history = weighted_history(occasion.shopper, occasion.memory, occasion.now, model.tau)
        return model.candidates(history, count)

    answers: dict[str, Answer] = {"candidates alone": candidates}
    if RANKER in manifest.files:
        answers["ranked"] = model.score_now
    judged = occasions(dataset, test, manifest.tau)
    found = []
    for name, answer in answers.items():
        served = serve(answer, live.track(judged, description=f"The model: {name}"), test)
        found.append(_Judged(Run(name, "", served.lists), measure(served.lists, test)))
    return found, served


def _canaries(
    model: OnnxModel, manifest: Manifest, dataset: Dataset, test: Slice, baselines: Sequence[Measured], live: Progress
) -> tuple[Canary, ...]:
    judged = occasions(leaked(dataset, test), test, manifest.tau)
    told = _served("Canary: leak of the future", model.score_now, judged, test, live)
    best = mean(told.ndcg)
    judged = strangers(occasions(dataset, test, manifest.tau))
    mixed = _served("Canary: shuffled shoppers", model.score_now, judged, test, live)
    return (
        canary("shuffled labels", "every shopper is answered as another one", mixed, baselines, best),
        canary("leak of the future", "profiles hold the basket that is to be foreseen", told, baselines, best),
    )


def _served(name: str, answer: Answer, judged: Sequence[Occasion], test: Slice, live: Progress) -> Measured:
    return measure(serve(answer, live.track(judged, description=name), test).lists, test)


def _about(dataset: Dataset, test: Slice) -> About:
    return About(
        name=dataset.name,
        source=dataset.source,
        cut=dataset.cut_date.isoformat(),
        horizon=dataset.horizon,
        buyers=len(test.shoppers),
        products=len(test.products),
        purchases=len(test.buyers),
        shoppers=len(test.judged),
    )


def _latency(served: Served) -> Latency | None:
    if not len(served.milliseconds):
        return None
    p50, p99 = np.percentile(served.milliseconds, (50, 99)).tolist()
    return Latency(p50, p99)
