"""The limits of host.json on requests that run and wait at the same time."""

import asyncio
from types import TracebackType


class TooManyRequestsError(Exception):
    """As many requests as allowed are already running or waiting."""


class Throttle:
    """Lets `concurrent` requests run and `outstanding` run or wait; -1 is no limit."""

    def __init__(self, concurrent: int, outstanding: int) -> None:
        self._slots = asyncio.Semaphore(concurrent) if concurrent > 0 else None
        self._limit = outstanding
        self._outstanding = 0

    async def __aenter__(self) -> None:
        """Wait for a slot; TooManyRequestsError when too many wait already."""
        if 0 < self._limit <= self._outstanding:
            raise TooManyRequestsError
        self._outstanding += 1
        if self._slots is not None:
            try:
                await self._slots.acquire()
            except asyncio.CancelledError:
                self._outstanding -= 1
                raise

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Give the slot back."""
        self._outstanding -= 1
        if self._slots is not None:
            self._slots.release()
