"""Decisions kept to be looked at later: why somebody was shown something, and to whom an offer was made."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Protocol

from pydantic import Field

from functions.events import DecisionEvent, parse_message
from functions.personalization.assortment import Assortment
from functions.usecases.metrics import Answer
from functions.usecases.ports import KeptDecision, Shelf


class DecisionLog(Protocol):
    """Where decisions are kept. Everything raises `StoreUnavailableError`."""

    async def keep(self, decisions: Sequence[DecisionEvent]) -> None:
        """Write decisions; those that come again change nothing."""

    async def of_shopper(self, shopper_id: str, count: int) -> Sequence[KeptDecision]:
        """The last decisions for a shopper, newest first."""

    async def shoppers_of(self, offer: str, count: int) -> Sequence[str]:
        """Whom an offer was made to in its last decisions, newest first."""


async def keep_decisions(log: DecisionLog, messages: Sequence[bytes]) -> int:
    """Keep the decisions among the events of messages, and return how many; raises `StoreUnavailableError`.

    What is no event is passed over: the aggregation reports it.
    """
    decisions = [event for body in messages for event in parse_message(body) if isinstance(event, DecisionEvent)]
    if decisions:
        await log.keep(decisions)
    return len(decisions)


class TrailQuery(Answer):
    """How much of a shopper's trail."""

    count: Annotated[int, Field(ge=1, le=100, description="Decisions, the newest")] = 20


class TrailProduct(Answer):
    """A product that was taken for likely."""

    id: str
    name: str
    score: float


class TrailOffer(Answer):
    """An offer that was considered; `refused` says why it was not eligible."""

    id: str
    name: str
    score: float
    refused: tuple[str, ...]


class TrailDecision(Answer):
    """A decision with everything that explains it."""

    decision_id: str
    time: datetime
    offer: str
    name: str
    placement: str
    level: str
    arm: str
    probability: float
    model: str
    path: str
    degraded: tuple[str, ...]
    reasons: tuple[str, ...]
    products: tuple[TrailProduct, ...]
    considered: tuple[TrailOffer, ...]


class Trail(Answer):
    """Every decision for a shopper or a visitor, newest first, as far back as they are kept."""

    id: str
    decisions: tuple[TrailDecision, ...]


async def trail(log: DecisionLog, shelf: Shelf, shopper_id: str, query: TrailQuery) -> Trail:
    """A shopper's trail; empty for who was never made an offer. Raises `StoreUnavailableError`."""
    assortment = await shelf.current()
    found = await log.of_shopper(shopper_id, query.count)
    return Trail(id=shopper_id, decisions=tuple(_told(each, assortment) for each in found))


def _told(kept: KeptDecision, assortment: Assortment) -> TrailDecision:
    data = kept.data
    return TrailDecision(
        decision_id=kept.id,
        time=kept.time,
        offer=data.offer,
        name=_offer(data.offer, assortment),
        placement=data.placement,
        level=data.level,
        arm=data.arm,
        probability=data.probability,
        model=data.model,
        path=data.path,
        degraded=data.degraded,
        reasons=data.reasons,
        products=tuple(
            TrailProduct(id=each.product, name=_product(each.product, assortment), score=each.score)
            for each in data.products
        ),
        considered=tuple(
            TrailOffer(id=each.offer, name=_offer(each.offer, assortment), score=each.score, refused=each.refused)
            for each in data.considered
        ),
    )


def _offer(offer_id: str, assortment: Assortment) -> str:
    """The offer's name, or its id when there is no such offer any more."""
    offer = assortment.offers.get(offer_id)
    return offer.name if offer else offer_id


def _product(product_id: str, assortment: Assortment) -> str:
    row = assortment.catalog.position.get(product_id)
    return assortment.catalog.products[row].name if row is not None else product_id
