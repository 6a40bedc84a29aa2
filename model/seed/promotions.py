"""Offers of the seed: the data set's own, some for anything that rules restrict, and the policy that chooses."""

from datetime import timedelta

from functions.personalization.offers import Dates, Distance, Offer, Policy, Rule, Segments, TopShoppers
from model.datasets.dataset import Dataset
from model.seed.calendar import Calendar

COUPON_CAP, WIDE_COUPON_CAP = 3, 1
"""Times within 24 hours that a shopper is made the same coupon."""
WIDE = 100
"""A coupon for more products than this is for whole departments; it fits everybody, so others need room."""
LEAST_LIKELY = 0.002
"""Of the coupons that were given to households, so many were redeemed within four weeks: less is not worth a place.

Nine households in ten have a coupon that runs and is likelier; by how it fits, every household has one.
"""
FALLBACK = "free-delivery"
FAMILIES = ("family-under-35", "family-35-54", "family-from-55")


def offers(dataset: Dataset, calendar: Calendar) -> list[Offer]:
    """Every campaign's offers with their dates moved to the present, then the rule offers and the fallback."""
    one_day = timedelta(days=1)  # the data's last day is included, an offer's end is not
    coupons = [
        Offer(
            id=row["id"],
            name=row["name"],
            campaign=row["campaign"],
            products=tuple(row["products"]),
            starts=calendar.moment(row["starts"]),
            ends=calendar.moment(row["ends"]) + one_day,
            daily_cap=COUPON_CAP if len(row["products"]) <= WIDE else WIDE_COUPON_CAP,
        )
        for row in dataset.offers.iter_rows(named=True)
    ]
    return [*coupons, *rule_offers(dataset, calendar)]


def rule_offers(dataset: Dataset, calendar: Calendar) -> list[Offer]:
    """Offers for anything in the basket, invented for this shop; those of the policy's lists, and the fallback."""
    opening = calendar.moment(dataset.cut_date)
    weeks = Dates(starts=opening, ends=opening + timedelta(weeks=2))
    return [
        _rule_offer("top-shoppers", "Double points for our most active shoppers", TopShoppers(within=50), cap=1),
        _rule_offer("far-from-store", "Half-price delivery far from the store", Distance(at_least=20)),
        _rule_offer("family-basket", "5 % off a family's basket", Segments(segments=FAMILIES)),
        _rule_offer("opening-weeks", "5 % off in the opening weeks", weeks),
        Offer(id=FALLBACK, name="Free delivery of the next order"),
    ]


def policy() -> Policy:
    """Top shoppers first; when nothing fits, by distance, family and dates; else free delivery."""
    return Policy(
        threshold=LEAST_LIKELY,
        first=("top-shoppers",),
        priority=("far-from-store", "family-basket", "opening-weeks"),
        fallback=FALLBACK,
    )


def _rule_offer(offer_id: str, name: str, rule: Rule, cap: int = 2) -> Offer:
    return Offer(id=offer_id, name=name, rules=(rule,), daily_cap=cap)
