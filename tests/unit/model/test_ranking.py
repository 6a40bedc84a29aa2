"""The ranker: learned from the past alone, exported as it was trained, and served the very features it learned."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import onnxruntime as ort
import polars as pl
import pytest
from rich.console import Console
from rich.progress import Progress

from functions.adapters.model_folder import ModelCorruptError
from functions.adapters.onnx import OnnxModel
from functions.personalization.eligibility import Occasion
from functions.personalization.ranking import feature_names
from functions.personalization.shopper import Memory, Shopper
from model import artifact, train
from model.datasets.cutting import TooEarlyError
from model.datasets.dataset import Dataset
from model.seed import households
from model.seed.calendar import Calendar
from model.training import ranker_graph, ranking, snapshots
from model.training.facts import product_facts
from model.training.fit import Grid, Settings, fit, past_histories
from model.training.lambdamart import RankerSettings
from model.training.parts import VALIDATION_WEEKS, Cuts, Training
from model.training.snapshots import Snapshot
from tests.unit.model.small import CUT, small_dataset

CREATED = datetime(2026, 11, 21, tzinfo=UTC)
GRID = Grid(taus=(30.0,), embedding=(0.05,), popularity=(0.25,))
FEW = RankerSettings(trees=30, num_leaves=7, min_data_in_leaf=100, feature_fraction=0.7)


def enough(weeks: int) -> Dataset:
    """Enough shoppers for a ranker."""
    return small_dataset(shoppers=260, products=120, cut=CUT - 7 * weeks)


def trained(out: Path, cuts: Cuts = enough) -> artifact.Manifest:
    return train.train(cuts, out, CREATED, Progress(disable=True), grid=GRID)


def taken(dataset: Dataset) -> Snapshot:
    return snapshots.take(dataset, Settings(tau=30.0), Progress(disable=True))


@pytest.fixture(scope="module", autouse=True)
def few_trees() -> Iterator[pytest.MonkeyPatch]:
    """Small trees, and no other parts: the rest of training has tests of its own."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ranking.part, "__defaults__", (FEW,))
        patch.setattr(train, "PARTS", (ranking.part,))
        yield patch


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, few_trees: pytest.MonkeyPatch) -> Path:
    """A trained model with a ranker."""
    out = tmp_path_factory.mktemp("trained") / "model"
    trained(out)
    return out


def profiles(dataset: Dataset, calendar: Calendar) -> dict[str, Shopper]:
    """The profiles that a seeded shop has, once through the document store."""
    seeded = households.shoppers(dataset, calendar, frozenset(), 30.0)
    return {each.id: Shopper.from_document(json.loads(json.dumps(each.to_document()))) for each in seeded}


@pytest.mark.parametrize("moved", [timedelta(0), timedelta(weeks=300)])
@pytest.mark.parametrize("hour", [0, 15])
def test_features_are_the_same_offline_and_online(folder: Path, moved: timedelta, hour: int) -> None:
    """Those learned from and those of a profile from the store are equal to the bit, in whatever year it is seeded.

    Later in the day only the fading of weights goes on: days since a purchase are whole days, and stay the same.
    """
    dataset, model = enough(0), OnnxModel(folder)
    learned = taken(dataset)
    calendar = Calendar.of(dataset, dataset.cut_date + moved)
    now = calendar.moment(dataset.cut_date) + timedelta(hours=hour)
    found = profiles(dataset, calendar)
    served = np.concatenate([model.features_now(Occasion(found[each], Memory(), now)) for each in learned.shoppers])
    days = [at for at, name in enumerate(learned.names) if "days_since" in name or name.startswith("product_")]
    if hour == 0:
        assert np.array_equal(served, learned.features)
    assert np.array_equal(served[~learned.new][:, days], learned.features[~learned.new][:, days])


def test_features_know_nothing_of_the_future() -> None:
    """Whatever is bought from the cut on, more, less or something else, candidates and features stay as they are."""
    dataset = enough(0)
    before = taken(dataset)
    future = dataset.future.with_columns(product=pl.col("product").reverse(), spend=pl.lit(99.0, pl.Float32))
    extra = dataset.past.with_columns(day=pl.lit(dataset.cut, pl.Int32), basket=pl.col("basket") + 10_000_000)
    changed = replace(dataset, purchases=pl.concat([dataset.past, future, extra]))
    after = taken(changed)
    assert before.shoppers == after.shoppers
    assert np.array_equal(before.rows, after.rows)
    assert np.array_equal(before.features, after.features)
    assert not np.array_equal(before.next_basket, after.next_basket)


