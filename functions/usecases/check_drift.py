"""Whether the model should be trained again: recent events and shoppers against what it was trained on."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

import numpy as np

from functions.analytics.drift import (
    Calibration,
    Drift,
    Seen,
    Spread,
    Values,
    calibration,
    psi,
    reasons,
    unknown_share,
)
from functions.analytics.fold import Received
from functions.events import (
    CloudEvent,
    DecisionEvent,
    InteractionEvent,
    InvalidEventError,
    PromotionEvent,
    parse_event,
)
from functions.personalization.chance import draw
from functions.personalization.eligibility import Occasion
from functions.personalization.shopper import Memory, Shopper
from functions.usecases.ports import Shoppers
from functions.usecases.stream_ports import EventLog, Span

MOST_EVENTS, MOST_SHOPPERS = 20_000, 200
WINDOW = timedelta(hours=1)
CLICKS = frozenset({"select_promotion", "coupon_redeemed"})
RIPE = timedelta(minutes=5)
"""Age from which on a decision counts: who was shown an offer a moment ago may still click it."""


class Observed(Protocol):
    """A model that can be asked what it knows."""

    @property
    def version(self) -> str:
        """Version of the model, as its manifest says."""

    @property
    def reference(self) -> Mapping[str, Spread]:
        """How each feature was spread in training, in the order of the columns; empty when the model has none."""

    def knows(self, product: str) -> bool:
        """Whether the model was trained on a product."""

    def features_now(self, occasion: Occasion) -> Values:
        """Features of the candidates of a shopper, shape (candidates, features); blocks for about a millisecond."""


class ObservedModels(Protocol):
    """Which model decides."""

    async def current(self) -> Observed:
        """The active model."""


class Drifts(Protocol):
    """Where the outcome is kept."""

    async def save(self, drift: Drift) -> None:
        """Replace the last outcome; raises `StoreUnavailableError`."""


@dataclass(frozen=True, slots=True)
class CheckDrift:
    """The use case with what it reads from and writes to; `clock` gives the time with its zone."""

    log: EventLog
    shoppers: Shoppers
    models: ObservedModels
    drifts: Drifts
    clock: Callable[[], datetime]

    async def __call__(self) -> Drift:
        """Look, and keep what was found. Raises `LogUnavailableError` and `StoreUnavailableError`."""
        now, model = self.clock(), await self.models.current()
        events = [event async for event in self._recent(now)]
        shoppers = [found for name in _sample(events) if (found := await self.shoppers.read(name))]
        seen = await asyncio.to_thread(_seen, model, events, shoppers, now)
        drift = Drift(model.version, now, seen, reasons(seen))
        await self.drifts.save(drift)
        return drift

    async def _recent(self, now: datetime) -> AsyncIterator[CloudEvent]:
        """The last events of all partitions: at most `MOST_EVENTS`, of the last hour."""
        spans = [span for span in await self.log.spans() if span.first <= span.last]
        for span in spans:
            async for event in self._read(span, MOST_EVENTS // len(spans), now - WINDOW):
                yield event

    async def _read(self, span: Span, most: int, since: datetime) -> AsyncIterator[CloudEvent]:
        after = max(span.first, span.last + 1 - most) - 1
        async with self.log.read(span.partition, after, span.last) as slices:
            async for records in slices:
                for event in await asyncio.to_thread(_events, records, since):
                    yield event


def _events(records: Sequence[Received], since: datetime) -> list[CloudEvent]:
    """The events not older than `since`; what is no event is passed over: the aggregation counts it."""
    found: list[CloudEvent] = []
    for record in records:
        with suppress(InvalidEventError):
            event = parse_event(record.body)
            if event.time >= since:
                found.append(event)
    return found


def _sample(events: Sequence[CloudEvent]) -> list[str]:
    """At most `MOST_SHOPPERS` of those who did something, drawn by their ids."""
    return sorted({event.subject for event in events}, key=lambda name: draw("drift", name))[:MOST_SHOPPERS]


def _seen(model: Observed, events: Sequence[CloudEvent], shoppers: Sequence[Shopper], now: datetime) -> Seen:
    touched = [item.item_id for event in events if isinstance(event, InteractionEvent) for item in event.data.items]
    bought = [product for shopper in shoppers for product in shopper.history.products]
    known = frozenset(product for product in {*touched, *bought} if model.knows(product))
    values, shifts = _shifts(model, shoppers, now)
    return Seen(
        events=len(events),
        shoppers=len(shoppers),
        values=values,
        psi=shifts,
        touches=len(touched),
        unknown_touched=unknown_share(touched, known),
        unknown_bought=unknown_share(bought, known),
        calibration=_calibration(model, events, now),
    )


def _shifts(model: Observed, shoppers: Sequence[Shopper], now: datetime) -> tuple[int, Mapping[str, float] | None]:
    """How many rows of features there are, and the PSI of each feature."""
    if not model.reference:
        return 0, None
    tables = [model.features_now(Occasion(shopper, Memory(), now)) for shopper in shoppers if shopper.personalize]
    tables = [table for table in tables if len(table)]
    if not tables:
        return 0, None
    rows = np.concatenate(tables)
    shifts = {name: psi(spread, rows[:, column]) for column, (name, spread) in enumerate(model.reference.items())}
    return len(rows), shifts


def _calibration(model: Observed, events: Sequence[CloudEvent], now: datetime) -> Calibration | None:
    """Decisions of this version, old enough to have been clicked, whose offer the model scored."""
    clicked = {
        event.data.decision_id for event in events if isinstance(event, PromotionEvent) and event.type in CLICKS
    }
    chances = {event.id: chance for event in events if (chance := _chance(model, event, now)) is not None}
    return calibration(list(chances.values()), len(chances.keys() & clicked))


def _chance(model: Observed, event: CloudEvent, now: datetime) -> float | None:
    """With what probability a decision's offer was to be taken; None when that was not foretold, or is too fresh."""
    if not isinstance(event, DecisionEvent) or event.time > now - RIPE:
        return None
    if event.data.model != model.version or event.data.scored_by != "redemption":
        return None
    scores = [each.score for each in event.data.considered if each.offer == event.data.offer]
    return min(max(scores[0], 0.0), 1.0) if scores else None
