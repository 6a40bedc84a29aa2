"""Who may be made an offer, and when: every check, and why it refuses."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import assert_never

from functions.personalization.offers import Dates, Distance, Offer, Rule, Segments, TopShoppers
from functions.personalization.shopper import Memory, Shopper

OPTED_OUT = "needs personal data, of which the shopper opted out"


@dataclass(frozen=True, slots=True)
class Occasion:
    """A shopper at a moment (`now` with a time zone): whom and when an offer would be made."""

    shopper: Shopper
    memory: Memory
    now: datetime


def refusals(offer: Offer, occasion: Occasion) -> tuple[str, ...]:
    """Why the offer may not be made, a phrase for each reason; empty when it may.

    The phrases travel in events: they quote the offer's own conditions and never what is known of the shopper.
    """
    checks = (
        _dates(offer.starts, offer.ends, occasion.now),
        _cap(offer, occasion.memory),
        *(_rule(rule, occasion) for rule in offer.rules),
    )
    return tuple(refusal for refusal in checks if refusal)


def _dates(starts: datetime | None, ends: datetime | None, now: datetime) -> str | None:
    if starts is not None and now < starts:
        return f"does not start before {_stamp(starts)}"
    if ends is not None and now >= ends:
        return f"ended at {_stamp(ends)}"
    return None


def _cap(offer: Offer, memory: Memory) -> str | None:
    if offer.daily_cap is None or memory.offered.get(offer.id, 0) < offer.daily_cap:
        return None
    return f"was made as often as its cap of {offer.daily_cap} within 24 hours allows"


def _rule(rule: Rule, occasion: Occasion) -> str | None:
    match rule:
        case Dates():
            return _dates(rule.starts, rule.ends, occasion.now)
        case TopShoppers() | Distance() | Segments() if not occasion.shopper.personalize:
            return OPTED_OUT
        case TopShoppers():
            return _top_shoppers(rule, occasion.memory)
        case Distance():
            return _distance(rule, occasion.shopper)
        case Segments():
            return _segments(rule, occasion.shopper)
        case _:
            assert_never(rule)


def _top_shoppers(rule: TopShoppers, memory: Memory) -> str | None:
    if memory.views_rank is not None and memory.views_rank < rule.within:
        return None
    return f"is only for the {rule.within} shoppers with the most views in the last day"


def _distance(rule: Distance, shopper: Shopper) -> str | None:
    if shopper.distance_miles is not None and rule.at_least <= shopper.distance_miles <= rule.at_most:
        return None
    return f"is only for shoppers {rule.at_least:g} to {rule.at_most:g} miles from their store"


def _segments(rule: Segments, shopper: Shopper) -> str | None:
    return None if shopper.segment in rule.segments else "is only for shoppers of other segments"


def _stamp(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
