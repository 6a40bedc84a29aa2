"""What a load costs in a month, service by service, at list prices."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from infra.sizing.demand import Demand
from infra.sizing.inputs import Figures, Flow, Price, Quotas, Size
from infra.sizing.provision import KEPT_SECONDS, Needed, needed

HOURS = Decimal(730)
SECONDS = HOURS * 3_600
GIGABYTE = Decimal(10**9)
CENT_OF_A_CENT = Decimal("0.0001")
"""To which each line is rounded, so that sums are exact."""
MEMORY = Decimal(2)
"""Gigabytes of an instance, as they are charged."""
LAKE_SECONDS, MONTH_DAYS = Decimal(90 * 86_400), Decimal(730) / 24
CHEAP_FROM = Decimal(150_000)
"""Gigabytes out of Azure in a month from which the last price holds."""


@dataclass(frozen=True, slots=True)
class Line:
    """So much of a meter in a month."""

    service: str
    what: str
    price: str
    quantity: Decimal
    dollars: Decimal


def bill(
    demand: Demand, peak: Decimal, prices: Mapping[str, Price], quotas: Quotas, figures: Figures, size: Size
) -> Sequence[Line]:
    """Every line of a month's bill of a load whose peak is so many times its mean; free grants are left out."""
    need = needed(demand, peak, quotas, figures, size)
    lines = (*_functions(demand, need, size), *_stream(demand, need), *_cosmos(demand, need, size))
    rest = (*_redis(need, size), *_storage(demand, need, figures), *_around(demand, size))
    return [
        Line(service, what, name, quantity, prices[name].of(quantity).quantize(CENT_OF_A_CENT))
        for service, what, name, quantity in lines + rest
    ]


def total(lines: Sequence[Line]) -> Decimal:
    """Dollars of a month."""
    return sum((line.dollars for line in lines), Decimal(0))


def by_service(lines: Sequence[Line]) -> Mapping[str, Decimal]:
    """Dollars of a month by service, in the order of the lines."""
    found: dict[str, Decimal] = {}
    for line in lines:
        found[line.service] = found.get(line.service, Decimal(0)) + line.dollars
    return found


type _Quantity = tuple[str, str, str, Decimal]


def _functions(demand: Demand, need: Needed, size: Size) -> Iterator[_Quantity]:
    busy = sum(need.busy.values(), Decimal(0))
    yield "Functions", "instances at work", "flex_execution", busy * MEMORY * SECONDS
    yield "Functions", "executions", "flex_executions", (demand.executions + 2 * need.batches) * SECONDS
    yield "Functions", "instances that wait", "flex_ready", size.ready * MEMORY * SECONDS


def _stream(demand: Demand, need: Needed) -> Iterator[_Quantity]:
    if need.premium:
        yield "Event Hubs", "processing units", "hub_premium_unit", need.hub_units * HOURS
    else:
        yield "Event Hubs", "throughput units", "hub_unit", need.hub_units * HOURS
        yield "Event Hubs", "messages", "hub_events", demand.hub_messages * SECONDS


def _cosmos(demand: Demand, need: Needed, size: Size) -> Iterator[_Quantity]:
    kept = demand.kept_bytes * KEPT_SECONDS / GIGABYTE * size.regions
    if size.cosmos:
        yield "Cosmos DB", "request units a second", "cosmos_autoscale", need.cosmos_units * HOURS * size.regions
    else:
        yield "Cosmos DB", "request units", "cosmos_serverless", need.units * SECONDS
    yield "Cosmos DB", "decisions of 30 days", "cosmos_storage", kept
    if size.backup_days > 7:
        yield "Cosmos DB", "their backup", "cosmos_backup", kept


def _redis(need: Needed, size: Size) -> Iterator[_Quantity]:
    yield "Redis", "nodes", f"redis_{need.redis}", need.redis_count * size.nodes * HOURS


def _storage(demand: Demand, need: Needed, figures: Figures) -> Iterator[_Quantity]:
    polls = sum((one["queue_transactions"] for one in figures.idle.values()), Decimal(0))
    yield "Storage", "transactions of queues", "queue_transactions", (demand.queue_transactions + polls) * SECONDS
    yield "Storage", "writes of blobs", "blob_writes", need.batches * _writes(figures.flows["decide"]) * SECONDS
    yield "Storage", "lake of 90 days", "lake_storage", demand.lake_bytes * LAKE_SECONDS / GIGABYTE


def _writes(flow: Flow) -> Decimal:
    """Blobs that are written for each batch of the stream: the file, the manifest, checkpoints."""
    return flow.takes["blob_writes"] / flow.takes["lake_files"]


def _around(demand: Demand, size: Size) -> Iterator[_Quantity]:
    out = demand.answer_bytes * SECONDS / GIGABYTE
    yield "Internet", "answers, first 150 TB", "internet", min(out, CHEAP_FROM)
    yield "Internet", "answers above", "internet_much", max(Decimal(0), out - CHEAP_FROM)
    yield "Logs", "at most, by the daily cap", "logs", size.log_gigabytes * MONTH_DAYS
