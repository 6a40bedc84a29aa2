"""Hours and days of a partition: sums of minutes that can no longer change, written once."""

import base64
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import msgspec

from functions.analytics.fold import LATENESS
from functions.analytics.window import Window
from functions.contracts import DAY

type Kind = Literal["hour", "day"]

MINUTES: Mapping[Kind, int] = {"hour": 60, "day": 1440}
HOUR, DAY_HOURS = 60, 24
TTL: Mapping[Kind, int] = {"hour": 100 * DAY, "day": -1}
"""Seconds: hours outlive the minutes, days are kept for ever."""
LARGE = (
    "productViews", "productClicks", "productCarts", "productPurchases", "productRevenue",
    "listImpressions", "listClicks", "listCarts", "listPurchases", "listRevenue",
)  # fmt: skip
"""Counters that grow with the catalogue, packed apart: a chart over time does without them."""
NAMED = ("shopperViews", "shopperMade", "shopperClicked")
"""Counters by shopper: no hour and no day knows anybody by name."""


@dataclass(frozen=True, slots=True)
class Rollup:
    """An hour or a day of a partition; `number` is the epoch hour or day."""

    kind: Kind
    number: int
    window: Window


def closed(clock: int) -> int:
    """The epoch hour before which no minute of a partition can change, whose last arrival was in minute `clock`."""
    return (clock - LATENESS) // HOUR


def rollup_document(partition: str, rollup: Rollup) -> dict[str, Any]:
    """An hour or a day as a document."""
    counts = rollup.window.to_counts()
    large = {name: counts.pop(name) for name in LARGE if name in counts}
    for name in NAMED:
        counts.pop(name, None)
    return {
        "id": f"{rollup.kind}-{rollup.number}",
        "partition": partition,
        "kind": rollup.kind,
        "ttl": TTL[rollup.kind],
        "number": rollup.number,
        "counts": _packed(counts),
        "large": _packed(large),
    }


def rollup_window(document: Mapping[str, Any]) -> Window:
    """What an hour or a day counts; the large counters are empty where the query left them out."""
    large = _unpacked(document["large"]) if "large" in document else {}
    return Window.from_counts({**_unpacked(document["counts"]), **large})


def _packed(counts: Mapping[str, Any]) -> str:
    return base64.b64encode(zlib.compress(msgspec.json.encode(counts), 1)).decode()


def _unpacked(text: str) -> dict[str, Any]:
    counts: dict[str, Any] = msgspec.json.decode(zlib.decompress(base64.b64decode(text)))
    return counts
