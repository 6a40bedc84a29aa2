"""Whether the model should be trained again: recent events and shoppers against what it was trained on."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

import numpy as np

from functions.analytics.drift import Drift, Seen, Spread, Values, psi, reasons, unknown_share
from functions.analytics.recent import Recent
from functions.personalization.chance import draw
from functions.personalization.eligibility import Occasion
from functions.personalization.shopper import Memory, Shopper
from functions.usecases.ports import Shoppers
from functions.usecases.stream_ports import EventLog

MOST_MESSAGES, MOST_SHOPPERS = 20_000, 200


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
        recent = Recent(model.version, now)
        await self._read_events(recent)
        shoppers = [found for name in _sample(recent.shoppers) if (found := await self.shoppers.read(name))]
        seen = await asyncio.to_thread(_seen, model, recent, shoppers, now)
        drift = Drift(model.version, now, seen, reasons(seen))
        await self.drifts.save(drift)
        return drift

    async def _read_events(self, recent: Recent) -> None:
        """The last messages of all partitions, at most `MOST_MESSAGES`; counted in a thread, a slice at a time."""
        spans = [span for span in await self.log.spans() if span.first <= span.last]
        for span in spans:
            after = max(span.first, span.last + 1 - MOST_MESSAGES // len(spans)) - 1
            async with self.log.read(span.partition, after, span.last) as slices:
                async for records in slices:
                    await asyncio.to_thread(recent.add, [record.body for record in records])


def _sample(shoppers: AbstractSet[str]) -> list[str]:
    """At most `MOST_SHOPPERS` of those who did something, drawn by their ids."""
    return sorted(shoppers, key=lambda name: draw("drift", name))[:MOST_SHOPPERS]


def _seen(model: Observed, recent: Recent, shoppers: Sequence[Shopper], now: datetime) -> Seen:
    bought = [product for shopper in shoppers for product in shopper.history.products]
    known = frozenset(product for product in {*recent.touched, *bought} if model.knows(product))
    values, shifts = _shifts(model, shoppers, now)
    return Seen(
        events=recent.events,
        shoppers=len(shoppers),
        values=values,
        psi=shifts,
        touches=len(recent.touched),
        unknown_touched=unknown_share(recent.touched, known),
        bought=len(bought),
        unknown_bought=unknown_share(bought, known),
        calibration=recent.calibration,
    )


def _shifts(model: Observed, shoppers: Sequence[Shopper], now: datetime) -> tuple[int, Mapping[str, float] | None]:
    """How many rows of features there are, and the PSI of each feature that has more than one bin."""
    if not model.reference:
        return 0, None
    tables = [model.features_now(Occasion(shopper, Memory(), now)) for shopper in shoppers if shopper.personalize]
    tables = [table for table in tables if len(table)]
    if not tables:
        return 0, None
    rows, columns = np.concatenate(tables), enumerate(model.reference.items())
    return len(rows), {name: psi(spread, rows[:, column]) for column, (name, spread) in columns if spread.edges}
