"""What must be there for a load: instances, units of the stream, request units, partitions, size of Redis."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import ROUND_CEILING, Decimal

from infra.sizing.demand import STREAM, Demand
from infra.sizing.inputs import Figures, Quotas, Size

READERS = 3
"""Consumer groups that read every event: aggregation, decisions, lake."""
RELOAD_SECONDS = Decimal(30)
BATCH, BATCH_SECONDS = Decimal(500), Decimal(5)
"""Messages for which a trigger of the stream waits, and seconds after which it waits no longer (host.json)."""
KEPT_SECONDS = Decimal(30 * 86_400)
"""For which a decision is kept in Cosmos DB."""
CYCLES = Decimal(1) / 5
"""Times a second that the timer aggregates."""


@dataclass(frozen=True, slots=True)
class Needed:
    """What a load needs at its peak. `busy` are instances by group, those that work on the mean load, not rounded."""

    busy: Mapping[str, Decimal]
    instances: Mapping[str, int]
    cores: int
    premium: bool
    hub_units: int
    namespaces: int
    partitions: int
    batches: Decimal
    units: Decimal
    cosmos_units: int
    cosmos_partitions: int
    redis: str
    redis_count: int
    accounts: int


def needed(demand: Demand, peak: Decimal, quotas: Quotas, figures: Figures, size: Size) -> Needed:
    """What a mean load needs whose peak is so many times as high, at least what the size buys anyhow."""
    busy = {name: max(_least(name, demand, size), _working(cpu, quotas)) for name, cpu in demand.cpu.items()}
    instances = {name: ceiling(max(Decimal(1), one * peak)) for name, one in busy.items()}
    standard = hub_units(demand.times(peak), quotas)
    premium = standard > quotas.most("hub_units")
    units = _premium_units(demand.times(peak), quotas) if premium else max(ceiling(standard), size.units)
    of_namespace = int(quotas.most("hub_premium_units" if premium else "hub_units"))
    partitions = max(size.partitions, *(instances.get(name, 0) for name in STREAM))
    batches = max(demand.hub_messages / BATCH, min(demand.hub_messages, partitions / BATCH_SECONDS))
    request_units = demand.units + sum(busy.values(), Decimal(0)) * figures.reload_units / RELOAD_SECONDS
    cosmos = _hundreds(request_units * peak)
    redis, count = _redis(demand.redis_commands * peak, quotas, size.redis)
    return Needed(
        busy=busy,
        instances=instances,
        cores=ceiling(sum(instances.values()) * quotas.most("cores_of_instance")),
        premium=premium,
        hub_units=units,
        namespaces=max(1, ceiling(Decimal(units) / of_namespace)),
        partitions=partitions,
        batches=batches,
        units=request_units,
        cosmos_units=cosmos,
        cosmos_partitions=_physical(cosmos, demand, quotas),
        redis=redis,
        redis_count=count,
        accounts=_accounts(demand.times(peak), quotas),
    )


def hub_units(demand: Demand, quotas: Quotas) -> Decimal:
    """Throughput units by what bites first: bytes in, messages in, or bytes out to all readers."""
    return max(
        demand.hub_bytes / quotas.most("hub_unit_bytes_in"),
        demand.hub_messages / quotas.most("hub_unit_events_in"),
        demand.hub_bytes * READERS / quotas.most("hub_unit_bytes_out"),
    )


def ceiling(value: Decimal) -> int:
    """The next whole number."""
    return int(value.to_integral_value(ROUND_CEILING))


def _working(cpu: Decimal, quotas: Quotas) -> Decimal:
    return cpu / quotas.most("cores_of_instance") / quotas.most("utilisation")


def _least(name: str, demand: Demand, size: Size) -> Decimal:
    """Instances that are paid however little they do, as each time is paid for a second at least."""
    times = {"aggregate": CYCLES}.get(name, min(demand.hub_messages, size.partitions / BATCH_SECONDS))
    return min(Decimal(1), times if name in STREAM else demand.executions)


def _premium_units(demand: Demand, quotas: Quotas) -> int:
    return ceiling(demand.hub_bytes / quotas.most("hub_premium_bytes_in"))


def _hundreds(units: Decimal) -> int:
    """Autoscale is bought in steps of a thousand."""
    return max(1_000, ceiling(units / 1_000) * 1_000)


def _physical(units: int, demand: Demand, quotas: Quotas) -> int:
    """Physical partitions, by request units or by the bytes of the decisions that are kept."""
    by_units = units / quotas.most("cosmos_partition_units")
    return max(1, ceiling(max(by_units, demand.kept_bytes * KEPT_SECONDS / quotas.most("cosmos_partition_bytes"))))


def _redis(commands: Decimal, quotas: Quotas, least: str) -> tuple[str, int]:
    """The smallest size from `least` up that is fast enough, or several of the largest."""
    names = list(quotas.redis)
    for name in names[names.index(least) :]:
        if commands <= quotas.redis[name] * quotas.most("redis_share"):
            return name, 1
    return names[-1], ceiling(commands / (quotas.redis[names[-1]] * quotas.most("redis_share")))


def _accounts(demand: Demand, quotas: Quotas) -> int:
    by_queue = demand.queue_messages / quotas.most("queue_messages")
    by_account = demand.queue_transactions / quotas.most("account_requests")
    return max(1, ceiling(max(by_queue, by_account)))
