"""How far the readers of the stream fall behind in the hour: each partition has one reader at a time."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from infra.sizing.hour import SECONDS, TICK
from infra.sizing.queueing import Doubles

TAKEN_OVER = 120
"""Seconds after which the partitions of a lost instance have a new reader, as they are at the latest in Azure."""


@dataclass(frozen=True, slots=True)
class Readers:
    """A consumer group: messages a second that come, seconds of CPU of each, instances, and who is lost when."""

    load: Callable[[int], float]
    cpu: float
    partitions: int
    instances: int
    losses: Sequence[tuple[int, float]]


@dataclass(frozen=True, slots=True)
class Lag:
    """Of every ten seconds: messages that wait, and seconds by which the slowest partition is behind."""

    waiting: Doubles
    behind: Doubles


def lag(readers: Readers) -> Lag:
    """The course of the hour."""
    backlog = np.zeros(readers.partitions)
    share = readers.partitions / readers.instances
    speed = 1 / readers.cpu / share
    kept: list[tuple[float, float]] = []
    for second in range(SECONDS):
        came = readers.load(second) / readers.partitions
        backlog = np.maximum(0.0, backlog + came - speed * _read(readers, second))
        if second % TICK == TICK - 1:
            kept.append((float(backlog.sum()), float(backlog.max() / came)))
    waiting, behind = zip(*kept, strict=True)
    return Lag(np.array(waiting), np.array(behind))


def _read(readers: Readers, second: int) -> Doubles:
    """1 for each partition that has a reader in this second, 0 for each that has none."""
    has = np.ones(readers.partitions)
    for at, part in readers.losses:
        if at <= second < at + TAKEN_OVER:
            has[: max(1, round(readers.partitions * part))] = 0.0
    return has
