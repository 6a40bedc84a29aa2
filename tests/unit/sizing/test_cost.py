"""Bills: exact, never lower for more load, and made of all prices that are known."""

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given

from infra.sizing import cost
from infra.sizing.bottleneck import limits
from infra.sizing.demand import Workload, demand, of_decision
from infra.sizing.inputs import Size
from infra.sizing.provision import needed
from tests.unit.sizing.inputs import GIVEN, peaks, rates, sizes, workloads


def _bill(workload: Workload, size: Size, peak: Decimal = Decimal("1.5")) -> list[cost.Line]:
    load = demand(workload, GIVEN.figures)
    return list(cost.bill(load, peak, GIVEN.prices, GIVEN.quotas, GIVEN.figures, size))


def _sized(workload: Workload, size: Size) -> bool:
    """Whether the stream is of the Standard tier; the step to Premium changes what is paid for."""
    return not needed(demand(workload, GIVEN.figures), Decimal("1.5"), GIVEN.quotas, GIVEN.figures, size).premium


@given(workloads(), rates, sizes)
def test_more_load_never_costs_less(workload: Workload, more: Decimal, size: Size) -> None:
    """No service's bill falls when the load rises, but Event Hubs' where Premium with all included takes over."""
    larger = replace(workload, rate=workload.rate + more)
    before, after = cost.by_service(_bill(workload, size)), cost.by_service(_bill(larger, size))
    same = _sized(workload, size) == _sized(larger, size)
    assert all(after[name] >= before[name] for name in before if same or name != "Event Hubs")


@given(workloads(), sizes, peaks)
def test_a_higher_peak_never_costs_less(workload: Workload, size: Size, peak: Decimal) -> None:
    """What is bought for a peak costs at least as much as without it."""
    flat, steep = (cost.by_service(_bill(workload, size, one)) for one in (Decimal(1), peak))
    assert all(steep[name] >= flat[name] for name in ("Cosmos DB", "Redis"))


@given(workloads(), sizes)
def test_money_is_exact(workload: Workload, size: Size) -> None:
    """Dollars are decimals, none is negative, and services add up to the bill."""
    bill = _bill(workload, size)
    assert all(isinstance(line.dollars, Decimal) and line.dollars >= 0 for line in bill)
    assert sum(cost.by_service(bill).values()) == cost.total(bill)


@given(workloads(), sizes)
def test_twice_the_prices_cost_twice(workload: Workload, size: Size) -> None:
    """A bill is linear in its prices: discounts can be taken off it."""
    dearer = {name: replace(price, amount=price.amount * 2) for name, price in GIVEN.prices.items()}
    load = demand(workload, GIVEN.figures)
    twice = cost.bill(load, Decimal(1), dearer, GIVEN.quotas, GIVEN.figures, size)
    once = cost.bill(load, Decimal(1), GIVEN.prices, GIVEN.quotas, GIVEN.figures, size)
    assert [line.dollars for line in twice] == pytest.approx(
        [line.dollars * 2 for line in once], abs=Decimal("0.0001")
    )


def test_every_price_is_used() -> None:
    """A price that no bill contains would be kept up to date for nothing."""
    used = {
        line.price
        for size in GIVEN.sizes.values()
        for rate in (1, 100, 1_000, 2_000, 3_000, 8_000, 12_000, 100_000)
        for line in _bill(Workload(Decimal(rate)), size)
    }
    redis = {f"redis_{name}" for name in GIVEN.quotas.redis}
    assert used | redis | {"streaming_unit", "personalize_requests"} == set(GIVEN.prices)


def test_every_price_says_where_it_is_from() -> None:
    """Each has its page, its day and how sure it is."""
    for price in GIVEN.prices.values():
        assert price.page.startswith("https://")
        assert price.meter
        assert price.seen
        assert price.sure in ("high", "medium", "low")


@given(workloads(), sizes)
def test_what_is_full_first_is_full(workload: Workload, size: Size) -> None:
    """At the load that a size's Cosmos DB carries, what is needed is what it has."""
    one = of_decision(workload, GIVEN.figures)
    found = limits(one, GIVEN.quotas, GIVEN.figures, size)
    assert [limit.carries for limit in found] == sorted(limit.carries for limit in found)
    if size.cosmos:
        [cosmos] = [limit.carries for limit in found if limit.what == "Cosmos DB"]
        load = one.times(cosmos * Decimal("0.999"))
        assert needed(load, Decimal(1), GIVEN.quotas, GIVEN.figures, size).cosmos_units <= size.cosmos + 1_000
