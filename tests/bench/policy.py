"""What the policy is worth: how likely simulated shoppers click what they are made, against simpler policies.

Nothing here depends on the speed of the machine. The click probabilities are those of the simulation, from what the
households really went on to buy; they compare policies with each other and say nothing of a real shop.
"""

import random
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from functions.adapters.onnx import OnnxModel
from functions.contracts import OFFERS, PRODUCTS, SETTINGS, SHOPPERS, SIMULATION
from functions.personalization.assortment import Assortment
from functions.personalization.catalog import Catalog, Product
from functions.personalization.decision import decide
from functions.personalization.eligibility import Occasion, refusals
from functions.personalization.offers import Offer, Policy
from functions.personalization.recommendations import Recommendation, from_affinities, from_model, over_fetch
from functions.personalization.shopper import Memory, Shopper
from functions.settings import SHIPPED_MODEL
from functions.simulation.behaviour import Wants, click_probability
from model import datasets
from model.datasets.dataset import Dataset
from model.seed.calendar import Calendar
from model.seed.plan import Plan, plan
from tests.bench.figures import Figure

SHOPPERS_ASKED = 1_000


@dataclass(frozen=True)
class Shop:
    """A seeded shop, in memory."""

    assortment: Assortment
    shoppers: Mapping[str, Shopper]
    wants: Mapping[str, Wants]
    model: OnnxModel
    now: datetime
    opened: datetime
    """The first moment of the weeks that no model has seen."""


def run() -> Sequence[Figure]:
    """Mean click probability of a shopper's first offer, of all policies over the same shoppers."""
    shop = shop_of(datasets.source("complete-journey").read(0))
    dice = random.Random(1)
    asked = dice.sample(sorted(shop.wants), SHOPPERS_ASKED)
    made = {shopper: _decided(shop, shopper, foreseen=True) for shopper in asked}
    fitting = {shopper: _decided(shop, shopper, foreseen=False) for shopper in asked}
    ours, by_fit = _mean(shop, made), _mean(shop, fitting)
    by_chance = _mean(shop, {shopper: dice.choice(_running(shop, shopper)) for shopper in asked})
    different = _different(made)
    best = max(_mean(shop, dict.fromkeys(asked, offer)) for offer in _running(shop, asked[0]))
    return [
        Figure("clicks, our policy", 100 * ours, "%", ours / by_chance, "a random coupon that runs"),
        Figure("clicks, our policy", 100 * ours, "%", ours / best, "the best single coupon, in hindsight"),
        Figure("clicks, our policy", 100 * ours, "%", ours / by_fit, "the same without the offer model"),
        Figure(
            "different offers made",
            different,
            "",
            different / _different(fitting),
            "the same without the offer model",
        ),
    ]


def _mean(shop: Shop, made: Mapping[str, Offer]) -> float:
    return statistics.mean(
        click_probability(shop.wants[shopper], frozenset(offer.products)) for shopper, offer in made.items()
    )


def _different(made: Mapping[str, Offer]) -> int:
    return len({offer.id for offer in made.values()})


def _decided(shop: Shop, shopper_id: str, *, foreseen: bool) -> Offer:
    occasion = Occasion(shop.shoppers[shopper_id], Memory(), shop.now)
    found = recommended(shop, occasion)
    asked = foreseen and found.source == "model"
    redemptions = shop.model.redemptions_now(occasion, shop.assortment.coverage) if asked else None
    return decide(occasion, shop.assortment, found, f"bench-{shopper_id}", redemptions).offer


def recommended(shop: Shop, occasion: Occasion) -> Recommendation:
    """Likely products of a shopper, as the system finds them."""
    found = from_model(shop.model.score_now(occasion, over_fetch(shop.assortment)), shop.assortment, occasion)
    return found if found.products else from_affinities(shop.assortment, occasion)


def _running(shop: Shop, shopper_id: str) -> list[Offer]:
    occasion = Occasion(shop.shoppers[shopper_id], Memory(), shop.now)
    return [each for each in shop.assortment.offers.values() if each.products and not refusals(each, occasion)]


def shop_of(dataset: Dataset) -> Shop:
    """The shop that is seeded from a data set today."""
    now, model = datetime.now(UTC), OnnxModel(SHIPPED_MODEL)
    planned = plan(dataset, now.date(), model.tau)
    offers = {document["id"]: Offer.from_document(document) for document in _documents(planned, OFFERS.name)}
    [policy] = [Policy.from_document(document) for document in _documents(planned, SETTINGS.name)]
    assortment = Assortment(
        Catalog(map(Product.from_document, _documents(planned, PRODUCTS.name))),
        offers,
        policy,
        everyone=tuple(planned.lists.everyone),
    )
    shoppers = {each["id"]: Shopper.from_document(each) for each in _documents(planned, SHOPPERS.name)}
    wants = {
        each["id"]: Wants(tuple(each["products"]), tuple(each["weights"]))
        for each in _documents(planned, SIMULATION.name)
    }
    return Shop(assortment, shoppers, wants, model, now, Calendar.of(dataset, now.date()).moment(dataset.cut_date))


def _documents(planned: Plan, container: str) -> Sequence[Mapping[str, Any]]:
    [part] = [part for part in planned.parts if part.container.name == container]
    return part.documents
