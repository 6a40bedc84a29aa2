"""A shopper did something: decide what offer to make it, and tell what happened."""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from functions.events import ActionEvent, DecisionEvent, InteractionEvent, decision_id
from functions.personalization.assortment import Assortment
from functions.personalization.catalog import Doubles
from functions.personalization.decision import decide
from functions.personalization.eligibility import Occasion
from functions.personalization.reasons import reasons
from functions.personalization.recommendations import Recommendation, from_affinities, from_model, over_fetch
from functions.personalization.shopper import NO_SEGMENT, Memory, Shopper, with_consent
from functions.telemetry import DECISION_TIME, DECISIONS, SILENT, Telemetry, Work
from functions.usecases.decision_events import Timings, decision_event, performance_event
from functions.usecases.ports import EventStream, Memories, MemoryUnavailableError, Model, Models, Shelf, Shoppers

BY_MODEL = frozenset({"model", "session"})
"""Sources of a recommendation that the model's version stands for."""

log = logging.getLogger(__name__)


class UnknownShopperError(Exception):
    """There is no profile of the shopper who acted: no delivery of the message will ever succeed."""

    def __init__(self) -> None:
        super().__init__("there is no profile of the shopper who acted")


class UnknownProductError(Exception):
    """The catalogue has no product of that id: no delivery of the message will ever succeed."""

    def __init__(self, product_id: str) -> None:
        super().__init__(f"there is no product '{product_id}' in the catalogue")


@dataclass(frozen=True, slots=True)
class MakeOffer:
    """The use case with what it reads from and writes to.

    `clock` gives the time with its zone, `stopwatch` seconds from any origin that only ever go forward.
    """

    shoppers: Shoppers
    memories: Memories
    shelf: Shelf
    models: Models
    stream: EventStream
    clock: Callable[[], datetime]
    stopwatch: Callable[[], float]
    telemetry: Telemetry = SILENT

    async def __call__(self, action: ActionEvent, *, strangers: bool = False) -> DecisionEvent:
        """Decide, send [action, decision, performance] to the stream, and return the decision.

        With `strangers`, who has no profile is made an offer as somebody of whom nothing is known.

        A second delivery of an action gives events of the same ids. When fast memory is down the decision goes on
        without it, marked degraded. Raises `UnknownShopperError` and `UnknownProductError` (both for good),
        `StoreUnavailableError` and `StreamUnavailableError` (try again: nothing was acknowledged).
        """
        started = self.stopwatch()
        assortment = await self.shelf.current()
        _check_products(action, assortment)  # first, so that what can never succeed costs no read and leaves no trace
        with self.telemetry.span("read shopper"):
            occasion, degraded = await self._read(action, strangers=strangers)
        scoring_started = self.stopwatch()
        with self.telemetry.span("score"):
            model = await self.models.current()
            recommendation = await _recommend(model, occasion, assortment)
            redemptions = await _redemptions(model, occasion, assortment, recommendation)
        scoring_ended = self.stopwatch()
        decision = decide(occasion, assortment, recommendation, decision_id(action.id), redemptions)
        version = model.version if recommendation.source in BY_MODEL else None
        decided = decision_event(action, decision, reasons(decision, assortment.policy), version, degraded)
        timings = Timings.between(started, scoring_started, scoring_ended, self.stopwatch())
        decided = decided.caused_in(self.telemetry.context())
        with self.telemetry.span("send events", Work.SENDING):
            await self._tell(action, decided, timings)
        self._report(decided, self.stopwatch() - started)
        return decided

    async def _read(self, action: ActionEvent, *, strangers: bool) -> tuple[Occasion, tuple[str, ...]]:
        """The shopper, what fast memory holds of it, and which dependencies were down."""
        shopper, memory = await asyncio.gather(self.shoppers.read(action.subject), self._recall(action))
        if shopper is None and strangers:
            shopper = Shopper(action.subject, NO_SEGMENT)
        if shopper is None:
            raise UnknownShopperError
        degraded = ("redis",) if memory is None else ()
        memory = memory or Memory()
        return Occasion(with_consent(shopper, memory), memory, self.clock()), degraded

    async def _recall(self, action: ActionEvent) -> Memory | None:
        try:
            return await self.memories.recall(action)
        except MemoryUnavailableError as error:
            log.warning("Decision %s is made without fast memory: %s", decision_id(action.id), error)
            return None

    async def _tell(self, action: ActionEvent, decided: DecisionEvent, timings: Timings) -> None:
        events = [event.caused_in(decided.trace) for event in (action, decided, performance_event(decided, timings))]
        await asyncio.gather(self.stream.send(events), self._count(decided))

    def _report(self, decided: DecisionEvent, seconds: float) -> None:
        data = decided.data
        path = {"path": data.path, "degraded": bool(data.degraded)}
        self.telemetry.record(DECISIONS, 1, {**path, "level": data.level})
        self.telemetry.record(DECISION_TIME, seconds, path)

    async def _count(self, decided: DecisionEvent) -> None:
        """Count the offer towards its caps; without fast memory the decision still stands."""
        try:
            await self.memories.offer_made(decided.subject, decided.data.offer, decided.id, decided.time)
        except MemoryUnavailableError as error:
            log.warning("decision %s was not counted towards its caps: %s", decided.id, error)


async def _recommend(model: Model, occasion: Occasion, assortment: Assortment) -> Recommendation:
    """Likely products by the model when it knows anything of the shopper, else by pre-computed affinities."""
    if occasion.shopper.personalize:
        found = from_model(await model.score(occasion, over_fetch(assortment)), assortment, occasion)
        if found.products:
            return found
    return from_affinities(assortment, occasion)


async def _redemptions(
    model: Model, occasion: Occasion, assortment: Assortment, recommendation: Recommendation
) -> Doubles | None:
    """How likely the shopper redeems each offer, where it is the model that knows the shopper."""
    if recommendation.source != "model":
        return None
    return await model.redemptions(occasion, assortment.coverage)


def _check_products(action: ActionEvent, assortment: Assortment) -> None:
    if not isinstance(action, InteractionEvent):
        return
    for item in action.data.items:
        if item.item_id not in assortment.catalog.position:
            raise UnknownProductError(item.item_id)
