"""The reasons of a decision, as a marketer reads them."""

from typing import Any

import numpy as np
from hypothesis import given

from functions.personalization.assortment import Assortment
from functions.personalization.decision import decide
from functions.personalization.eligibility import Occasion
from functions.personalization.offers import Distance, Offer
from functions.personalization.reasons import reasons
from functions.personalization.recommendations import from_affinities
from tests.unit.personalization.shop import NOW, occasion, offer, shop
from tests.unit.personalization.strategies import occasions, shops, whole_shops

COLD = "likely products as computed beforehand for everyone"
MILK = offer("milk-offer", "milk")


def _reasons(offers: list[Offer], when: Occasion | None = None, **policy: Any) -> tuple[str, ...]:
    return _explain(shop(offers, **policy), when or occasion())


def _explain(assortment: Assortment, when: Occasion) -> tuple[str, ...]:
    recommendation = from_affinities(assortment, when)
    return reasons(decide(when, assortment, recommendation, "d1"), assortment.policy)


def test_the_best_fit() -> None:
    """How much of the taste it covers."""
    assert _reasons([MILK]) == (
        COLD,
        "the best fit of all offers that may be made",
        "it covers 40.0% of what the shopper is likely to want",
    )


def test_a_better_fit_that_may_not_be_made_is_named() -> None:
    """With the reason why not."""
    over = offer("all", "milk", "bread", ends=NOW)
    assert _reasons([MILK, over])[-1] == "'all' fits better but ended at 2026-11-01 12:00 UTC"


def test_what_the_model_expects() -> None:
    """A probability of redemption is not told as a fit."""
    assortment, when = shop([MILK, offer("soap", "soap", rules=(Distance(at_least=9),))], threshold=0.02), occasion()
    recommendation = from_affinities(assortment, when)
    made = decide(when, assortment, recommendation, "d1", np.array([0.031, 0.5]))
    assert reasons(made, assortment.policy)[1:] == (
        "the most likely to be redeemed of all offers that may be made",
        "the model expects the shopper to redeem it with a probability of 3.1%",
        "'soap' is likelier to be redeemed but is only for shoppers 9 to 20000 miles from their store",
    )
    none = decide(when, assortment, recommendation, "d1", np.array([0.01, 0.0]))
    assert reasons(none, assortment.policy)[1] == "no offer that may be made is likely enough to be redeemed"


def test_the_priority_list() -> None:
    """That nothing fitted, and that it was its turn."""
    far = offer("far", rules=(Distance(at_least=9),))
    assert _reasons([far, offer("near")], occasion(distance_miles=10), priority=["far", "near"])[1:] == (
        "no offer that may be made fits well enough",
        "it is the first of its list that may be made, by its rules",
    )
    assert _reasons([far, offer("near")], priority=["far", "near"])[-1] == (
        "it is the first of its list that may be made"
    )


def test_an_offer_ahead_of_all_others() -> None:
    """That it was the policy's wish, though another offer fits."""
    assert _reasons([MILK, offer("vip")], first=["vip"])[1:] == (
        "the policy puts it ahead of personalized offers",
        "it is the first of its list that may be made",
    )


def test_the_fallback() -> None:
    """That nothing of the list may be made."""
    assert _reasons([])[-1] == "it is the fallback: nothing else may be made"


def test_chance() -> None:
    """That it was chosen at random, and what it covers all the same."""
    assert _reasons([MILK], exploration=1)[1:] == (
        "chosen at random among the best offers that may be made, to learn how well they do",
        "it covers 40.0% of what the shopper is likely to want",
    )


def test_the_holdout() -> None:
    """That no fit was looked for, so that none is said to be missing."""
    assert _reasons([MILK], holdout=1)[1:] == (
        "the shopper is held out from personalized offers, to measure what they bring",
        "it is the fallback: nothing else may be made",
    )


def test_an_opt_out() -> None:
    """That nothing personal was used."""
    assert "the shopper opted out: nothing personal was used" in _reasons([MILK], occasion(personalize=False))


@whole_shops
@given(shops(), occasions())
def test_reasons_fit_an_event(assortment: Assortment, when: Occasion) -> None:
    """At most ten, each of at most 256 characters, whatever the decision."""
    told = _explain(assortment, when)
    assert 3 <= len(told) <= 10
    assert all(0 < len(reason) <= 256 for reason in told)
