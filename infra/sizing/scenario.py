"""The hour at 100,000 decisions a second: what happens in it, its table, and what is drawn of it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

import numpy as np

from infra.sizing.demand import Workload, of_decision
from infra.sizing.hour import Course, Scenario, hour
from infra.sizing.inputs import Figures
from infra.sizing.lag import Lag, Readers, lag
from infra.sizing.queueing import Service
from infra.sizing.tables import table

RATE = 100_000
BURSTS = ((600, 780, 1.4), (2_400, 2_460, 1.4))
"""First second, last, and how many times the load."""
LOSSES = ((1_500, 0.02), (3_000, 1 / 3))
"""Second, and share of the instances: a rack, a zone."""
BUSY = 0.6
VARIATION, ELSEWHERE = 0.5, 0.010
"""How unlike requests are, and seconds that they wait for Redis, Cosmos DB and the stream in Azure: assumed."""
START_SECONDS, MOST = 5, 2.0
"""Seconds until a new instance answers, and instances at the most, as a multiple of those at the beginning."""
CHOICES = ((50, 1), (50, 10), (8, 10), (2, 1), (2, 10))
"""HTTP concurrency of an instance, new instances a second."""
DRAWN = ((50, 10), (2, 10))


@dataclass(frozen=True, slots=True)
class Told:
    """A choice with its course."""

    concurrency: int
    new_a_second: int
    course: Course


def requests_of(workload: Workload) -> Decimal:
    """HTTP requests that come with a decision."""
    return 1 + workload.lists + workload.events / workload.together


def load(rate: float) -> Callable[[int], float]:
    """The load of each second: even, but for the bursts."""

    def of(second: int) -> float:
        return rate * next((times for first, last, times in BURSTS if first <= second < last), 1.0)

    return of


def beginning(figures: Figures, workload: Workload) -> Scenario:
    """As many instances as keep their cores busy to six tenths, and what happens to them."""
    one, requests = of_decision(workload, figures), requests_of(workload)
    cpu = float(one.cpu["http"] / requests)
    rate = RATE * float(requests)
    instances = int(rate * cpu / BUSY)
    service = Service(cpu, VARIATION, ELSEWHERE)
    return Scenario(load(rate), service, instances, int(instances * MOST), 50, 10, START_SECONDS, LOSSES)


def courses(figures: Figures, choices: Sequence[tuple[int, int]] = CHOICES) -> Sequence[Told]:
    """The hour for each choice."""
    begun = beginning(figures, Workload(Decimal(RATE)))
    return [
        Told(concurrency, new, hour(replace(begun, concurrency=concurrency, new_a_second=new)))
        for concurrency, new in choices
    ]


def behind(figures: Figures) -> Lag:
    """The lag of the group that keeps decisions, the slowest one, whose instances are busy to six tenths."""
    one = of_decision(Workload(Decimal(RATE)), figures)
    cpu = float(one.cpu["keep_decisions"] / one.hub_messages)
    messages = RATE * float(one.hub_messages)
    instances = int(messages * cpu / BUSY) + 1
    return lag(Readers(load(messages), cpu, instances, instances, ((1_500, 1 / instances), (3_000, 1 / 3))))


def hours(figures: Figures) -> str:
    """The table of the hour."""
    rows = [
        [
            f"{told.concurrency}",
            f"{told.new_a_second}",
            f"{told.course.instances.min():,.0f} – {told.course.instances.max():,.0f}",
            _milliseconds(float(np.median(told.course.p50))),
            _milliseconds(float(np.median(told.course.p99))),
            _milliseconds(float(told.course.p99.max())),
            f"{told.course.in_hand.max():,.0f}",
            f"{np.average(told.course.refused, weights=told.course.load):.1%}",
        ]
        for told in courses(figures)
    ]
    head = ["HTTP concurrency", "new/s", "instances", "p50", "p99", "worst p99", "most in hand", "refused"]
    return table(head, rows)


def _milliseconds(seconds: float) -> str:
    return f"{seconds * 1e3:,.0f} ms"
