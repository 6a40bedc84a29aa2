"""What a benchmark reports: figures with their ratio to a floor or a peer measured in the same run."""

import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Figure:
    """One line of the report; `ratio` compares with `peer`, `aim` is what we would like to see."""

    name: str
    value: float
    unit: str
    ratio: float | None = None
    peer: str = ""
    aim: str = ""


def percentile(sample: Sequence[float], share: float) -> float:
    """The nearest-rank percentile of a sample that is not empty; `share` from 0 to 1."""
    ordered = sorted(sample)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def timed(call: Callable[[], object], times: int) -> list[float]:
    """Milliseconds of each of so many calls, after a tenth as many to warm up."""
    for _ in range(max(1, times // 10)):
        call()
    taken = []
    for _ in range(times):
        start = time.perf_counter()
        call()
        taken.append((time.perf_counter() - start) * 1e3)
    return taken


def median_of(runs: Sequence[float]) -> float:
    """The median of several runs."""
    return statistics.median(runs)
