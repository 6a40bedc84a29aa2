"""What the calculations stand on: measured figures, list prices, published limits, sizes of the infrastructure."""

import json
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any, Literal

HERE = Path(__file__).parent
PRICES, QUOTAS, FIGURES = HERE / "prices.toml", HERE / "quotas.toml", HERE / "figures.json"
SIZES = HERE.parent / "bicep" / "modules" / "sizes.bicep"


@dataclass(frozen=True, slots=True)
class Price:
    """What so many units cost in US dollars, and how sure that is."""

    amount: Decimal
    per: Decimal
    unit: str
    meter: str
    region: str
    read: date
    seen: str
    page: str
    sure: Literal["high", "medium", "low"]

    def of(self, quantity: Decimal) -> Decimal:
        """Dollars of a quantity."""
        return quantity * self.amount / self.per


@dataclass(frozen=True, slots=True)
class Quota:
    """A limit; `page` is where it is published, empty where we assume it."""

    most: Decimal
    what: str
    page: str = ""
    assumed: bool = False


@dataclass(frozen=True, slots=True)
class Quotas:
    """Limits by name, and commands a second by size of Redis from the smallest to the largest."""

    limits: Mapping[str, Quota]
    redis: Mapping[str, Decimal]

    def most(self, name: str) -> Decimal:
        """A limit."""
        return self.limits[name].most


@dataclass(frozen=True, slots=True)
class Flow:
    """What one of a kind takes: seconds of CPU and request units by group of functions, all else by name."""

    cpu: Mapping[str, Decimal]
    units: Mapping[str, Decimal]
    takes: Mapping[str, Decimal]


@dataclass(frozen=True, slots=True)
class Figures:
    """What `make bench ARGS=footprint` measured."""

    measured: str
    machine: str
    reload_units: Decimal
    """Request units of what an instance reads anew every half minute."""
    idle: Mapping[str, Mapping[str, Decimal]]
    """What a group's instance takes a second without load."""
    flows: Mapping[str, Flow]
    documents: Mapping[str, Mapping[str, Mapping[str, Decimal]]]


@dataclass(frozen=True, slots=True)
class Size:
    """What the infrastructure buys in a size; `cosmos` of 0 pays for each request."""

    name: str
    cosmos: int
    regions: int
    backup_days: int
    partitions: int
    units: int
    most_units: int
    redis: str
    nodes: int
    ready: int
    instances: int
    log_gigabytes: int


def prices(path: Path = PRICES) -> Mapping[str, Price]:
    """Prices by name."""
    return {name: Price(**_exact(fields)) for name, fields in _toml(path).items()}


def quotas(path: Path = QUOTAS) -> Quotas:
    """Limits."""
    found = _toml(path)
    redis = {name: Decimal(rate) for name, rate in found.pop("redis_rates").items() if name != "page"}
    return Quotas({name: Quota(**_exact(fields)) for name, fields in found.items()}, redis)


def figures(path: Path = FIGURES) -> Figures:
    """Measured figures."""
    found = json.loads(path.read_text(), parse_float=Decimal, parse_int=Decimal)
    return Figures(
        found["measured"],
        found["machine"],
        found["reload_units"],
        found["idle"],
        {name: _flow(fields) for name, fields in found["flows"].items()},
        {name: fields["documents"] for name, fields in found["flows"].items()},
    )


def sizes(path: Path = SIZES) -> Mapping[str, Size]:
    """The sizes as Bicep has them."""
    blocks = re.findall(r"^  (\w+): \{\n(.*?)^  \}", path.read_text(), re.MULTILINE | re.DOTALL)
    return {
        name: _size(name, dict(re.findall(r"^    (\w+): '?(.*?)'?$", body, re.MULTILINE))) for name, body in blocks
    }


def _size(name: str, said: Mapping[str, str]) -> Size:
    return Size(
        name,
        int(said["cosmosThroughput"]),
        2 if said["secondRegion"] == "true" else 1,
        30 if said["cosmosBackup"] == "Continuous30Days" else 7,
        int(said["partitions"]),
        int(said["units"]),
        int(said["mostUnits"]),
        said["redisSku"],
        2 if said["redisTwice"] == "true" else 1,
        int(said["alwaysReady"]),
        int(said["mostInstances"]),
        int(said["logGigabytes"]),
    )


def _flow(fields: Mapping[str, Any]) -> Flow:
    by_group = ("cpu_seconds", "request_units", "documents")
    rest = {name: Decimal(value) for name, value in fields.items() if name not in by_group}
    return Flow(fields["cpu_seconds"], fields["request_units"], rest)


def _toml(path: Path) -> dict[str, dict[str, Any]]:
    return tomllib.loads(path.read_text(), parse_float=Decimal)


def _exact(fields: Mapping[str, Any]) -> dict[str, Any]:
    return {name: Decimal(value) if type(value) is int else value for name, value in fields.items()}
