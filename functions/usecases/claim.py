"""One way to aggregate at a time: the timer, or the trigger that scales with the partitions.

Were both to run, no number would be wrong, as each transaction depends on the checkpoint; but all would be read and
counted twice, and each would throw away half of what it did.
"""

import asyncio
import logging
import time
from collections.abc import Callable
from typing import Protocol

from functions.usecases.stream_ports import Claim, Mode

LASTS, RENEWED = 60.0, 30.0
"""Seconds for which a claim holds, and before its end when it is renewed."""

log = logging.getLogger(__name__)


class Claims(Protocol):
    """Where the claim is kept. All raise `StoreUnavailableError`."""

    async def read(self) -> Claim | None:
        """The claim that was written last."""

    async def write(self, mode: Mode, until: float, before: Claim | None) -> bool:
        """Claim until a moment (epoch seconds); False when somebody wrote since `before`."""


class ModeGuard:
    """Lets one mode work. `clock` gives epoch seconds."""

    def __init__(self, claims: Claims, clock: Callable[[], float] = time.time) -> None:
        self._claims, self._clock = claims, clock
        self._until: dict[Mode, float] = {}
        self._turn = asyncio.Lock()

    async def admits(self, mode: Mode) -> bool:
        """Whether this mode may work now, which it claims then; raises `StoreUnavailableError`."""
        async with self._turn:
            now = self._clock()
            if self._until.get(mode, 0.0) - now > RENEWED:
                return True
            before = await self._claims.read()
            if before is not None and before.mode != mode and before.until > now:
                log.warning(
                    "The %s stands back: the %s aggregates, and may until %.0f", mode, before.mode, before.until
                )
                return False
            if before is not None and before.mode == mode and before.until - now > RENEWED:
                self._until[mode] = before.until
                return True
            if not await self._claims.write(mode, now + LASTS, before):
                return await self._written_by(mode)
            self._until[mode] = now + LASTS
            return True

    async def _written_by(self, mode: Mode) -> bool:
        """Whether who was faster is of the same mode: another instance of it."""
        found = await self._claims.read()
        return found is not None and found.mode == mode
