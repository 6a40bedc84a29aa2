"""The model that ships, and what guards it."""

import json
import shutil
from pathlib import Path

import pytest

from model import artifact
from model.artifact import InvalidArtifactError
from model.datasets.dataset import Dataset
from model.training.fit import past_histories

FOLDER = artifact.DEFAULT_FOLDER


def test_the_shipped_model_is_what_its_manifest_says(journey: Dataset) -> None:
    """Every hash fits, the products are the catalogue, and nothing was trained past the cut."""
    manifest = artifact.read(FOLDER)
    assert json.loads((FOLDER / manifest.products).read_bytes()) == journey.products["id"].to_list()
    assert manifest.data["cut"] == "2017-11-01"
    assert manifest.data["purchases"] == journey.past.height


def test_the_shipped_model_is_small() -> None:
    """At most twenty megabytes, products and manifest included."""
    assert sum(path.stat().st_size for path in FOLDER.iterdir()) <= 20_000_000


def test_the_shipped_ranker_is_worth_its_time() -> None:
    """On validation it ranks better than the candidates alone, as measured in the run that made it."""
    metrics = artifact.read(FOLDER).metrics
    ranked, alone = metrics["validation"], metrics["validation, candidates alone"]
    assert ranked["recall"] > alone["recall"]
    assert ranked["ndcg"] > alone["ndcg"]
    assert ranked["explore"] > alone["explore"]


def test_the_shipped_model_knows_what_is_popular(journey: Dataset) -> None:
    """With no history it answers with the products that weigh most over all households."""
    from functions.adapters.onnx import OnnxModel
    from functions.personalization.features import NO_HISTORY

    model = OnnxModel(FOLDER)
    known = past_histories(journey, model.tau)
    popular = (-known.weights.sum(axis=0)).argsort(kind="stable")[:20]
    assert model.candidates(NO_HISTORY, 20).products == tuple(known.products[row] for row in popular)


@pytest.mark.parametrize("name", [artifact.GRAPH, artifact.PRODUCTS])
def test_a_file_that_was_changed_is_refused(tmp_path: Path, name: str) -> None:
    """By its hash, saying what to do."""
    folder = Path(shutil.copytree(FOLDER, tmp_path / "model"))
    (folder / name).write_bytes((folder / name).read_bytes()[:-1])
    with pytest.raises(InvalidArtifactError, match="train again"):
        artifact.read(folder)


def test_a_folder_without_a_model_is_refused(tmp_path: Path) -> None:
    """Not with a stack trace of json."""
    with pytest.raises(InvalidArtifactError, match=r"model\.train"):
        artifact.read(tmp_path)
