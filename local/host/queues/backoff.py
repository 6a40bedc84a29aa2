"""How long an idle queue waits until it is looked at again."""

import random


class Backoff:
    """Grows from `low` to `high` seconds while nothing is found, each step +-20 %."""

    def __init__(self, low: float, high: float, chance: random.Random) -> None:
        self._low, self._high, self._chance = low, max(low, high), chance
        self._misses = 0

    def found(self) -> None:
        """Something was there: start again with the shortest wait."""
        self._misses = 0

    def next(self) -> float:
        """Seconds to wait after another look that found nothing."""
        delay = self._low * 2.0 ** min(self._misses, 32) * self._chance.uniform(0.8, 1.2)
        self._misses += 1
        return min(max(delay, self._low), self._high)
