"""Scoring with a small real model."""

import asyncio
import gc
import hashlib
import json
import threading
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from functions.adapters.model_folder import ModelCorruptError
from functions.adapters.onnx import OnnxModel
from functions.personalization.catalog import Catalog
from functions.personalization.coverage import Coverage
from functions.personalization.eligibility import Occasion
from functions.personalization.features import NO_HISTORY
from functions.personalization.neighbours import Neighbours, Table
from functions.personalization.offer_features import OFFER_FEATURES
from functions.personalization.sessions import SessionIndex, SessionSettings
from functions.personalization.shopper import History, Memory, Recent, Shopper
from model.training.logistic import Logistic
from model.training.propensity_graph import graph
from tests.small_shop import PRODUCT_IDS, write_model

NOW = datetime(2026, 11, 1, 12, tzinfo=UTC)
TODAY = NOW.timestamp() / 86_400


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A model folder."""
    return write_model(tmp_path / "model")


def occasion(memory: Memory | None = None, personalize: bool = True, **weights: float) -> Occasion:
    """Somebody who bought products, by their weights, now."""
    count = len(weights)
    history = History(tuple(weights), (1,) * count, (1,) * count, (1,) * count, tuple(weights.values()), TODAY)
    return Occasion(Shopper("anna", "families", history=history, personalize=personalize), memory or Memory(), NOW)


async def test_products_come_best_first(folder: Path) -> None:
    """Ids, not rows, with their scores."""
    scored = await OnnxModel(folder).score(occasion(p20=1.0, p7=2.0), 3)
    assert (scored.products, scored.source) == (("p7", "p20", "p0"), "model")
    assert scored.scores.dtype == np.float32
    assert list(scored.scores) == sorted(scored.scores, reverse=True)


async def test_what_was_touched_a_moment_ago_counts(folder: Path) -> None:
    """The session is read together with the history."""
    memory = Memory(recent=(Recent("p9", "add_to_cart", NOW),))
    assert (await OnnxModel(folder).score(occasion(memory, p20=0.1), 2)).products == ("p9", "p20")


@pytest.mark.parametrize("unknown", [occasion(), occasion(new=5.0), occasion(personalize=False, p7=2.0)])
async def test_nothing_known_gives_nothing(folder: Path, unknown: Occasion) -> None:
    """Without a history, with one of products that the model never saw, or for a shopper who opted out."""
    assert (await OnnxModel(folder).score(unknown, 2)).products == ()


@pytest.fixture
def visited(folder: Path) -> Path:
    """A model folder that also knows sessions: p4 goes with p5, p6 with p7."""
    items = np.array([4, 5] * 20 + [6, 7] * 10, dtype=np.int64)
    index = SessionIndex(items, np.full(30, 2), len(PRODUCT_IDS), SessionSettings())
    return add_file(folder, "sessions.npz", index.to_bytes())


def add_file(folder: Path, name: str, content: bytes) -> Path:
    """A further part of a model, named by its manifest."""
    (folder / name).write_bytes(content)
    manifest = json.loads((folder / "manifest.json").read_text())
    manifest["files"][name] = hashlib.sha256(content).hexdigest()
    (folder / "manifest.json").write_text(json.dumps(manifest))
    return folder


def touching(*touched: tuple[str, str]) -> Memory:
    """Products touched, and how, the newest first."""
    return Memory(recent=tuple(Recent(product, action, NOW) for product, action in touched))


async def test_a_visitor_is_scored_from_the_first_click_on(visited: Path) -> None:
    """What is looked at, then where such sessions went on to, then what is in most sessions."""
    scored = await OnnxModel(visited).score(occasion(touching(("p6", "view_item"))), 9)
    assert (scored.products, scored.source) == (("p6", "p7", "p4", "p5"), "session")
    assert (np.diff(scored.scores) <= 0).all()
    assert scored.scores.dtype == np.float32


async def test_what_was_just_bought_is_not_looked_for_any_more(visited: Path) -> None:
    """It only says what goes with it."""
    memory = touching(("p4", "purchase"), ("p4", "view_item"), ("unknown", "view_item"))
    assert (await OnnxModel(visited).score(occasion(memory), 1)).products == ("p5",)


async def test_who_bought_before_is_scored_by_history_and_session(visited: Path) -> None:
    """The session model is for those of whom nothing else is known: bought before are products of this catalogue."""
    model, memory = OnnxModel(visited), touching(("p6", "view_item"))
    assert (await model.score(occasion(memory, p20=1.0), 3)).source == "model"
    assert (await model.score(occasion(memory, elsewhere=1.0), 3)).source == "session"


async def test_products_that_no_session_holds_are_left_to_the_candidates(visited: Path) -> None:
    """They are new to the sessions but not to the model."""
    scored = await OnnxModel(visited).score(occasion(touching(("p9", "view_item"))), 1)
    assert (scored.products, scored.source) == (("p9",), "model")


def test_sessions_of_another_catalogue_are_refused(folder: Path) -> None:
    """A part that cannot be read makes the whole model unusable, before it serves."""
    with pytest.raises(ModelCorruptError, match=r"sessions\.npz"):
        OnnxModel(add_file(folder, "sessions.npz", b"something else"))


def test_neighbours_are_part_of_the_model(folder: Path) -> None:
    """A model that has them says what goes with a product; one without knows of none."""
    assert OnnxModel(folder).neighbours("p1", "similar", 5) == ()
    lengths = np.array([0, 2, *[0] * (len(PRODUCT_IDS) - 2)])
    table = Table(np.array([3, 4]), np.array([0.5, 0.25], dtype=np.float32), lengths)
    tables = Neighbours({"similar": table, "together": table}, PRODUCT_IDS)
    model = OnnxModel(add_file(folder, "neighbours.npz", tables.to_bytes()))
    assert model.neighbours("p1", "together", 5) == (("p3", 0.5), ("p4", 0.25))
    with pytest.raises(ModelCorruptError, match=r"neighbours\.npz"):
        OnnxModel(add_file(folder, "neighbours.npz", b"something else"))


def test_the_candidates_of_nobody_are_popular(folder: Path) -> None:
    """The graph alone answers an empty history with what all buy."""
    assert OnnxModel(folder).candidates(NO_HISTORY, 2).products == ("p0", "p1")


async def test_more_is_asked_for_than_there_is(folder: Path) -> None:
    """All products are the answer."""
    assert set((await OnnxModel(folder).score(occasion(p1=1.0), 1_000)).products) == set(PRODUCT_IDS)


async def test_a_model_without_offers_says_so(folder: Path) -> None:
    """Parts are optional: who asks gets None, and decides without."""
    assert await OnnxModel(folder).redemptions(occasion(p1=1.0), Coverage([], Catalog([]))) is None


def test_an_offers_graph_that_reads_other_features_is_refused(folder: Path) -> None:
    """A version of the system that computes other features must not feed them to it."""
    other = graph(Logistic(np.zeros(len(OFFER_FEATURES) + 1), 0.0)).SerializeToString()
    with pytest.raises(ModelCorruptError, match=r"offers\.onnx reads other features"):
        OnnxModel(add_file(folder, "offers.onnx", other))


async def test_threads_end_with_the_last_decision_that_uses_the_model(folder: Path) -> None:
    """A model that was replaced answers who still holds it, then leaves nothing behind."""
    model = OnnxModel(folder)
    under_way = asyncio.create_task(model.score(occasion(p1=1.0), 2))
    del model
    assert (await under_way).products
    del under_way
    await asyncio.sleep(0)
    gc.collect()
    for thread in threading.enumerate():
        if thread.name.startswith("scoring"):
            thread.join(timeout=5)
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("scoring")]


def test_the_manifest_is_read(folder: Path) -> None:
    """Version and decay come from it."""
    model = OnnxModel(folder)
    assert (model.version, model.tau) == ("small-1", 60.0)


@pytest.mark.parametrize("name", ["candidates.onnx", "products.json"])
def test_a_file_that_was_changed_is_refused(folder: Path, name: str) -> None:
    """Nothing is loaded that does not have its hash."""
    with (folder / name).open("ab") as file:
        file.write(b" ")
    with pytest.raises(ModelCorruptError, match=name):
        OnnxModel(folder)


@pytest.mark.parametrize("name", ["manifest.json", "candidates.onnx", "products.json"])
def test_a_file_that_is_missing_is_named(folder: Path, name: str) -> None:
    """The error says what to look for."""
    (folder / name).unlink()
    with pytest.raises(ModelCorruptError, match=name):
        OnnxModel(folder)


@pytest.mark.parametrize("key", ["version", "tau", "files"])
def test_an_incomplete_manifest_is_refused(folder: Path, key: str) -> None:
    """Every field that is needed is asked for."""
    manifest = json.loads((folder / "manifest.json").read_text())
    del manifest[key]
    (folder / "manifest.json").write_text(json.dumps(manifest))
    with pytest.raises(ModelCorruptError, match=key):
        OnnxModel(folder)


def test_a_part_that_is_not_there_is_named(folder: Path) -> None:
    """A manifest that is true but names no candidate graph is no model."""
    manifest = json.loads((folder / "manifest.json").read_text())
    del manifest["files"]["candidates.onnx"]
    (folder / "manifest.json").write_text(json.dumps(manifest))
    with pytest.raises(ModelCorruptError, match=r"names no candidates\.onnx"):
        OnnxModel(folder)


def test_nothing_outside_the_folder_is_read(folder: Path) -> None:
    """A manifest cannot point elsewhere."""
    manifest = json.loads((folder / "manifest.json").read_text())
    manifest["files"]["../secret"] = "0" * 64
    (folder / "manifest.json").write_text(json.dumps(manifest))
    with pytest.raises(ModelCorruptError, match="not a file of the folder"):
        OnnxModel(folder)
