"""From a shopper to the probability of redemption, by a real graph."""

import dataclasses
from random import Random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.adapters.onnx import OnnxModel
from functions.personalization.coverage import Coverage
from functions.personalization.eligibility import Occasion
from functions.personalization.offer_features import OFFER_FEATURES, offer_features
from functions.personalization.shopper import History, Memory, Shopper
from model.training.logistic import Logistic
from model.training.propensity_graph import graph
from tests.small_shop import write_model
from tests.unit.adapters.test_onnx import add_file
from tests.unit.personalization.shop import CATALOG, HOUR, NOW, offer
from tests.unit.personalization.strategies import occasions

TODAY = NOW.timestamp() / 86_400
ANNA = Shopper("anna", "s", history=History(("milk",), (2,), (1,), (int(TODAY),), (1.5,), TODAY))
WEIGHTS = np.random.default_rng(1).normal(0, 0.2, len(OFFER_FEATURES))
MODEL = Logistic(WEIGHTS, -2.0)
COVERAGE = Coverage([offer("a", "milk"), offer("b", "soap", ends=NOW), offer("c", "soap", "beer")], CATALOG)


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> OnnxModel:
    """A model that foresees redemptions."""
    folder = write_model(tmp_path_factory.mktemp("propensity") / "model")
    return OnnxModel(add_file(folder, "offers.onnx", graph(MODEL).SerializeToString()))


async def test_every_running_offer_has_the_probability_of_the_trained_model(model: OnnxModel) -> None:
    """The graph agrees with what was trained; an offer that is over has none."""
    when = Occasion(ANNA, Memory(), NOW)
    found = await model.redemptions(when, COVERAGE)
    features = offer_features(when, COVERAGE, np.array([0, 2]), model.tau)
    assert found is not None
    assert found[[0, 2]] == pytest.approx(MODEL.probabilities(features), rel=1e-5)
    assert found[1] == 0


async def test_who_opted_out_or_never_bought_is_not_asked_about(model: OnnxModel) -> None:
    """The model learned from shoppers with purchases, and nothing personal is used of who does not want it."""
    opted_out, newcomer = dataclasses.replace(ANNA, personalize=False), Shopper("ben", "s")
    for shopper in (opted_out, newcomer):
        assert await model.redemptions(Occasion(shopper, Memory(), NOW), COVERAGE) is None


async def test_a_shop_where_nothing_runs_is_no_error(model: OnnxModel) -> None:
    """Every offer is over, or there is none."""
    when = Occasion(ANNA, Memory(), NOW)
    over = await model.redemptions(when, Coverage([offer("b", "soap", starts=NOW + HOUR)], CATALOG))
    none = await model.redemptions(when, Coverage([], CATALOG))
    assert over is not None
    assert none is not None
    assert (over.tolist(), none.tolist()) == ([0.0], [])


@given(occasions(), st.randoms(use_true_random=False))
def test_probabilities_do_not_depend_on_the_other_offers(model: OnnxModel, when: Occasion, dice: Random) -> None:
    """Within 0 and 1, the same at redelivery, and the same in whatever company an offer is."""
    shopper = dataclasses.replace(ANNA, affinities=when.shopper.affinities)
    when = Occasion(shopper, when.memory, when.now)
    made = [offer("a", "milk"), offer("b", "soap"), offer("c", "beer", "milk"), offer("d", "gone")]
    dice.shuffle(made)
    whole = model.redemptions_now(when, Coverage(made, CATALOG))
    alone = [model.redemptions_now(when, Coverage([each], CATALOG)) for each in sorted(made, key=lambda one: one.id)]
    assert whole is not None
    assert ((whole >= 0) & (whole <= 1)).all()
    assert whole.tolist() == pytest.approx([float(each[0]) for each in alone if each is not None], rel=1e-5)
