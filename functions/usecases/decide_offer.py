"""An offer for whoever looks at a page: the decision of the queue, asked for by HTTP."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Literal, Protocol, Self

from pydantic import Field, model_validator

from functions.analytics.cells import tracking_id
from functions.contracts import EVENT_SOURCE
from functions.events import (
    ActionEvent,
    DecisionEvent,
    Id,
    Interaction,
    InteractionEvent,
    Item,
    Text,
    Visit,
    VisitEvent,
)
from functions.personalization.offers import Offer
from functions.usecases.metrics import Answer
from functions.usecases.ports import Shelf

MOST_PRODUCTS = 100


class DecideRequest(Answer):
    """Who looks at what. `requestId` makes a request that is sent again the same one, with the same decision.

    With `viewed` the decision also remembers that the products were looked at just now.
    """

    user_id: Id | None = None
    session_id: Id | None = None
    request_id: Id | None = None
    placement: Text | None = None
    viewed: Annotated[tuple[Id, ...], Field(max_length=MOST_PRODUCTS)] = ()

    @model_validator(mode="after")
    def _somebody_looks(self) -> Self:
        if not (self.user_id or self.session_id):
            raise ValueError("give `userId` or `sessionId`")
        return self


class OfferMade(Answer):
    """The offer as it is to be shown, with `covers` products, of which the first hundred are named."""

    id: str
    name: str
    covers: int
    products: tuple[str, ...]


class DecidedProduct(Answer):
    """A product that the decision took for likely."""

    id: str
    score: float


class OfferDecision(Answer):
    """A decision with everything that explains it.

    `probability` is that with which this offer is made to this shopper at this moment. `level` is the step that found
    it: `affinity`, `rule`, `priority` or `fallback`. Report views, clicks and redemptions with `decisionId` and
    `trackingId`.
    """

    decision_id: str
    tracking_id: str
    offer: OfferMade
    runner_up: str | None
    reasons: tuple[str, ...]
    probability: float
    level: Literal["affinity", "rule", "priority", "fallback"]
    arm: Literal["personalized", "exploration", "holdout"]
    placement: str
    model: str
    path: Literal["warm", "cold"]
    degraded: tuple[str, ...]
    products: tuple[DecidedProduct, ...]


class Deciding(Protocol):
    """What makes offers."""

    def __call__(self, action: ActionEvent, *, strangers: bool = False) -> Awaitable[DecisionEvent]:
        """The decision on an action."""


@dataclass(frozen=True, slots=True)
class DecideOffer:
    """The use case with what it asks. `new_id` gives an id that is never given twice."""

    decide: Deciding
    shelf: Shelf
    clock: Callable[[], datetime]
    new_id: Callable[[], str]

    async def __call__(self, request: DecideRequest) -> OfferDecision:
        """Decide; raises what `MakeOffer` raises, but for unknown shoppers, who are strangers."""
        decided = await self.decide(self._action(request), strangers=True)
        offers = (await self.shelf.current()).offers
        return _answer(decided, offers.get(decided.data.offer))

    def _action(self, request: DecideRequest) -> ActionEvent:
        """The event that asks for the decision: a look at products, or an arrival."""
        event, subject = request.request_id or self.new_id(), request.user_id or request.session_id
        assert subject is not None  # as the request was validated
        if not request.viewed:
            return VisitEvent(
                id=event,
                source=EVENT_SOURCE,
                subject=subject,
                session=request.session_id,
                time=self.clock(),
                data=Visit(placement=request.placement),
            )
        items = tuple(Item(item_id=product) for product in request.viewed)
        return InteractionEvent(
            id=event,
            source=EVENT_SOURCE,
            subject=subject,
            session=request.session_id,
            time=self.clock(),
            type="view_item",
            data=Interaction(items=items, placement=request.placement),
        )


def _answer(decided: DecisionEvent, offer: Offer | None) -> OfferDecision:
    data = decided.data
    return OfferDecision(
        decision_id=decided.id,
        tracking_id=tracking_id(data),
        offer=_made(data.offer, offer),
        runner_up=data.runner_up,
        reasons=data.reasons,
        probability=data.probability,
        level=data.level,
        arm=data.arm,
        placement=data.placement,
        model=data.model,
        path=data.path,
        degraded=data.degraded,
        products=tuple(DecidedProduct(id=each.product, score=each.score) for each in data.products),
    )


def _made(offer_id: str, offer: Offer | None) -> OfferMade:
    """The offer's name and products; those of one that was deleted a moment ago are not known any more."""
    products = offer.products if offer else ()
    return OfferMade(
        id=offer_id,
        name=offer.name if offer else offer_id,
        covers=len(products),
        products=tuple(products[:MOST_PRODUCTS]),
    )
