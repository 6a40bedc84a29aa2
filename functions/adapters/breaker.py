"""A circuit breaker: what just failed is left alone for a moment, so that nobody waits for it in vain."""

import time
from collections.abc import Callable


class Breaker:
    """Closed until `failed` is called. Open, it lets one caller through after each `pause` (seconds) to try again."""

    def __init__(self, pause: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._pause = pause
        self._clock = clock
        self._retry_at: float | None = None

    def allows(self) -> bool:
        """Whether the caller may try now; answer with `succeeded` or `failed`."""
        if self._retry_at is None:
            return True
        if self._clock() < self._retry_at:
            return False
        self._retry_at = self._clock() + self._pause
        return True

    def succeeded(self) -> None:
        """Close: everybody may try."""
        self._retry_at = None

    def failed(self) -> None:
        """Open: nobody tries before the pause is over."""
        self._retry_at = self._clock() + self._pause
