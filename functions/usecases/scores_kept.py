"""What the model said of a shopper, kept for a moment: a page asks for several lists of the same shopper at once."""

from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from functions.personalization.eligibility import Occasion
from functions.personalization.recommendations import Scored

MAX_AGE = timedelta(seconds=30)
CAPACITY = 2_000
"""Shoppers whose scores are kept, the last asked for; each takes about 30 kB."""


@dataclass(slots=True)
class ScoresKept:
    """Scores by everything that they depend on but the hour: an event of the shopper asks the model anew."""

    max_age: timedelta = MAX_AGE
    capacity: int = CAPACITY
    _kept: OrderedDict[tuple[object, ...], tuple[datetime, Scored]] = field(default_factory=OrderedDict)

    async def of(self, model: str, occasion: Occasion, score: Callable[[], Awaitable[Scored]]) -> Scored:
        """Those kept of this shopper as it is now, by this version of the model, or what `score` gives."""
        shopper = occasion.shopper
        key = (model, shopper.id, shopper.history.as_of, len(shopper.history), occasion.memory.recent)
        if (kept := self._kept.get(key)) and occasion.now - kept[0] < self.max_age:
            self._kept.move_to_end(key)
            return kept[1]
        scored = await score()
        self._kept[key] = (occasion.now, scored)
        self._kept.move_to_end(key)
        if len(self._kept) > self.capacity:
            self._kept.popitem(last=False)
        return scored

    def forget(self, shopper_id: str) -> None:
        """Keep no scores of a shopper."""
        for key in [key for key in self._kept if key[1] == shopper_id]:
            del self._kept[key]
