"""A small shop to decide in: two departments, and whatever offers a test wants."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

from functions.personalization.assortment import Assortment
from functions.personalization.catalog import Catalog, Product
from functions.personalization.decision import Decision, decide
from functions.personalization.eligibility import Occasion
from functions.personalization.offers import Offer, Policy
from functions.personalization.recommendations import Recommendation, from_affinities
from functions.personalization.shopper import Memory, Shopper

NOW = datetime(2026, 11, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
FALLBACK = Offer(id="delivery", name="Free delivery")
TASTE = (("milk", 4.0), ("bread", 3.0), ("beer", 2.0), ("soap", 1.0))
"""What everyone likes: shares of 0.4, 0.3, 0.2 and 0.1."""
CATALOG = Catalog(
    [
        Product("milk", "Milk", ("food", "dairy"), 1.5),
        Product("bread", "Bread", ("food", "bakery"), 2.0),
        Product("beer", "Beer", ("food", "drinks"), 3.0),
        Product("soap", "Soap", ("household", "bath"), 2.5),
    ]
)


def offer(offer_id: str, *products: str, **fields: Any) -> Offer:
    """An offer on some products, running and unrestricted unless told otherwise."""
    return Offer(id=offer_id, name=offer_id.capitalize(), products=products, **fields)


def shop(offers: Iterable[Offer] = (), catalog: Catalog = CATALOG, **policy: Any) -> Assortment:
    """A shop with these offers and a fallback; neither exploration nor holdout unless the policy says so."""
    chosen = Policy(**{"fallback": FALLBACK.id, "exploration": 0, "holdout": 0, **policy})
    return Assortment(catalog, {each.id: each for each in (*offers, FALLBACK)}, chosen, everyone=TASTE)


def occasion(now: datetime = NOW, memory: Memory | None = None, **shopper: Any) -> Occasion:
    """A shopper of whom little is known, now."""
    return Occasion(Shopper(**{"id": "anna", "segment": "families", **shopper}), memory or Memory(), now)


def recommend(assortment: Assortment, when: Occasion) -> Recommendation:
    """What everyone likes."""
    return from_affinities(assortment, when)


def decided(assortment: Assortment, when: Occasion | None = None, decision_id: str = "d1") -> Decision:
    """The decision for an occasion in a shop."""
    when = when or occasion()
    return decide(when, assortment, recommend(assortment, when), decision_id)
