"""How a simulated shopper reacts: it wants what the real household went on to buy, and does not know our scores.

Because clicks follow the household's own later purchases, a policy that fits people better earns more of them.
"""

import math
import random
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Literal

CHANCE_CLICK = 0.005
"""Probability of clicking an offer that fits nothing the shopper wants."""
FITTING_CLICK = 0.35
"""Added probability of clicking an offer that fits perfectly."""
WANTED_CLICK = 0.5
"""Probability of clicking a recommended product that the shopper wants, once it was looked at."""
UNWANTED_CLICK = 0.01
"""The same for a product that the shopper does not want."""
OWN_MIND = 0.8
"""Probability that a shopper who clicked nothing looks for something it wants, rather than strolling."""
CART, PURCHASE = 0.15, 0.10
"""Probabilities that a wanted product goes to the basket, or is bought, rather than viewed."""

type ProductAction = Literal["view_item", "add_to_cart", "purchase"]


@dataclass(frozen=True, slots=True)
class Wants:
    """What a household bought in the weeks that the model has not seen: product ids and number of purchases."""

    products: tuple[str, ...]
    purchases: tuple[int, ...]

    def __post_init__(self) -> None:
        if not self.products or len(self.products) != len(self.purchases):
            raise ValueError("a simulated shopper wants at least one product, each with a number of purchases")


@dataclass(frozen=True, slots=True)
class Shown:
    """What was put before the shopper: the products that the offer covers, and recommended products in order."""

    offer: str
    offer_products: Collection[str]
    products: Sequence[str]


@dataclass(frozen=True, slots=True)
class ClickOffer:
    """The shopper clicks the offer it was shown."""

    offer: str


@dataclass(frozen=True, slots=True)
class TouchProduct:
    """The shopper views a product, puts it in the basket or buys it; `placement` is where it was found."""

    product: str
    action: ProductAction
    placement: Literal["picks", "browse"]


def fit(wants: Wants, offer_products: Collection[str]) -> float:
    """How well an offer fits, 0 to 1: 1 - exp(-later purchases of products that it covers)."""
    covered = sum(n for product, n in zip(wants.products, wants.purchases, strict=True) if product in offer_products)
    return 1 - math.exp(-covered)


def click_probability(wants: Wants, offer_products: Collection[str]) -> float:
    """Probability that the shopper clicks an offer that covers these products."""
    return CHANCE_CLICK + FITTING_CLICK * fit(wants, offer_products)


def examination(position: int) -> float:
    """Probability that the product at a position (from 0) is looked at, by the discount of NDCG."""
    return 1 / math.log2(position + 2)


def react(
    wants: Wants, shown: Shown | None, everything: Sequence[str], dice: random.Random
) -> ClickOffer | TouchProduct:
    """What the shopper does next, having been shown something (None: it has just arrived).

    `everything` are the products of the shop, for strolling; `dice` is seeded by the caller.
    """
    if shown is not None:
        if dice.random() < click_probability(wants, shown.offer_products):
            return ClickOffer(shown.offer)
        picked = _pick(wants, shown.products, dice)
        if picked is not None:
            return TouchProduct(picked, _action(picked in wants.products, dice), "picks")
    if dice.random() < OWN_MIND:
        wanted = dice.choices(wants.products, cum_weights=list(accumulate(wants.purchases)))[0]
        return TouchProduct(wanted, _action(True, dice), "browse")
    return TouchProduct(dice.choice(everything), "view_item", "browse")


def _pick(wants: Wants, products: Sequence[str], dice: random.Random) -> str | None:
    wanted = set(wants.products)
    for position, product in enumerate(products):
        looked = dice.random() < examination(position)
        if looked and dice.random() < (WANTED_CLICK if product in wanted else UNWANTED_CLICK):
            return product
    return None


def _action(wanted: bool, dice: random.Random) -> ProductAction:
    draw = dice.random() if wanted else 1.0
    return "purchase" if draw < PURCHASE else "add_to_cart" if draw < PURCHASE + CART else "view_item"
