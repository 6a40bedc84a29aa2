"""The tables of docs/cost.md and docs/scale.md, as Markdown."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from infra.sizing import cost
from infra.sizing.bottleneck import limits
from infra.sizing.demand import Demand, Workload, demand, of_decision
from infra.sizing.inputs import Figures, Price, Quotas, Size
from infra.sizing.provision import Needed, needed

MILLION = Decimal(10**6)
DOCUMENTS = 0.01
"""Of decisions: operations that come less often are not shown."""


@dataclass(frozen=True, slots=True)
class Inputs:
    """Everything that a table is made from."""

    prices: Mapping[str, Price]
    quotas: Quotas
    figures: Figures
    sizes: Mapping[str, Size]
    peak: Decimal


type Case = tuple[Workload, Size]


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Markdown: the first column to the left, all others to the right."""
    line = "|---|" + "---:|" * (len(head) - 1)
    return "\n".join(["| " + " | ".join(head) + " |", line, *("| " + " | ".join(row) + " |" for row in rows)])


def costs(cases: Sequence[Case], given: Inputs) -> str:
    """Dollars of a month by service, and of a million decisions."""
    bills = [_bill(case, given) for case in cases]
    services = list(cost.by_service(bills[0]))
    rows = [[name, *(money(cost.by_service(bill)[name]) for bill in bills)] for name in services]
    rows.append(["**a month**", *(f"**{money(cost.total(bill))}**" for bill in bills)])
    millions = (cost.total(bill) / _millions(case) for bill, case in zip(bills, cases, strict=True))
    rows.append(["**a million decisions**", *(f"**{money(each)}**" for each in millions)])
    return table(["", *(_name(case) for case in cases)], rows)


def lines(case: Case, given: Inputs) -> str:
    """Every line of one bill with its quantity and price."""
    rows = [
        [line.service, line.what, number(line.quantity), price_of(given.prices[line.price]), money(line.dollars)]
        for line in _bill(case, given)
    ]
    return table([_name(case), "", "in a month", "price", "dollars"], rows)


def bottlenecks(workload: Workload, given: Inputs) -> str:
    """What each size carries, and what is full first."""
    one = of_decision(workload, given.figures)
    rows = []
    for name, size in given.sizes.items():
        found = limits(one, given.quotas, given.figures, size)
        for place, limit in enumerate(found[:3]):
            rows.append([f"`{name}`" if not place else "", limit.what, number(limit.carries), limit.lever])
    return table(["size", "full first", "decisions/s", "lever"], rows)


def takes(workload: Workload, given: Inputs) -> str:
    """What a decision takes, with all that comes with it."""
    one = of_decision(workload, given.figures)
    rows = [[f"CPU of `{name}`, ms", number(cpu * 1_000)] for name, cpu in one.cpu.items() if cpu >= Decimal("1e-5")]
    rows += [
        ["request units of Cosmos DB", number(one.units)],
        ["commands of Redis", number(one.redis_commands)],
        ["messages, bytes in the stream", f"{number(one.hub_messages)}, {number(one.hub_bytes)}"],
        ["bytes in the lake", number(one.lake_bytes)],
        ["bytes of decisions that are kept", number(one.kept_bytes)],
        ["bytes of answers", number(one.answer_bytes)],
        ["transactions of queues", number(one.queue_transactions)],
    ]
    return table(["each decision takes", ""], rows)


def documents(given: Inputs) -> str:
    """The operations on Cosmos DB that a call to `decide` causes."""
    found = {
        name: said
        for name, said in given.figures.documents["decide"].items()
        if said["count"] >= Decimal(str(DOCUMENTS))
    }
    rows = [
        [name, number(said["count"]), number(said["bytes"]), number(said["indexed"])]
        for name, said in sorted(found.items(), key=lambda item: -item[1]["count"])
    ]
    return table(["group, container, operation", "for each decision", "bytes", "indexed values"], rows)


def needs(cases: Sequence[Case], given: Inputs) -> str:
    """What each engine needs for the loads, at their peaks."""
    found = [(case, _demand(case, given).times(given.peak), _needed(case, given)) for case in cases]
    groups = list(found[0][2].instances)
    rows = [
        [f"instances for `{group}`", *(number(need.instances[group]) for _, _, need in found)] for group in groups
    ]
    rows += [
        ["cores, of 250 that a region grants", *(number(need.cores) for _, _, need in found)],
        ["into the stream, MB/s", *(number(load.hub_bytes / MILLION) for _, load, _ in found)],
        ["Event Hubs units", *(_units(need) for _, _, need in found)],
        ["partitions", *(number(need.partitions) for _, _, need in found)],
        ["request units a second", *(number(need.cosmos_units) for _, _, need in found)],
        ["physical partitions of Cosmos DB", *(number(need.cosmos_partitions) for _, _, need in found)],
        ["commands of Redis a second", *(number(load.redis_commands) for _, load, _ in found)],
        ["Redis", *(_redis(need) for _, _, need in found)],
        ["answers, MB/s", *(number(load.answer_bytes / MILLION) for _, load, _ in found)],
    ]
    return table(["at the peak", *(_name(case) for case in cases)], rows)


def limits_table(given: Inputs) -> str:
    """The published limits, and what we assume."""
    rows = [
        [quota.what, number(quota.most), f"[published]({quota.page})" if quota.page else "assumed"]
        for quota in given.quotas.limits.values()
    ]
    return table(["limit", "", "source"], rows)


def prices_table(given: Inputs) -> str:
    """The prices with their meters, days and pages."""
    rows = [
        [f"[{price.meter}]({price.page})", price_of(price), price.region, price.read.isoformat(), price.sure]
        for price in given.prices.values()
    ]
    return table(["meter", "price", "region", "read", "how sure"], rows)


def money(dollars: Decimal) -> str:
    """Dollars, whole ones where there are many."""
    return f"${dollars:,.2f}" if dollars < 100 else f"${dollars:,.0f}"


def number(value: Decimal | int) -> str:
    """Three digits that matter, all of a large number's."""
    value = Decimal(value)
    if value == value.to_integral_value() or abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.3g}"


def price_of(price: Price) -> str:
    """A price for its unit."""
    return f"${price.amount.normalize():f} for {price.per:,.0f} × {price.unit}"


def _name(case: Case) -> str:
    workload, size = case
    return f"{number(workload.rate)}/s, `{size.name}`"


def _demand(case: Case, given: Inputs) -> Demand:
    return demand(case[0], given.figures)


def _bill(case: Case, given: Inputs) -> Sequence[cost.Line]:
    return cost.bill(_demand(case, given), given.peak, given.prices, given.quotas, given.figures, case[1])


def _needed(case: Case, given: Inputs) -> Needed:
    return needed(_demand(case, given), given.peak, given.quotas, given.figures, case[1])


def _millions(case: Case) -> Decimal:
    return case[0].rate * cost.SECONDS / MILLION


def _units(need: Needed) -> str:
    kind = "Premium" if need.premium else "Standard"
    return f"{need.hub_units} {kind}" + (f", {need.namespaces} namespaces" if need.namespaces > 1 else "")


def _redis(need: Needed) -> str:
    name = need.redis.removeprefix("Balanced_")
    return name if need.redis_count == 1 else f"{need.redis_count} × {name}"
