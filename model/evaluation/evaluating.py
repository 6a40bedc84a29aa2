"""A model against the tuned baselines, the canaries, and what is known of the shoppers."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from rich.progress import Progress

from functions.adapters.onnx import SESSIONS, OnnxModel
from functions.personalization.eligibility import Occasion
from functions.personalization.features import weighted_history
from functions.personalization.recommendations import Scored
from model import artifact
from model.artifact import Manifest
from model.datasets.cutting import TooEarlyError
from model.datasets.dataset import Dataset
from model.evaluation import judging
from model.evaluation.canaries import canary, leaked, shuffled, snapshot, strangers, taught
from model.evaluation.cost import measured
from model.evaluation.measures import Measured, mean, measure
from model.evaluation.report import About, Canary, Evaluation, Latency, Section
from model.evaluation.sections import next_in_session, offers
from model.evaluation.served import Answer, Served, occasions, serve
from model.evaluation.slices import Slice, slice_of
from model.evaluation.tuning import GRIDS, Grids, Run, Validated, run
from model.training.fit import MOST_TRIED_ON
from model.training.parts import VALIDATION_WEEKS, Cuts
from model.training.ranking import FILE as RANKER
from model.training.snapshots import Snapshot

MOST_JUDGED = 20_000
"""Shoppers judged; of more, so many are drawn evenly."""


class WrongDataError(Exception):
    """The model was trained on other data, or up to another day, than it would be judged on."""


@dataclass(frozen=True, slots=True, eq=False)
class _Case:
    """A model, and the slice on which it is judged."""

    cuts: Cuts
    dataset: Dataset
    test: Slice
    folder: Path
    manifest: Manifest
    live: Progress

    def answers(self, name: str, answer: Answer, judged: Sequence[Occasion]) -> Served:
        """What the model answers to the occasions of the test's shoppers."""
        return serve(answer, self.live.track(judged, description=name), self.test)

    def occasions(self, dataset: Dataset | None = None) -> list[Occasion]:
        """The test's shoppers with profiles made of these purchases."""
        return occasions(dataset or self.dataset, self.test, self.manifest.tau)

    def measured(self, name: str, answer: Answer, judged: Sequence[Occasion]) -> "_Judged":
        """How good those answers are."""
        lists = self.answers(f"Canary: {name}", answer, judged).lists
        return _Judged(Run(name, "", lists), measure(lists, self.test))

    def taught(self, taken: Snapshot) -> Answer:
        """What the model would answer, had its ranker learned from this snapshot."""
        with TemporaryDirectory() as other:
            return OnnxModel(taught(self.folder, self.manifest, taken, Path(other) / "model", self.live)).score_now


@dataclass(frozen=True, slots=True, eq=False)
class _Judged:
    """A ranking with its measures."""

    run: Run
    found: Measured


