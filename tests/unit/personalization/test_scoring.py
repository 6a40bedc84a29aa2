"""How well offers fit."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.personalization.assortment import Assortment
from functions.personalization.eligibility import Occasion
from functions.personalization.recommendations import from_affinities
from functions.personalization.scoring import department_cosines, offer_scores
from functions.personalization.shopper import Memory, Shopper
from tests.unit.personalization.shop import occasion, offer, recommend, shop
from tests.unit.personalization.strategies import PRODUCTS, affinities, occasions, shops, whole_shops


def _scores(assortment: Assortment, when: Occasion) -> dict[str, float]:
    scores = offer_scores(assortment, recommend(assortment, when), when.shopper)
    return {each.id: score for each, score in zip(assortment.coverage.offers, scores.tolist(), strict=True)}


def test_a_score_is_the_share_of_the_taste_that_the_offer_covers() -> None:
    """Of a taste of 4, 3, 2 and 1, milk and soap make up half; covering a product twice counts once."""
    offers = [offer("some", "milk", "soap", "milk"), offer("all", *PRODUCTS), offer("none", "gone")]
    assert _scores(shop(offers), occasion()) == pytest.approx({"some": 0.5, "all": 1.0, "none": 0.0})


def test_departments_weigh_the_products() -> None:
    """A shopper of 0.8 food and 0.6 household takes 0.8 of the milk and 0.6 of the soap."""
    when = occasion(affinities={"food": 0.8, "household": 0.6})
    scores = _scores(shop([offer("milk", "milk"), offer("soap", "soap")]), when)
    assert scores == pytest.approx({"milk": 0.8 * 0.4, "soap": 0.6 * 0.1})


def test_one_marginal_product_does_not_win() -> None:
    """An offer on the best product beats one on the last, though each covers the whole of its own product."""
    scores = _scores(shop([offer("first", "milk"), offer("last", "soap")]), occasion())
    assert scores["first"] > scores["last"]


def test_nothing_known_of_the_departments_leaves_the_taste_as_it_is() -> None:
    """No departments and an opt-out weigh every department alike."""
    departments = ("food", "household")
    assert department_cosines(Shopper("a", "s"), departments).tolist() == [1, 1]
    assert department_cosines(Shopper("a", "s", {"food": 1}, personalize=False), departments).tolist() == [1, 1]


def test_departments_that_are_all_zero_fit_nothing() -> None:
    """The cosine with a vector of length 0 is taken as 0, not as NaN."""
    assert department_cosines(Shopper("a", "s", {"food": 0, "household": 0}), ("food",)).tolist() == [0]


@given(affinities)
def test_cosines_are_those_of_a_vector(known: dict[str, float]) -> None:
    """Each is within 0 and 1, whatever was stored, and their squares add up to 1 or to 0."""
    departments = ("food", "garden", "household")
    cosines = department_cosines(Shopper("a", "s", known), departments)
    assert ((cosines >= 0) & (cosines <= 1)).all()
    if known:
        assert math.isclose(float(np.sum(cosines**2)), 1.0) or not cosines.any()


@whole_shops
@given(shops(), occasions(), st.booleans())
def test_a_score_is_within_0_and_1_and_never_nan(assortment: Assortment, when: Occasion, recalled: bool) -> None:
    """Whatever the affinities: none, all zero, negative, infinite or not a number."""
    when = when if recalled else Occasion(when.shopper, Memory(), when.now)
    scores = offer_scores(assortment, from_affinities(assortment, when), when.shopper)
    assert scores.shape == (len(assortment.coverage.offers),)
    assert ((scores >= 0) & (scores <= 1)).all()
