"""The outside of the use cases, written by hand: each fake implements a port and records what happened."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

import numpy as np

from functions.events import ActionEvent, CloudEvent, InteractionEvent, decision_id
from functions.personalization.assortment import Assortment
from functions.personalization.catalog import Doubles
from functions.personalization.coverage import Coverage
from functions.personalization.eligibility import Occasion
from functions.personalization.recommendations import ModelSource, Scored
from functions.personalization.shopper import Memory, Recent, Shopper
from functions.usecases.ports import MemoryUnavailableError, StoreUnavailableError, StreamUnavailableError


@dataclass
class FakeShoppers:
    """Profiles in a dict."""

    profiles: dict[str, Shopper]
    down: bool = False
    reads: int = 0

    async def read(self, shopper_id: str) -> Shopper | None:
        self.reads += 1
        if self.down:
            raise StoreUnavailableError("Cosmos is stopped")
        return self.profiles.get(shopper_id)


@dataclass
class FakeMemories:
    """What was recalled and which offers were made; an action is remembered once, an offer counted once.

    `before` are offers that were made before the test began.
    """

    memory: Memory = field(default_factory=Memory)
    before: Counter[str] = field(default_factory=Counter)
    down: bool = False
    recalled: dict[str, ActionEvent] = field(default_factory=dict)
    made: dict[str, tuple[str, str, datetime]] = field(default_factory=dict)

    async def recall(self, action: ActionEvent) -> Memory:
        self._answer()
        self.recalled[action.id] = action
        made = Counter(offer for each, (_, offer, _) in self.made.items() if each != decision_id(action.id))
        return replace(self.memory, recent=(*self._touched(), *self.memory.recent), offered=made + self.before)

    async def offer_made(self, shopper_id: str, offer_id: str, decision_id: str, at: datetime) -> None:
        self._answer()
        self.made[decision_id] = (shopper_id, offer_id, at)

    def _touched(self) -> list[Recent]:
        touches = [action for action in self.recalled.values() if isinstance(action, InteractionEvent)]
        return [Recent(item.item_id, touch.type, touch.time) for touch in touches for item in touch.data.items]

    def _answer(self) -> None:
        if self.down:
            raise MemoryUnavailableError("Redis is stopped")


@dataclass
class FakeShelf:
    """An assortment that never changes."""

    assortment: Assortment

    async def current(self) -> Assortment:
        return self.assortment


@dataclass
class FakeModel:
    """Gives every shopper the same products, and offers the chances that are named; `asked` keeps the occasions."""

    products: tuple[tuple[str, float], ...] = ()
    version: str = "fake-1"
    asked: list[tuple[Occasion, int]] = field(default_factory=list)
    source: ModelSource = "model"
    chances: Mapping[str, float] | None = None

    async def score(self, occasion: Occasion, count: int) -> Scored:
        self.asked.append((occasion, count))
        best = self.products[:count]
        scores = np.array([score for _, score in best], dtype=np.float32)
        return Scored(tuple(name for name, _ in best), scores, self.source)

    async def redemptions(self, occasion: Occasion, coverage: Coverage) -> Doubles | None:
        if self.chances is None:
            return None
        return np.array([self.chances.get(offer.id, 0.0) for offer in coverage.offers])


@dataclass
class FakeModels:
    """The models in turn, a new one for each question; the last one stays."""

    models: list[FakeModel]
    questions: int = 0

    async def current(self) -> FakeModel:
        self.questions += 1
        return self.models[min(self.questions, len(self.models)) - 1]


@dataclass
class FakeStream:
    """Keeps what was accepted, one batch for each send."""

    down: bool = False
    batches: list[tuple[CloudEvent, ...]] = field(default_factory=list)

    async def send(self, events: Sequence[CloudEvent]) -> None:
        if self.down:
            raise StreamUnavailableError("the Event Hub is stopped")
        self.batches.append(tuple(events))


@dataclass
class Ticks:
    """A stopwatch that goes on by `step` seconds with each reading."""

    step: float = 1.5
    readings: int = 0

    def __call__(self) -> float:
        self.readings += 1
        return self.step * self.readings
