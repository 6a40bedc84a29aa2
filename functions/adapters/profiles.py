"""Profiles kept for a moment: a shopper who acts is likely to act again."""

import time
from collections import OrderedDict
from collections.abc import Callable

from functions.personalization.shopper import Shopper
from functions.usecases.ports import Shoppers

CAPACITY = 1_000
"""Profiles kept, the last used; one with a full history takes about 50 kB."""


class CachedShoppers:
    """Implements `Shoppers` over another: a profile is at most `max_age` seconds old, and unknown shoppers are asked
    for each time."""

    def __init__(
        self,
        source: Shoppers,
        max_age: float,
        capacity: int = CAPACITY,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._source = source
        self._max_age = max_age
        self._capacity = capacity
        self._clock = clock
        self._kept: OrderedDict[str, tuple[float, Shopper]] = OrderedDict()

    async def read(self, shopper_id: str) -> Shopper | None:
        """The profile, None when there is no such shopper; raises `StoreUnavailableError`."""
        kept = self._kept.get(shopper_id)
        if kept and self._clock() - kept[0] < self._max_age:
            self._kept.move_to_end(shopper_id)
            return kept[1]
        asked = self._clock()
        shopper = await self._source.read(shopper_id)
        self._keep(shopper_id, asked, shopper)
        return shopper

    def forget(self, shopper_id: str) -> None:
        """Keep a profile no longer."""
        self._kept.pop(shopper_id, None)

    def _keep(self, shopper_id: str, asked: float, shopper: Shopper | None) -> None:
        self._kept.pop(shopper_id, None)
        if shopper is not None:
            self._kept[shopper_id] = (asked, shopper)
        if len(self._kept) > self._capacity:
            self._kept.popitem(last=False)
