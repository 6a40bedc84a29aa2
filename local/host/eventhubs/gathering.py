"""Events of a partition that wait for more of them: `minEventBatchSize` and `maxWaitTime`."""

from collections.abc import Callable, Iterable, Iterator


class Gathering[T]:
    """Gives batches of `least` to `most` events, and of fewer once the first has waited for `patience` seconds."""

    def __init__(self, least: int, most: int, patience: float, clock: Callable[[], float]) -> None:
        self._least, self._most, self._patience = min(least, most), most, patience
        self._clock = clock
        self._waiting: list[T] = []
        self._since = 0.0

    def add(self, events: Iterable[T]) -> None:
        """More events."""
        if not self._waiting:
            self._since = self._clock()
        self._waiting.extend(events)

    def batches(self) -> Iterator[list[T]]:
        """The batches that wait no longer."""
        while self._waiting and (len(self._waiting) >= self._least or self._clock() - self._since >= self._patience):
            batch, self._waiting = self._waiting[: self._most], self._waiting[self._most :]
            self._since = self._clock()
            yield batch
