"""How redemption is learned."""

from collections.abc import Sequence
from dataclasses import replace
from io import StringIO

import numpy as np
import onnxruntime as ort
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.console import Console
from rich.progress import Progress

from functions.personalization.offer_features import OFFER_FEATURES
from model.artifact import Part
from model.datasets.dataset import Dataset
from model.training import propensity
from model.training.candidates import CandidateModel, Mixture
from model.training.exposures import Examples, examples
from model.training.fit import Settings
from model.training.logistic import Logistic, calibration, fit
from model.training.parts import Training
from model.training.propensity import FALLING, RISING, SIGNS
from model.training.propensity_graph import graph
from model.training.propensity_quality import auc, qualities
from tests.unit.model.promoted import promoted_dataset
from tests.unit.model.small import small_dataset

NO_CANDIDATES = CandidateModel(
    np.zeros((1, 1), np.float32), np.zeros(1, np.float32), np.zeros(1, np.float32), Mixture(0, 0)
)


def _train(data: Dataset, said: StringIO | None = None) -> Part | None:
    live = Progress(console=Console(file=said or StringIO(), width=200))
    return propensity.part(Training(lambda weeks: data, data, Settings(), NO_CANDIDATES, live))


@pytest.fixture(scope="module")
def data() -> Dataset:
    """Shoppers who redeem what they like."""
    return promoted_dataset()


@pytest.fixture(scope="module")
def part(data: Dataset) -> Part:
    """What is learned of them."""
    made = _train(data)
    assert made is not None
    return made


def _foresee(part: Part, features: np.ndarray) -> np.ndarray:
    session = ort.InferenceSession(part.files["offers.onnx"])
    return np.asarray(session.run(["probability"], {"features": features})[0])


def test_later_redemptions_are_foreseen(part: Part, data: Dataset) -> None:
    """After the cut, those who like what an offer covers stand above the others; probabilities are about right."""
    later = examples(data, data.cut, Settings().tau)
    foreseen = _foresee(part, later.features)
    assert auc(foreseen.astype(np.float64), later.redeemed) > 0.7
    assert abs(foreseen.mean() - later.redeemed.mean()) < 0.1


def test_the_manifest_gets_figures_of_weeks_not_learned_from(part: Part) -> None:
    """With their uncertainty, and the names of the columns."""
    assert part.features == {"offers": OFFER_FEATURES}
    figures = part.metrics["offers, all kinds"]
    assert 0.5 < figures["auc_low"] <= figures["auc"] <= figures["auc_high"] <= 1
    assert figures["log_loss"] < figures["base"]


def test_the_same_data_gives_the_same_model(part: Part, data: Dataset) -> None:
    """To the last bit."""
    again = _train(data)
    assert again is not None
    assert again.files == part.files


@pytest.mark.parametrize(
    ("redemptions", "exposures", "reason"),
    [
        (0, None, "0 of the offers given were redeemed, 20 are the least"),
        (5, None, "of the offers given were redeemed, 20 are the least"),
        (5, 0, "no shopper was given an offer"),
    ],
)
def test_too_few_redemptions_are_one_line(
    data: Dataset, redemptions: int, exposures: int | None, reason: str
) -> None:
    """The model is then made without this part."""
    said = StringIO()
    few = replace(
        data,
        redemptions=data.redemptions.head(redemptions),
        exposures=data.exposures if exposures is None else data.exposures.head(exposures),
    )
    assert _train(few, said) is None
    assert f"{reason}." in said.getvalue()
    assert "No offer model: " in said.getvalue()


def test_data_without_offers_has_no_offer_model() -> None:
    """As most data has none."""
    assert _train(small_dataset()) is None


def test_everybody_redeeming_everything_is_no_error(data: Dataset) -> None:
    """One outcome alone cannot be judged, but what is certain is foreseen."""
    always = replace(data, redemptions=data.exposures)
    part = _train(always)
    assert part is not None
    later = examples(always, always.cut, Settings().tau)
    assert _foresee(part, later.features).min() > 0.9


def test_the_graph_agrees_with_what_was_trained() -> None:
    """To the precision of float32."""
    dice = np.random.default_rng(1)
    model = Logistic(dice.normal(0, 0.3, len(OFFER_FEATURES)), -3.0)
    features = dice.uniform(0, 8, (500, len(OFFER_FEATURES))).astype(np.float32)
    session = ort.InferenceSession(graph(model).SerializeToString())
    [found] = session.run(["probability"], {"features": features})
    assert np.asarray(found) == pytest.approx(model.probabilities(features), abs=1e-5)


