"""Offers and policies at the door: what is not valid never gets in."""

from typing import Any

import pytest
from hypothesis import given

from functions.personalization.assortment import Assortment, UnfitFallbackError
from functions.personalization.offers import InvalidOfferError, Offer, Policy
from tests.unit.personalization.shop import CATALOG, HOUR, NOW, offer, shop
from tests.unit.personalization.strategies import offers


@given(offers(["milk", "bread"]))
def test_an_offer_survives_its_document(each: Offer) -> None:
    """What is stored is what is read, with what Cosmos adds to a document."""
    assert Offer.from_document({**each.to_document(), "_etag": "7", "_ts": 1}) == each


def test_a_policy_survives_its_document() -> None:
    """The document's id is not part of the policy."""
    policy = Policy(threshold=0.3, priority=("a", "b"), fallback="c", exploration=0.1)
    assert Policy.from_document({"id": "policy", **policy.to_document(), "_rid": "x"}) == policy


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"rules": [{"type": "__import__"}]}, "rules.0"),
        ({"rules": [{"type": "distance", "atLeast": -1}]}, "atLeast"),
        ({"rules": [{"type": "distance", "at_least_miles": 1}]}, "at_least_miles"),
        ({"dailyCap": 0}, "dailyCap"),
        ({"starts": "2026-01-01T00:00:00"}, "starts"),
        ({"products": ["a b"]}, "products.0"),
        ({"prodcts": []}, "prodcts"),
    ],
)
def test_a_document_that_is_no_offer_is_refused(wrong: dict[str, Any], field: str) -> None:
    """The text names the document and the field, so that a marketer finds the mistake."""
    with pytest.raises(InvalidOfferError, match=f"document 'x'.*{field}"):
        Offer.from_document({"id": "x", "name": "X", **wrong})


@pytest.mark.parametrize("name", ["first", "priority"])
def test_the_fallback_comes_after_the_lists(name: str) -> None:
    """A fallback inside a list would hide what comes after it."""
    with pytest.raises(InvalidOfferError, match="the fallback must not be in a list"):
        Policy.from_document({"id": "policy", name: ["a", "b"], "fallback": "b"})


@pytest.mark.parametrize(
    "fields",
    [{"starts": NOW}, {"ends": NOW + HOUR}, {"daily_cap": 3}, {"rules": [{"type": "top_shoppers"}]}],
)
def test_a_fallback_with_conditions_is_refused(fields: dict[str, Any]) -> None:
    """A fallback that some shopper could not have would leave that shopper without an offer."""
    restricted = offer("last", **fields)
    with pytest.raises(UnfitFallbackError, match="'last' has dates, rules or a cap"):
        Assortment(CATALOG, {"last": restricted}, Policy(fallback="last"))


def test_a_fallback_that_does_not_exist_is_refused() -> None:
    """The text names it."""
    with pytest.raises(UnfitFallbackError, match="'last' is not among the offers"):
        Assortment(CATALOG, {}, Policy(fallback="last"))


def test_the_fallback_is_the_policy_s() -> None:
    """It is found without a search."""
    assert shop().fallback.id == "delivery"


def test_offers_that_a_policy_names_in_vain_are_told() -> None:
    """A typo in a list is passed over by decisions, and can be seen."""
    assert shop([offer("a")], first=["vip"], priority=["a", "b"]).missing == ("vip", "b")
