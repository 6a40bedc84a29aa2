"""Everything that is found out about a version before it may be published."""

import asyncio
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from functions.adapters import active_model, model_store
from functions.adapters.active_model import SHIPPED_VERSION, Version
from functions.adapters.model_trial import opened
from functions.adapters.onnx import OnnxModel
from model import artifact
from model.artifact import Manifest
from model.datasets import prepared
from model.datasets.dataset import Dataset
from model.evaluation import report
from model.evaluation.gates import refusals
from model.evaluation.measures import mean, measure
from model.evaluation.report import InvalidEvaluationError
from model.evaluation.served import occasions, serve
from model.evaluation.slices import Slice, slice_of
from model.registry import gates, store
from model.registry.connections import Connections
from model.registry.errors import SeenDataError, UnknownVersionError
from model.registry.gates import Gate, Measured

MOST_JUDGED = 5_000
"""Shoppers on whom two versions are compared."""


async def judged(connections: Connections, folder: Path, manifest: Manifest, data: Path | None) -> list[Gate]:
    """All gates, in the order in which they are told.

    Raises `MissingDataError`, `SeenDataError` and errors of the services.
    """
    active, _ = await active_model.read(connections.documents)
    return [
        gates.small_enough(store.size(folder, manifest)),
        await asyncio.to_thread(_serves, folder),
        gates.like_its_library(manifest),
        await asyncio.to_thread(_evaluated, folder, manifest),
        gates.not_worse(await _compared(connections, folder, manifest, active.version, data)),
    ]


def _serves(folder: Path) -> Gate:
    """The version answers made-up shoppers, by the very code that serves."""
    try:
        model = opened(folder, 1, datetime.now(UTC))
    except Exception as error:  # noqa: BLE001 - whatever the graph makes ONNX Runtime raise, it does not serve
        return Gate("serves", False, f"{type(error).__name__}: {error}".splitlines()[0])
    return Gate("serves", True, f"{len(model.products):,} products")


def _evaluated(folder: Path, manifest: Manifest) -> Gate:
    try:
        found = report.read(folder)
    except InvalidEvaluationError as error:
        return Gate("evaluation", False, f"{error}: evaluate again")
    if found is None or found.version != manifest.version:
        of = f"it is that of {found.version}" if found else "there is none"
        return Gate("evaluation", False, f"{of}: run `python -m model.evaluate --data DIR --model {folder}`")
    refused = refusals(found)
    best = found.row(found.model).measures["ndcg"].mean
    told = f"NDCG@10 {best or 0:.4f} on the test slice, {len(found.canaries)} canaries refused"
    return Gate("evaluation", not refused, "; ".join(refused) or told)


async def _compared(
    connections: Connections, folder: Path, manifest: Manifest, active: Version, data: Path | None
) -> Measured | None:
    """Both versions' figures: of the data, when it was given, else of a slice that both manifests have."""
    try:
        against = await _manifest(connections, active)
    except UnknownVersionError:
        return None  # it was deleted: the functions serve another one
    same = gates.on_the_same_slice(manifest, against)
    if same or data is None:
        return same
    with TemporaryDirectory() as other:
        if active == SHIPPED_VERSION:
            theirs = connections.settings.model_folder
        else:
            theirs = Path(other)
            await model_store.fetch(connections.settings.blob_connection, active, theirs)
        return await asyncio.to_thread(_measured, data, (folder, manifest), (theirs, against))


async def _manifest(connections: Connections, version: Version) -> Manifest:
    if version == SHIPPED_VERSION:
        return artifact.read(connections.settings.model_folder)
    return (await store.find(connections.models, version.name)).manifest


def _measured(data: Path, new: tuple[Path, Manifest], active: tuple[Path, Manifest]) -> Measured | None:
    """Both on the weeks after the cut of the data; raises `SeenDataError` when one was trained on them."""
    dataset = prepared.read(data).cut(0)
    for _, manifest in (new, active):
        trained = str(manifest.data.get("cut"))
        if manifest.data.get("name") == dataset.name and trained > dataset.cut_date.isoformat():
            raise SeenDataError(manifest.version, trained, data, dataset.cut_date)
    known = slice_of(dataset).judging(MOST_JUDGED)
    mine, theirs = (_ndcg(folder, dataset, known) for folder, _ in (new, active))
    if mine is None or theirs is None:
        return None
    return Measured(mine, theirs, f"{len(known.judged):,} shoppers of {dataset.name} from {dataset.cut_date} on")


def _ndcg(folder: Path, dataset: Dataset, known: Slice) -> float | None:
    model = OnnxModel(folder)
    return mean(measure(serve(model.score_now, occasions(dataset, known, model.tau), known).lists, known).ndcg)