def test_labels_are_what_was_bought_next(small: Dataset) -> None:
    """The first basket after the cut, by product, and what was bought in the four weeks from then on."""
    snapshot = taken(small)
    ids = small.products["id"].to_list()
    start = 0
    for shopper, size in zip(snapshot.shoppers, snapshot.sizes, strict=True):
        own = slice(start, start + size)
        start += size
        future = small.future.filter(pl.col("shopper") == shopper)
        first = future.filter(pl.col("basket") == future["basket"].min())["product"]
        assert {ids[row] for row in snapshot.rows[own][snapshot.next_basket[own]]} == set(first)
        assert {ids[row] for row in snapshot.rows[own][snapshot.soon[own]]} == set(future["product"])


def test_of_many_shoppers_some_are_drawn(
    small: Dataset, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The same each time, until there are candidates enough; it is told how many stand for all."""
    whole = taken(small)
    monkeypatch.setattr(snapshots, "MOST_CANDIDATES", int(whole.sizes[:10].sum()))
    some = snapshots.take(small, Settings(tau=30.0), Progress(console=Console(stderr=True)))
    assert set(some.shoppers) < set(whole.shoppers)
    assert some.sizes[:-1].sum() < snapshots.MOST_CANDIDATES
    assert list(some.shoppers) == sorted(some.shoppers)
    assert (
        f"{len(some.shoppers)} shoppers, evenly drawn, stand for all {len(whole.shoppers)}" in capsys.readouterr().err
    )
    assert np.array_equal(some.features, taken(small).features)
    place = whole.shoppers.index(some.shoppers[0])
    start = whole.sizes[:place].sum()
    assert np.array_equal(some.features[: some.sizes[0]], whole.features[start : start + some.sizes[0]])


def test_who_bought_no_candidate_is_not_kept_to_teach() -> None:
    """Nothing but memory is saved: such a list has no order."""
    data = small_dataset(products=400)
    whole = taken(data)
    one, foreseen = whole.shoppers[0], whole.rows[: whole.sizes[0]]
    unforeseen = next(product for row, product in enumerate(data.products["id"]) if row not in foreseen)
    theirs = (pl.col("shopper") == one) & (pl.col("day") >= data.cut)
    bought = pl.when(theirs).then(pl.lit(unforeseen)).otherwise("product").alias("product")
    data = replace(data, purchases=data.purchases.with_columns(bought))
    assert taken(data).shoppers == whole.shoppers
    kept = snapshots.take(data, Settings(tau=30.0), Progress(disable=True), teaching=True)
    assert one not in kept.shoppers
    assert len(kept.shoppers) > len(whole.shoppers) / 2


def test_a_candidate_is_named_once_and_known_ones_come_first(small: Dataset) -> None:
    """The history, then what is not in it, each product once, and no more than the catalogue has."""
    snapshot = taken(small)
    past = past_histories(small, 30.0)
    bought = dict(zip(past.shoppers, np.diff(past.weights.indptr).tolist(), strict=True))
    ends = np.cumsum([0, *snapshot.sizes])
    for at, shopper in enumerate(snapshot.shoppers):
        own = slice(*ends[at : at + 2])
        assert len(np.unique(snapshot.rows[own])) == snapshot.sizes[at] == len(past.products)
        assert (~snapshot.new[own]).sum() == bought[shopper]


def test_a_ranked_model_says_what_it_learned(folder: Path) -> None:
    """Features, parity, the candidates alone beside the ranked, and a reference to notice drift by."""
    manifest, model = artifact.read(folder), OnnxModel(folder)
    assert manifest.metrics["ranker"]["parity"] >= ranking.LEAST_PARITY
    assert manifest.metrics["validation"]["ndcg"] >= manifest.metrics["validation, candidates alone"]["ndcg"]
    assert set(model.reference) == set(manifest.features["ranker"])
    assert model.reference["product_price"].edges == ()
    assert model.reference["weight"].edges != ()


def test_what_is_new_is_in_the_order_of_the_explorer(folder: Path) -> None:
    """In the places that the ranker gave to new products; the others stay where they were."""
    dataset, model = enough(0), OnnxModel(folder)
    ranker, explorer = (ort.InferenceSession(folder / name) for name in (ranking.FILE, ranking.EXPLORER))
    now, found = (calendar := Calendar.of(dataset, dataset.cut_date)).moment(dataset.cut_date), taken(dataset)
    shopper, ids = found.shoppers[0], np.array(dataset.products["id"].to_list())
    rows, table = found.rows[: found.sizes[0]], found.features[: found.sizes[0]]
    new = found.new[: found.sizes[0]]
    [scores] = ranker.run(["score"], {"features": table})
    [liked] = explorer.run(["score"], {"features": table[new]})
    served = model.score_now(Occasion(profiles(dataset, calendar)[shopper], Memory(), now), len(rows))
    of_new = np.isin(served.products, ids[rows[new]])
    assert 0 < new.sum() < len(rows)
    assert np.array_equal(np.array(served.products)[of_new], ids[rows[new]][np.argsort(-liked, kind="stable")])
    assert served.scores[of_new] == pytest.approx(np.sort(scores[new])[::-1])
    old = np.argsort(-scores[~new], kind="stable")
    assert np.array_equal(np.array(served.products)[~of_new], ids[rows[~new]][old])


def test_scores_are_probabilities_best_first(folder: Path) -> None:
    """About as many products are bought as the scores add up to, on shoppers of another draw."""
    dataset, model = enough(0), OnnxModel(folder)
    now, known = Calendar.of(dataset, dataset.cut_date).moment(dataset.cut_date), taken(dataset)
    found = profiles(dataset, Calendar.of(dataset, dataset.cut_date))
    expected = 0.0
    for shopper in known.shoppers:
        scores = model.score_now(Occasion(found[shopper], Memory(), now), 1_000).scores
        assert (np.diff(scores) <= 0).all()
        assert scores.min() >= 0
        assert scores.max() <= 1
        expected += float(scores.sum())
    assert expected == pytest.approx(known.next_basket.sum(), rel=0.25)


def test_training_again_gives_the_same_ranker(folder: Path, tmp_path: Path) -> None:
    """To the byte."""
    assert trained(tmp_path / "again").files == artifact.read(folder).files


def test_too_few_shoppers_are_served_by_candidates_alone(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Nothing is learned from a handful, and that is said."""
    manifest = trained(tmp_path / "model", lambda weeks: small_dataset(cut=CUT - 7 * weeks))
    assert ranking.FILE not in manifest.files
    assert "the candidates serve alone" in capsys.readouterr().out


def test_a_small_shop_is_learned_from_further_back(small: Dataset, monkeypatch: pytest.MonkeyPatch) -> None:
    """Moments further in the past are added until there are lists enough, as far as the data goes."""

    def cuts(weeks: int) -> Dataset:
        if weeks > 8:
            raise TooEarlyError("nothing is left")
        return small_dataset(cut=CUT - 7 * weeks)

    monkeypatch.setattr(ranking, "WEEKS", (5,))
    monkeypatch.setattr(ranking, "BETWEEN", (6,))
    monkeypatch.setattr(ranking, "FURTHER", (7, 8, 9))
    settings = Settings(tau=30.0)
    candidates = fit(past_histories(small, 30.0), settings)
    training = Training(cuts, small, settings, candidates, Progress(disable=True))
    names = feature_names(product_facts(small, 30.0))
    for many_lists, enough_lists, weeks in (
        (1, 1, [5]), (41, 1, [5, 6]), (1, 41, [5, 7]), (100_000, 100_000, [5, 6, 7, 8])
    ):  # fmt: skip
        monkeypatch.setattr(ranking, "MANY_LISTS", many_lists)
        monkeypatch.setattr(ranking, "ENOUGH_LISTS", enough_lists)
        assert list(ranking.moments(training, names)) == weeks


def test_without_validation_there_is_no_ranker(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """As when the shop was closed then: whether it ranks better could not be told."""

    def cuts(weeks: int) -> Dataset:
        return replace(enough(weeks), purchases=enough(weeks).past) if weeks == VALIDATION_WEEKS else enough(weeks)

    with Progress(console=Console(stderr=True)) as live:
        manifest = train.train(cuts, tmp_path / "model", CREATED, live, grid=GRID)
    assert ranking.FILE not in manifest.files
    assert "nobody bought any of its candidates in the validation" in " ".join(capsys.readouterr().err.split())


def test_a_ranker_that_was_not_exported_faithfully_is_not_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Below 99 % of the best twenty in common, training fails in one line."""
    monkeypatch.setattr(ranker_graph, "parity", lambda *_: 0.98)
    with pytest.raises(ranking.ParityError, match=r"98\.00% of the best 20"):
        trained(tmp_path / "model")
    assert not (tmp_path / "model").exists()


def test_facts_of_another_catalogue_are_refused(folder: Path, tmp_path: Path) -> None:
    """When the model is loaded, naming the file."""
    other = small_dataset()
    facts = product_facts(other, 30.0).to_bytes()
    files = {path.name: path.read_bytes() for path in folder.iterdir() if path.name != artifact.MANIFEST}
    whole = artifact.Part(files | {ranking.FACTS: facts})
    artifact.write(tmp_path / "model", whole, data={}, tau=30.0, created=CREATED)
    with pytest.raises(ModelCorruptError, match=ranking.FACTS):
        OnnxModel(tmp_path / "model")
