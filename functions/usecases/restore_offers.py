"""The memory of who was made which offers is rebuilt from the windows when Redis lost it."""

import logging
import time
from collections.abc import Callable, Iterable, Mapping

from functions.analytics.hot import Hot
from functions.usecases.stream_ports import (
    HotUnavailableError,
    MadeInMinute,
    MetricsStore,
    OfferMemory,
    StoredWindow,
)

log = logging.getLogger(__name__)


class RestoreOffers:
    """The use case; it remembers how far it is. `clock` gives epoch seconds."""

    def __init__(self, store: MetricsStore, offers: OfferMemory, clock: Callable[[], float] = time.time) -> None:
        self._store, self._offers, self._clock = store, offers, clock
        self._left: list[tuple[str, int, int]] = []
        """Partitions and stretches of time (epoch minutes) that are to be restored."""

    async def __call__(self, seconds: float) -> None:
        """Restore for about so many seconds if anything was lost; raises `StoreUnavailableError`."""
        deadline = self._clock() + seconds
        try:
            if not self._left and await self._offers.kept():
                return
            self._left = self._left or await self._everything()
            while self._left and self._clock() < deadline:
                name, first, last = self._left[0]
                await self._offers.restore(_made(await self._store.views(name, first, last)))
                del self._left[0]
            if not self._left:
                await self._offers.keep()
                log.warning("Redis had lost which offers were made: they are restored from the windows of a day")
        except HotUnavailableError as error:
            log.warning("Which offers were made is not looked after: %s", error)

    async def _everything(self) -> list[tuple[str, int, int]]:
        stretches = Hot(int(self._clock()) // 60).missing
        return [(name, *stretch) for stretch in stretches for name in await self._store.checkpoints()]


def _made(windows: Iterable[StoredWindow]) -> Mapping[str, Mapping[MadeInMinute, int]]:
    """By shopper, how often each offer was made in each minute."""
    made: dict[str, dict[MadeInMinute, int]] = {}
    for one in windows:
        for key, count in one.window.shopper_made.items():
            shopper, _, offer = key.partition("|")
            own = made.setdefault(shopper, {})
            own[offer, one.minute] = own.get((offer, one.minute), 0) + count
    return made
