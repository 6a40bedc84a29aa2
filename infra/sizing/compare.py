"""What others take for the same: the reference solution's stream jobs, and a black box that is paid by the call."""

from decimal import Decimal

from infra.sizing import cost
from infra.sizing.demand import Workload, demand
from infra.sizing.tables import MILLION, Inputs, money, table

STREAMING_UNITS = Decimal(43)
OFFERS_A_DAY = Decimal(167_000)
"""Of the reference solution's published dashboard."""


def others(given: Inputs) -> str:
    """Dollars of a month and of a million decisions."""
    small = Workload(OFFERS_A_DAY / 86_400, path="loop")
    units = given.prices["streaming_unit"].of(STREAMING_UNITS * cost.HOURS)
    ours = cost.bill(
        demand(small, given.figures), given.peak, given.prices, given.quotas, given.figures, given.sizes["dev"]
    )
    shop = Workload(Decimal(1_000))
    million = cost.bill(
        demand(shop, given.figures), given.peak, given.prices, given.quotas, given.figures, given.sizes["prod"]
    )
    asked = given.prices["personalize_requests"].of(MILLION * (1 + shop.lists))
    month = asked * shop.rate * cost.SECONDS / MILLION
    rows = [
        ["167,000 offers a day: 43 streaming units of the reference solution alone", *_both(units, small)],
        ["167,000 offers a day: all of ours, size `dev`", *_both(cost.total(ours), small)],
        ["1,000/s: requests to Amazon Personalize alone, for a decision and a list", money(month), money(asked)],
        ["1,000/s: all of ours, size `prod`", *_both(cost.total(million), shop)],
    ]
    return table(["", "a month", "a million decisions"], rows)


def _both(dollars: Decimal, workload: Workload) -> tuple[str, str]:
    return money(dollars), money(dollars / (workload.rate * cost.SECONDS / MILLION))
