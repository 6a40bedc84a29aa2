"""An hour of the storefront's HTTP group at a high load, with bursts and lost instances, second by second.

One simulated instance stands for `OF` real ones, which the front end chooses at random. The platform looks at how
many requests are in hand: above `concurrency` on each instance it adds some, as many a second as it can, and a new
one takes its time to start; below half of that it takes some away.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from infra.sizing.queueing import Doubles, Service

SECONDS, OF, TICK = 3_600, 50, 10
MOST_IN_HAND = 100
"""Requests that an instance takes at once (`maxConcurrentRequests` in host.json): others count as refused."""


@dataclass(frozen=True, slots=True)
class Scenario:
    """What happens: `load` gives requests a second, `losses` seconds and the shares of instances lost then."""

    load: Callable[[int], float]
    service: Service
    instances: int
    most: int
    concurrency: float
    new_a_second: float
    start_seconds: int
    losses: Sequence[tuple[int, float]]
    seed: int = 1


@dataclass(frozen=True, slots=True)
class Course:
    """Of every ten seconds: requests a second, instances, seconds of answers, requests in hand, share refused."""

    load: Doubles
    instances: Doubles
    p50: Doubles
    p99: Doubles
    in_hand: Doubles
    refused: Doubles


def hour(scenario: Scenario) -> Course:
    """The course of the hour."""
    random = np.random.default_rng(scenario.seed)
    state = _State(np.zeros(_sampled(scenario.instances)))
    kept: list[tuple[float, ...]] = []
    stays: list[Doubles] = []
    full = MOST_IN_HAND * scenario.service.cpu + scenario.service.elsewhere
    for second in range(SECONDS):
        state.lose(scenario, second)
        stays.append(state.serve(scenario, second, random))
        state.scale(scenario, second)
        if second % TICK == TICK - 1:
            taken = np.concatenate(stays)
            p50, p99 = np.quantile(taken, [0.5, 0.99])
            instances = len(state.work) * OF
            held = state.in_hand(scenario) * instances
            kept.append((scenario.load(second), instances, p50, p99, held, float((taken > full).mean())))
            stays = []
    return Course(*(np.array(column) for column in zip(*kept, strict=True)))


class _State:
    """Seconds of work that each sampled instance has in hand, and when those that are starting are there."""

    def __init__(self, work: Doubles) -> None:
        self.work = work
        self._starting: list[int] = []
        self._owed = 0.0

    def serve(self, scenario: Scenario, second: int, random: np.random.Generator) -> Doubles:
        """A second of requests: how long each stays (Lindley's recursion, all instances at once)."""
        count = random.poisson(scenario.load(second) / (len(self.work) * OF), len(self.work))
        most = int(count.max(initial=0))
        here = np.arange(most)[:, None] < count
        moments = np.vstack((np.sort(np.where(here, random.random(here.shape), 1.0), axis=0), np.ones(len(count))))
        works = np.where(here, scenario.service.draw(random, here.shape), 0.0)
        came = np.vstack((np.zeros(len(count)), np.cumsum(works, axis=0)))
        free = self.work + came - moments
        before = free - np.minimum(0.0, np.minimum.accumulate(free, axis=0))
        self.work = before[-1]
        stays: Doubles = (before[:-1] + works)[here] + scenario.service.elsewhere
        return stays

    def in_hand(self, scenario: Scenario) -> float:
        """Requests in hand of an instance, on average."""
        return float(self.work.mean() / scenario.service.cpu)

    def lose(self, scenario: Scenario, second: int) -> None:
        """Instances go; what they had in hand is asked again of the others."""
        for at, share in scenario.losses:
            if at == second:
                kept = max(1, round(len(self.work) * (1 - share)))
                lost = self.work[kept:].sum()
                self.work = self.work[:kept] + lost / kept

    def scale(self, scenario: Scenario, second: int) -> None:
        """Start and stop instances by the requests in hand."""
        arrived = sum(1 for at in self._starting if at <= second)
        self._starting = [at for at in self._starting if at > second]
        self.work = np.concatenate((self.work, np.zeros(arrived)))
        held = self.in_hand(scenario)
        if held > scenario.concurrency:
            self._owed += scenario.new_a_second / OF
            room = _sampled(scenario.most) - len(self.work) - len(self._starting)
            wanted = int(len(self.work) * (held / scenario.concurrency - 1)) + 1
            new = max(0, min(int(self._owed), room, wanted - len(self._starting)))
            self._owed = min(self._owed - new, 1.0)
            self._starting += [second + scenario.start_seconds] * new
        elif held < scenario.concurrency / 2 and second % TICK == 0 and len(self.work) > 1 and not self._starting:
            self.work = self.work[:-1] + self.work[-1] / (len(self.work) - 1)


def _sampled(instances: int) -> int:
    return max(1, round(instances / OF))
