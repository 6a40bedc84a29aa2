"""What a step costs: seconds, and the memory that it takes on top of what was in use before."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event, Thread

import psutil

EVERY = 0.02
"""Seconds between two looks at the memory."""


class Cost:
    """Seconds and megabytes of the step that was measured; 0 before it ends."""

    seconds = 0.0
    megabytes = 0.0


@contextmanager
def measured() -> Iterator[Cost]:
    """Measure what happens inside."""
    cost, process, over = Cost(), psutil.Process(), Event()
    before = process.memory_info().rss
    peak = [before]

    def watch() -> None:
        while not over.wait(EVERY):
            peak.append(max(peak.pop(), process.memory_info().rss))

    watcher = Thread(target=watch, name="memory", daemon=True)
    started = time.perf_counter()
    watcher.start()
    try:
        yield cost
    finally:
        cost.seconds = time.perf_counter() - started
        over.set()
        watcher.join()
        cost.megabytes = (max(*peak, process.memory_info().rss) - before) / 1e6
