"""Events that come while a message to their partition is under way go together in the next one.

A message costs the SDK, the hub and each of its readers more than the events in it.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field

from functions.events import MOST_TOGETHER

MOST_BYTES = 200_000
"""Bytes of a message that holds many events; 1 MB is the limit, 256 kB in the cheapest tier."""

type Outcome = Exception | None
"""What became of a message: it was accepted when there is no error."""


@dataclass(slots=True)
class Parcel:
    """Events that stay together, as JSON and in their order."""

    ids: list[str] = field(default_factory=list)
    texts: list[bytes] = field(default_factory=list)
    size: int = 0

    def takes(self, count: int, size: int) -> bool:
        """Whether a message still holds so many events more, of so many bytes; an empty one holds any."""
        return not self.texts or (len(self.texts) + count <= MOST_TOGETHER and self.size + size <= MOST_BYTES)

    def add(self, event_id: str, text: bytes) -> None:
        """Put an event to the others."""
        self.ids.append(event_id)
        self.texts.append(text)
        self.size += len(text)


class Gathered:
    """Sends parcels in the order in which they come, with one message under way at a time."""

    def __init__(self, send: Callable[[Sequence[bytes]], Awaitable[None]]) -> None:
        self._send = send
        self._waiting = deque[tuple[Parcel, asyncio.Future[Outcome]]]()
        self._work: asyncio.Task[None] | None = None

    def put(self, parcel: Parcel) -> "asyncio.Future[Outcome]":
        """Have a parcel sent, which is small enough for a message."""
        future = asyncio.get_running_loop().create_future()
        self._waiting.append((parcel, future))
        if self._work is None or self._work.done():
            self._work = asyncio.create_task(self._sending())
        return future

    async def _sending(self) -> None:
        while self._waiting:
            texts, futures = self._next()
            outcome: Outcome = None
            try:
                await self._send(texts)
            except Exception as error:  # noqa: BLE001 - it is told to each who waits
                outcome = error
            for future in futures:
                if not future.done():  # or who waited has gone away
                    future.set_result(outcome)

    def _next(self) -> "tuple[Sequence[bytes], Sequence[asyncio.Future[Outcome]]]":
        """The events of the next message, and who waits for it."""
        whole, futures = Parcel(), list[asyncio.Future[Outcome]]()
        while self._waiting and whole.takes(len(self._waiting[0][0].texts), self._waiting[0][0].size):
            parcel, future = self._waiting.popleft()
            whole.texts += parcel.texts
            whole.size += parcel.size
            futures.append(future)
        return whole.texts, futures