def evaluate(cuts: Cuts, folder: Path, live: Progress, grids: Grids = GRIDS) -> Evaluation:
    """Everything about the model in a folder; `cuts` gives the data that it was trained on, cut so many weeks before.

    Raises `WrongDataError`, `InvalidArtifactError`, `ModelCorruptError` and `TooEarlyError`.
    """
    started, dataset, manifest = time.perf_counter(), cuts(0), artifact.read(folder)
    check(manifest, dataset)
    case = _Case(cuts, dataset, slice_of(dataset).judging(MOST_JUDGED), folder, manifest, live)
    with measured() as cost:
        baselines = _baselines(case, grids)
        parts, served = _model(case)
        canaries, leaks = _canaries(case, [one.found for one in baselines])
        sections = _sections(case)
    model = parts[-1]
    return Evaluation(
        version=manifest.version,
        model=model.run.name,
        data=_about(dataset, case.test),
        rows=(
            *(judging.row(one.run, one.found, case.test, model=False) for one in baselines),
            *(judging.row(one.run, one.found, case.test, model=True) for one in parts),
        ),
        differences=judging.differences(model.found, {one.run.name: one.found for one in baselines}),
        canaries=canaries,
        groups=judging.groups(dataset, case.test, model.found),
        sections=sections,
        latency=_latency(served),
        leaks=leaks,
        validation=model.run.validated.ndcg if model.run.validated else None,
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


def _baselines(case: _Case, grids: Grids) -> list[_Judged]:
    validation = _validation(case.cuts)
    runs = (run(name, grid, validation, case.test, case.live) for name, grid in grids.items())
    return [_Judged(one, measure(one.lists, case.test)) for one in runs]


def _validation(cuts: Cuts) -> Slice | None:
    """The validation slice; None when the data is too short to have one that judges anybody."""
    past = _past(cuts)
    found = slice_of(past).judging(MOST_TRIED_ON) if past is not None else None
    return found if found is not None and len(found.judged) else None


def _past(cuts: Cuts) -> Dataset | None:
    """The data cut before validation; None when there is too little before it."""
    try:
        return cuts(VALIDATION_WEEKS)
    except TooEarlyError:
        return None


def _model(case: _Case) -> tuple[list[_Judged], Served]:
    """The candidates alone, where there is more, and the model last; and how that served."""
    model = OnnxModel(case.folder)

    def candidates(occasion: Occasion, count: int) -> Scored:
        history = weighted_history(occasion.shopper, occasion.memory, occasion.now, model.tau)
        return model.candidates(history, count)

    parts: list[tuple[str, Answer, str]] = [("candidates alone", candidates, "validation")]
    if RANKER in case.manifest.files:
        parts = [
            ("candidates alone", candidates, "validation, candidates alone"),
            ("ranked", model.score_now, "validation"),
        ]
    judged, found = case.occasions(), []
    for name, answer, validated in parts:
        served = case.answers(f"The model: {name}", answer, judged)
        found.append(_Judged(_run(name, served, case.manifest, validated), measure(served.lists, case.test)))
    return found, served


def _run(name: str, served: Served, manifest: Manifest, validated: str) -> Run:
    """With what training measured: the whole of it, for the model and its parts alike."""
    quality, cost = manifest.metrics.get(validated, {}), manifest.metrics.get("training", {})
    decided = Validated(quality["ndcg"], quality["recall"]) if "ndcg" in quality else None
    return Run(name, "", served.lists, decided, cost.get("seconds"), cost.get("megabytes"))


def _canaries(case: _Case, baselines: Sequence[Measured]) -> tuple[tuple[Canary, ...], tuple[float, ...]]:
    """The canaries, and the NDCG@10 that knowing the future gives."""
    mixed, *leaks = _spoilt(case)
    figures = tuple(ndcg for leak in leaks if (ndcg := mean(leak.found.ndcg)) is not None)
    spoilt = {"shuffled labels": mixed, "leak of the future": leaks[-1]}
    return tuple(canary(name, one.run.name, one.found, baselines, figures) for name, one in spoilt.items()), figures


def _spoilt(case: _Case) -> list[_Judged]:
    """One with shuffled labels, one that is told the future, and where it can learn, one that learned from that."""
    model, known = OnnxModel(case.folder).score_now, case.occasions()
    knowing = case.occasions(leaked(case.dataset, case.test))
    told = case.measured("histories that hold the basket to foresee", model, knowing)
    if RANKER not in case.manifest.files:
        return [case.measured("every shopper answered as another one", model, strangers(known)), told]
    past = case.cuts(VALIDATION_WEEKS)
    mixed = case.taught(shuffled(snapshot(case.manifest, past, case.live)))
    leaking = case.taught(snapshot(case.manifest, leaked(past, slice_of(past)), case.live))
    return [
        case.measured("a ranker that learned shuffled labels", mixed, known),
        told,
        case.measured("a ranker that learned from, and reads, the basket to foresee", leaking, knowing),
    ]


def _sections(case: _Case) -> tuple[Section, ...]:
    """Of the parts that the model has and the data can judge."""
    step = case.live.add_task("Offers and sessions", total=1)
    found = [*offers(OnnxModel(case.folder), case.dataset)]
    past = _past(case.cuts)
    if SESSIONS in case.manifest.files and past is not None:
        found += next_in_session(past, case.dataset)
    case.live.advance(step)
    return tuple(found)


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
