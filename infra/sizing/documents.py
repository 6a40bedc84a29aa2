"""The tables that stand in docs/cost.md and docs/scale.md, by name, and how they are kept up to date there."""

import re
from collections.abc import Callable, Mapping
from decimal import Decimal
from pathlib import Path

from infra.sizing import compare, inputs, scenario, tables, validation
from infra.sizing.demand import Workload
from infra.sizing.tables import Case, Inputs

ROOT = inputs.HERE.parents[1]
PAGES = (ROOT / "docs" / "cost.md", ROOT / "docs" / "scale.md")
PICTURE = ROOT / "docs" / "pictures" / "hour.svg"
PEAK = Decimal("1.5")
RATES = {"dev": Decimal(10), "prod": Decimal(1_000), "global": Decimal(100_000)}
"""The load for which each size is shown."""
_BLOCK = re.compile(r"<!-- table: (\w+) -->\n.*?<!-- end -->", re.DOTALL)

type Make = Callable[[Inputs], str]


def given() -> Inputs:
    """The inputs that are checked in."""
    return Inputs(inputs.prices(), inputs.quotas(), inputs.figures(), inputs.sizes(), PEAK)


def cases(inputs_: Inputs, workload: Workload | None = None) -> list[Case]:
    """Each size with its load."""
    one = workload or Workload(Decimal(1))
    return [
        (Workload(rate, one.lists, one.events, one.together, one.path), inputs_.sizes[name])
        for name, rate in RATES.items()
    ]


COST: Mapping[str, Make] = {
    "takes": lambda given: tables.takes(Workload(Decimal(1)), given),
    "documents": tables.documents,
    "costs": lambda given: tables.costs(cases(given), given),
    "bottlenecks": lambda given: tables.bottlenecks(Workload(Decimal(1)), given),
    "others": compare.others,
    "prices": tables.prices_table,
}
SCALE: Mapping[str, Make] = {
    "needs": lambda given: tables.needs(cases(given), given),
    "loop": lambda given: tables.bottlenecks(Workload(Decimal(1), path="loop"), given),
    "limits": tables.limits_table,
    "validation_http": lambda _: validation.http(validation.arrivals()),
    "validation_queue": lambda _: validation.queue(validation.arrivals()),
    "hours": lambda given: scenario.hours(given.figures),
}


def filled(page: str, made: Mapping[str, str]) -> str:
    """A page with its tables in place of those that stand there; KeyError for one that nobody makes."""
    return _BLOCK.sub(lambda found: f"<!-- table: {found[1]} -->\n{made[found[1]]}\n<!-- end -->", page)


def names(page: str) -> list[str]:
    """The tables of a page."""
    return _BLOCK.findall(page)


def write(paths: tuple[Path, ...] = PAGES) -> None:
    """Bring the pages up to date."""
    inputs_ = given()
    made = {name: make(inputs_) for name, make in {**COST, **SCALE}.items()}
    for path in paths:
        path.write_text(filled(path.read_text(), made))
