"""What loads take adds up."""

from dataclasses import replace
from decimal import Decimal

from hypothesis import given

from infra.sizing.demand import Demand, Workload, demand
from tests.unit.sizing.inputs import GIVEN, close, rates, workloads

TEN = Decimal(10)


def _amounts(load: Demand) -> list[Decimal]:
    return [
        load.units,
        load.hub_bytes,
        load.redis_commands,
        load.queue_transactions,
        load.answer_bytes,
        load.executions,
    ]


@given(workloads(), rates)
def test_two_loads_take_what_each_takes(workload: Workload, more: Decimal) -> None:
    """A load of a + b takes of everything what a takes and what b takes."""
    other = replace(workload, rate=more)
    both = demand(replace(workload, rate=workload.rate + other.rate), GIVEN.figures)
    added = demand(workload, GIVEN.figures) + demand(other, GIVEN.figures)
    assert all(close(both.cpu[name], added.cpu[name]) for name in both.cpu)
    assert all(close(one, two) for one, two in zip(_amounts(both), _amounts(added), strict=True))


@given(workloads())
def test_nothing_is_negative(workload: Workload) -> None:
    """However events are batched, none gives anything back."""
    load = demand(workload, GIVEN.figures)
    assert min([*load.cpu.values(), *_amounts(load)]) >= 0


def test_events_are_cheaper_together() -> None:
    """Who reports the same events in fewer calls takes less CPU and fewer executions."""
    alone = demand(Workload(Decimal(1), events=TEN, together=Decimal(1)), GIVEN.figures)
    together = demand(Workload(Decimal(1), events=TEN, together=TEN), GIVEN.figures)
    assert together.cpu["http"] < alone.cpu["http"]
    assert together.executions < alone.executions


def test_only_the_simulation_uses_queues() -> None:
    """The storefront's decisions put nothing into a queue; each of the simulation passes through two."""
    assert demand(Workload(Decimal(7)), GIVEN.figures).queue_messages == 0
    assert demand(Workload(Decimal(7), path="loop"), GIVEN.figures).queue_messages == 7
