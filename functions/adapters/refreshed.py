"""A value that is loaded from elsewhere, kept for a bounded age, and refreshed in the background."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable

HARD_BOUND = 10
"""A value that could not be refreshed is served until it is this many times its age."""
MIN_PAUSE = 1.0
"""Seconds between a refresh that failed and the next."""

log = logging.getLogger(__name__)


class Refreshed[T]:
    """Serves the value at once; the one that finds it older than `max_age` seconds sets off its refresh.

    Only one load runs at a time. One that fails is logged and the value is kept, up to `HARD_BOUND * max_age`
    seconds; then, and when there is no value yet, the caller waits for a load and gets its `StoreUnavailableError`.
    """

    def __init__(
        self,
        name: str,
        load: Callable[[], Awaitable[T]],
        max_age: float,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._name = name
        self._load = load
        self._max_age = max_age
        self._clock = clock
        self._value: tuple[float, T] | None = None
        self._loading: asyncio.Task[T] | None = None
        self._retry_at = 0.0

    async def get(self) -> T:
        """The value, at most `HARD_BOUND * max_age` seconds old; raises `StoreUnavailableError`."""
        if self._value is None:
            return await self._loaded()
        loaded_at, value = self._value
        age = self._clock() - loaded_at
        if age >= HARD_BOUND * self._max_age:
            return await self._loaded()
        if age >= self._max_age and self._clock() >= self._retry_at:
            self._refresh()
        return value

    async def renewed(self) -> T:
        """The value of a load that begins now, however old the one at hand; raises `StoreUnavailableError`."""
        await self.settled()
        return await self._loaded()

    async def settled(self) -> None:
        """Wait until no load is under way."""
        while self._loading is not None:
            await asyncio.wait([self._loading])

    async def _loaded(self) -> T:
        return await asyncio.shield(self._refresh())  # a caller that gives up does not take the load from the others

    def _refresh(self) -> asyncio.Task[T]:
        if self._loading is None:
            self._loading = asyncio.create_task(self._load_now())
            self._loading.add_done_callback(self._done)
        return self._loading

    async def _load_now(self) -> T:
        started = self._clock()
        value = await self._load()
        self._value = (started, value)
        return value

    def _done(self, task: asyncio.Task[T]) -> None:
        self._loading = None
        if task.cancelled() or (error := task.exception()) is None:
            return
        self._retry_at = self._clock() + MIN_PAUSE
        log.warning("The %s could not be loaded: %s", self._name, error)
