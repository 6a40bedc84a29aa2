"""An offer, and who it is made to: told of many shoppers together, never of one."""

import asyncio
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from functions.personalization.offers import Offer
from functions.personalization.shopper import InvalidShopperError, Shopper
from functions.usecases.decision_log import DecisionLog
from functions.usecases.metrics import Answer
from functions.usecases.ports import Shelf, Shoppers

LOOKED_AT = 200
"""Decisions of an offer, the newest, whose shoppers are looked at."""
FEWEST = 5
"""Shoppers of whom something is told together; fewer might be recognized."""
NAMED = 100
"""Products of an offer that are named."""
TOGETHER = 16
"""Profiles read at once."""
UNKNOWN, OTHER = "unknown", "other"


class NoSuchOfferError(Exception):
    """There is no offer of that id."""

    def __init__(self, offer_id: str) -> None:
        super().__init__(f"There is no offer '{offer_id[:128]}'.")


class CoveredProduct(Answer):
    """A product that an offer covers."""

    id: str
    name: str


class Audience(Answer):
    """The shoppers of an offer's last `decisions` (200 at most): the mean share of their spend by department, and how
    many of each region and segment. Groups below five are told as `other`, together with another where they are still
    below five; of fewer than five shoppers nothing at all is told.
    """

    decisions: int
    shoppers: int
    affinities: dict[str, float]
    regions: dict[str, int]
    segments: dict[str, int]
    distance_miles: float | None
    """From the store, on average, of those whose distance is known."""


class OfferDetails(Answer):
    """An offer with its products, of which the first hundred are named, and whom it was made to lately."""

    id: str
    name: str
    campaign: str | None
    starts: datetime | None
    ends: datetime | None
    daily_cap: int | None
    covers: int
    products: tuple[CoveredProduct, ...]
    audience: Audience


@dataclass(frozen=True, slots=True)
class OfferAudience:
    """The use case with what it reads from."""

    shelf: Shelf
    decisions: DecisionLog
    shoppers: Shoppers

    async def __call__(self, offer_id: str) -> OfferDetails:
        """The offer; raises `NoSuchOfferError` and `StoreUnavailableError`."""
        assortment = await self.shelf.current()
        offer = assortment.offers.get(offer_id)
        if offer is None:
            raise NoSuchOfferError(offer_id)
        names = assortment.catalog.products
        rows = assortment.catalog.positions(offer.products[:NAMED]).tolist()
        covered = tuple(CoveredProduct(id=names[row].id, name=names[row].name) for row in rows if row >= 0)
        return _details(offer, covered, await self._audience(offer_id))

    async def _audience(self, offer_id: str) -> Audience:
        decisions = await self.decisions.shoppers_of(offer_id, LOOKED_AT)
        turn = asyncio.Semaphore(TOGETHER)

        async def read(shopper_id: str) -> Shopper | None:
            async with turn:
                try:
                    return await self.shoppers.read(shopper_id)
                except InvalidShopperError:  # which whoever decides for this shopper reports
                    return None

        found = await asyncio.gather(*map(read, dict.fromkeys(decisions)))
        return audience([each for each in found if each is not None and each.personalize], len(decisions))


def audience(shoppers: Sequence[Shopper], decisions: int) -> Audience:
    """What is told together of the shoppers of so many decisions."""
    counts = {"decisions": decisions, "shoppers": len(shoppers)}
    if len(shoppers) < FEWEST:
        return Audience(**counts, affinities={}, regions={}, segments={}, distance_miles=None)
    known = [each.affinities for each in shoppers if each.affinities]
    total: Counter[str] = Counter()
    for affinities in known:
        total.update(affinities)
    away = [each.distance_miles for each in shoppers if each.distance_miles is not None]
    return Audience(
        **counts,
        affinities={name: round(share / len(known), 4) for name, share in total.most_common()}
        if len(known) >= FEWEST
        else {},
        regions=_groups(each.region or UNKNOWN for each in shoppers),
        segments=_groups(each.segment for each in shoppers),
        distance_miles=round(sum(away) / len(away), 1) if len(away) >= FEWEST else None,
    )


def _groups(names: Iterable[str]) -> dict[str, int]:
    """Counts of five or more, largest first; what is left out cannot be worked out from those that are told."""
    counted = Counter(names).most_common()
    told = {name: count for name, count in counted if count >= FEWEST}
    rest = sum(count for _, count in counted) - sum(told.values())
    if 0 < rest < FEWEST and told:
        rest += told.popitem()[1]
    return {**told, OTHER: told.get(OTHER, 0) + rest} if rest >= FEWEST else told


def _details(offer: Offer, covered: tuple[CoveredProduct, ...], audience: Audience) -> OfferDetails:
    return OfferDetails(
        id=offer.id,
        name=offer.name,
        campaign=offer.campaign,
        starts=offer.starts,
        ends=offer.ends,
        daily_cap=offer.daily_cap,
        covers=len(offer.products),
        products=covered,
        audience=audience,
    )
