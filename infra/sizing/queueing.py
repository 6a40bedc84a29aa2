"""Instances as queues: requests come at random and wait for the core of their instance.

Each instance is a single server whose requests come by a Poisson process and take times of a gamma distribution. What
an instance waits for elsewhere, it waits for beside the queue: that time is added.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

type Doubles = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Service:
    """Seconds of CPU that a request takes, their coefficient of variation, and seconds that it waits elsewhere."""

    cpu: float
    variation: float
    elsewhere: float

    def draw(self, random: np.random.Generator, shape: tuple[int, ...]) -> Doubles:
        """Seconds of CPU of so many requests."""
        shape_parameter = 1 / self.variation**2
        return random.gamma(shape_parameter, self.cpu / shape_parameter, shape)


@dataclass(frozen=True, slots=True)
class Prediction:
    """What one instance does at a rate: share of its core in use, seconds of answers, requests in it."""

    utilisation: float
    p50: float
    p99: float
    depth: float


def one_instance(rate: float, service: Service, seconds: float, random: np.random.Generator) -> Prediction:
    """An instance at so many requests a second for so long, from empty: exact, request by request (Lindley)."""
    count = max(1, int(rate * seconds))
    gaps, works = random.exponential(1 / rate, count), service.draw(random, (count,))
    waits = _waits(gaps, works)
    stays = waits + works + service.elsewhere
    p50, p99 = np.quantile(stays, [0.5, 0.99])
    return Prediction(min(1.0, float(works.sum() / gaps.sum())), float(p50), float(p99), float(rate * stays.mean()))


def _waits(gaps: Doubles, works: Doubles) -> Doubles:
    """Waiting times: those of each request are what is left of the work before it came."""
    steps = np.concatenate(([0.0], works[:-1] - gaps[1:]))
    walk = np.cumsum(steps)
    return walk - np.minimum.accumulate(walk)
