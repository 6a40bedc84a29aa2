"""How many decisions a second each thing carries that a size buys, and what to turn when it is full."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from infra.sizing.demand import STREAM, Demand
from infra.sizing.inputs import Figures, Quotas, Size
from infra.sizing.provision import RELOAD_SECONDS, hub_units


@dataclass(frozen=True, slots=True)
class Limit:
    """A thing that is bought or granted, with the decisions a second that it carries at full use."""

    what: str
    carries: Decimal
    lever: str


def limits(one: Demand, quotas: Quotas, figures: Figures, size: Size) -> Sequence[Limit]:
    """All limits of a size for decisions that take `one` each, the lowest first."""
    found = [
        *_instances(one, quotas, size),
        Limit(
            "Cosmos DB", _cosmos(one, quotas, figures, size), "`cosmosThroughput`; keep a share of the decisions only"
        ),
        Limit("Event Hubs units", size.most_units / hub_units(one, quotas), "`mostUnits` to 40, then Premium"),
        Limit(
            f"Redis {size.redis.removeprefix('Balanced_')}",
            quotas.redis[size.redis] * quotas.most("redis_share") / one.redis_commands,
            "`redisSku`",
        ),
        Limit(
            "cores of the region",
            quotas.most("regional_cores") * quotas.most("utilisation") / one.cores,
            "ask Azure for more; a second region",
        ),
    ]
    if one.queue_messages:
        carries = min(
            quotas.most("queue_messages") / one.queue_messages,
            quotas.most("account_requests") / one.queue_transactions,
        )
        found.append(Limit("a queue", carries, "the HTTP API in place of queues"))
    return sorted(found, key=lambda limit: limit.carries)


def _instances(one: Demand, quotas: Quotas, size: Size) -> Sequence[Limit]:
    of_instance = quotas.most("utilisation") * quotas.most("cores_of_instance")
    group, cpu = max(((name, cpu) for name, cpu in one.cpu.items() if name not in STREAM), key=lambda item: item[1])
    readers = max(one.cpu["keep_decisions"], one.cpu["archive"])
    return (
        Limit(f"instances for `{group}`", size.instances * of_instance / cpu, "`mostInstances` to 1,000, more apps"),
        Limit("the one timer that aggregates", of_instance / one.cpu["aggregate"], "enable `aggregate_stream`"),
        Limit("partitions", size.partitions * of_instance / readers, "`partitions`, before the first event"),
    )


def _cosmos(one: Demand, quotas: Quotas, figures: Figures, size: Size) -> Decimal:
    """Each busy instance takes some units by itself, whatever it serves."""
    instances = one.cores / quotas.most("utilisation")
    of_decision = one.units + instances * figures.reload_units / RELOAD_SECONDS
    return (Decimal(size.cosmos) or quotas.most("cosmos_serverless_units")) / of_decision
