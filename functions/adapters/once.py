"""A value that is made when it is first asked for, once, however many ask at the same time."""

import asyncio
from collections.abc import Awaitable, Callable


class Once[T]:
    """The value of `make`. When it fails, those who wait get its error, and the next to ask tries again."""

    def __init__(self, make: Callable[[], Awaitable[T]]) -> None:
        self._make = make
        self._lock = asyncio.Lock()
        self._made: tuple[T] | None = None

    async def __call__(self) -> T:
        """The value."""
        if self._made is None:
            async with self._lock:
                if self._made is None:
                    self._made = (await self._make(),)
        return self._made[0]
