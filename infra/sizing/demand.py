"""What a load takes of every service in a second: the measured figures, added up."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from decimal import Decimal
from typing import Literal

from infra.sizing.inputs import Figures, Flow

MANY = Decimal(20)
"""Events in a call of the flow `event_of_many`."""
CALLS = {"decide": 1, "list": 1, "loop": 2}
"""Executions of functions that one of a flow is; those of the stream come in batches and are counted there."""

STREAM = ("keep_decisions", "archive", "aggregate")
"""Groups of functions that read the stream, beside those that answer."""
GROUPS = {"storefront": ("http", *STREAM), "loop": ("simulate_shopper", "make_offer", *STREAM)}

_NONE = Decimal(0)

type Path = Literal["storefront", "loop"]


@dataclass(frozen=True, slots=True)
class Workload:
    """Decisions a second, and what comes with each.

    The storefront asks for a decision and for `lists`, and reports `events`, so many `together` in a call. The `loop`
    is that of the simulation: two queues, as in the reference solution.
    """

    rate: Decimal
    lists: Decimal = Decimal(1)
    events: Decimal = Decimal(3)
    together: Decimal = Decimal(3)
    path: Path = "storefront"


@dataclass(frozen=True, slots=True)
class Demand:
    """Of every second: cores by group of functions, executions, and what goes to each service."""

    cpu: Mapping[str, Decimal]
    executions: Decimal
    units: Decimal
    kept_bytes: Decimal
    redis_commands: Decimal
    hub_messages: Decimal
    hub_bytes: Decimal
    queue_transactions: Decimal
    queue_messages: Decimal
    lake_bytes: Decimal
    answer_bytes: Decimal

    def __add__(self, other: "Demand") -> "Demand":
        cpu = {name: self.cpu.get(name, _NONE) + other.cpu.get(name, _NONE) for name in {**self.cpu, **other.cpu}}
        rest = {name: getattr(self, name) + getattr(other, name) for name in _AMOUNTS}
        return Demand(cpu, **rest)

    def times(self, factor: Decimal) -> "Demand":
        """So many of it."""
        rest = {name: getattr(self, name) * factor for name in _AMOUNTS}
        return Demand({name: each * factor for name, each in self.cpu.items()}, **rest)

    @property
    def cores(self) -> Decimal:
        """Of all groups together."""
        return sum(self.cpu.values(), Decimal(0))


_AMOUNTS = tuple(field.name for field in fields(Demand) if field.name != "cpu")


def demand(workload: Workload, figures: Figures) -> Demand:
    """What the load takes: as many times as much as one decision."""
    return of_decision(workload, figures).times(workload.rate)


def of_decision(workload: Workload, figures: Figures) -> Demand:
    """What one decision takes, with all that comes with it."""
    flows = figures.flows
    if workload.path == "loop":
        return _of(flows["loop"], Decimal(CALLS["loop"]), "loop", Decimal(1))
    decided = _of(flows["decide"], Decimal(CALLS["decide"]))
    listed = _of(flows["list"], Decimal(CALLS["list"])).times(workload.lists)
    event = _event(flows["event"], flows["event_of_many"], workload.together)
    return decided + listed + _of(event, 1 / workload.together).times(workload.events)


def _event(alone: Flow, many: Flow, together: Decimal) -> Flow:
    """An event among so many in a call: each has a part of its own, and its share of what a call takes."""

    def between(one: Decimal, of_many: Decimal) -> Decimal:
        of_call = (one - of_many) / (1 - 1 / MANY)
        return max(Decimal(0), one - of_call + of_call / together)

    def each(pick: Callable[[Flow], Mapping[str, Decimal]]) -> dict[str, Decimal]:
        return {name: between(pick(alone)[name], pick(many)[name]) for name in pick(alone)}

    return Flow(each(lambda flow: flow.cpu), each(lambda flow: flow.units), each(lambda flow: flow.takes))


def _of(flow: Flow, executions: Decimal, path: Path = "storefront", queue_messages: Decimal = Decimal(0)) -> Demand:
    takes = flow.takes
    return Demand(
        cpu={name: flow.cpu[name] for name in GROUPS[path]},
        executions=executions,
        units=sum(flow.units.values(), Decimal(0)),
        kept_bytes=takes["kept_bytes"],
        redis_commands=takes["redis_commands"],
        hub_messages=takes["hub_messages"],
        hub_bytes=takes["hub_bytes"],
        queue_transactions=takes["queue_transactions"],
        queue_messages=queue_messages,
        lake_bytes=takes["lake_bytes"],
        answer_bytes=takes["answer_bytes"],
    )