def test_more_interest_never_makes_an_offer_less_likely(data: Dataset) -> None:
    """Whatever chance says in the data, weights keep their signs, and every sign names a column."""
    assert set(OFFER_FEATURES) >= RISING | FALLING
    learned = examples(data, 56, 60.0)
    backwards = replace(learned, redeemed=~learned.redeemed)
    for known in (learned, backwards):
        weights = propensity.fit(known, 30.0).weights
        assert all(weight * sign >= 0 for weight, sign in zip(weights.tolist(), SIGNS, strict=True) if sign)


def test_a_sample_of_what_was_not_redeemed_stands_for_all(data: Dataset, monkeypatch: pytest.MonkeyPatch) -> None:
    """Probabilities stay what they are when much is left out."""
    learned = examples(data, 112, 60.0)
    whole = propensity.fit(learned, 30.0).probabilities(learned.features).mean()
    monkeypatch.setattr(propensity, "MOST_UNREDEEMED", 300)
    assert propensity.fit(learned, 30.0).probabilities(learned.features).mean() == pytest.approx(whole, rel=0.05)


@settings(max_examples=20)
@given(st.floats(0.2, 3.0), st.floats(-2.0, 2.0))
def test_calibration_finds_what_was_bent(slope: float, intercept: float) -> None:
    """Logits that are too sure, or too high, become probabilities."""
    dice = np.random.default_rng(1)
    logits = dice.normal(-1, 1.5, 4_000)
    happened = dice.random(4_000) < 1 / (1 + np.exp(-(slope * logits + intercept)))
    found = calibration(logits, happened)
    assert found == pytest.approx((slope, intercept), abs=0.4)


def test_a_constant_feature_weighs_nothing() -> None:
    """Nothing can be learned from it, and nothing is divided by its spread."""
    dice = np.random.default_rng(1)
    features = np.column_stack([np.full(400, 3.0), dice.normal(size=400)])
    happened = dice.random(400) < 1 / (1 + np.exp(-features[:, 1]))
    made = fit(features, happened, np.ones(400), (0, 0), ridge=1.0)
    assert made.weights[0] == pytest.approx(0, abs=1e-6)
    assert made.weights[1] == pytest.approx(1, abs=0.3)


def _examples(kinds: Sequence[str], redeemed: Sequence[bool]) -> Examples:
    rows = len(kinds)
    return Examples(np.zeros((rows, 1), np.float32), np.array(redeemed), np.arange(rows), np.array(kinds))


def test_figures_are_given_without_the_kinds_that_are_uncertain() -> None:
    """Beside those of all kinds; a set in which nothing, or everything, happened has none."""
    truth = _examples(["A", "A", "B", "B", "C"], [True, False, True, False, False])
    chances = np.array([0.9, 0.1, 0.2, 0.4, 0.1])
    found = dict(qualities(chances, truth, ("A",)))
    assert {name: each.auc for name, each in found.items()} == {"all kinds": pytest.approx(5 / 6), "kinds B, C": 0.5}
    assert found["kinds B, C"].rows == 3
    assert list(dict(qualities(chances, truth, ("B",)))) == ["all kinds", "kinds A, C"]
    assert list(qualities(chances[2:4], _examples(["B", "B"], [False, False]), ())) == []


def test_perfect_probabilities_are_calibrated() -> None:
    """The error of true probabilities is what chance alone makes of it; of others it is more."""
    dice = np.random.default_rng(1)
    chances = dice.uniform(0, 0.2, 20_000)
    truth = _examples(["B"] * 20_000, (dice.random(20_000) < chances).tolist())
    [(_, good)], [(_, bad)] = qualities(chances, truth, ()), qualities(chances + 0.05, truth, ())
    assert good.ece < 2 * good.ece_floor
    assert bad.ece == pytest.approx(0.05, abs=0.01)
    assert good.auc_low < good.auc < good.auc_high
    assert sum(each.rows for each in good.bins) == 20_000


def test_the_top_of_the_list_captures_what_happens() -> None:
    """A list that is right puts all that happened into its first twentieth."""
    redeemed = [row < 5 for row in range(100)]
    [(_, found)] = qualities(np.linspace(1, 0, 100), _examples(["B"] * 100, redeemed), ())
    assert (found.captured, found.auc) == (1.0, 1.0)


def test_redemptions_of_coupons_that_are_not_named_tell_of_the_shopper(data: Dataset) -> None:
    """They count as redeemed before, and are nobody's label."""
    unnamed = data.redemptions.with_columns(offer=pl.lit(None, pl.String))
    more = examples(replace(data, redemptions=pl.concat([data.redemptions, unnamed])), 56, 60.0)
    plain, column = examples(data, 56, 60.0), OFFER_FEATURES.index("coupons redeemed before")
    assert np.array_equal(more.redeemed, plain.redeemed)
    assert more.features[:, column].sum() > plain.features[:, column].sum()
