"""What the event log holds, counted in the plainest way and by none of the product's code."""

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

TOO_LATE = "late-"
"""How the ids of events begin that arrive hours after they happened: they are archived, and not counted."""
DID = {"view_item": "views", "select_item": "clicks", "add_to_cart": "carts", "purchase": "purchases"}
IN_LIST = {**DID, "view_item_list": "impressions"}
BECAME = {"view_promotion": "shown", "select_promotion": "clicked", "coupon_redeemed": "redeemed"}

type Event = Mapping[str, Any]
type Table = dict[str, Counter[str]]


def _table() -> Table:
    return defaultdict(Counter)


@dataclass
class Plain:
    """Counters as the metrics API names them; tables by name, revenue in hundredths."""

    ids: set[str] = field(default_factory=set)
    rows: int = 0
    garbage: int = 0
    shoppers: set[str] = field(default_factory=set)
    events: Counter[str] = field(default_factory=Counter)
    minutes: Counter[str] = field(default_factory=Counter)
    products: Table = field(default_factory=_table)
    departments: Table = field(default_factory=_table)
    lists: Table = field(default_factory=_table)
    offers: Table = field(default_factory=_table)
    decided: Table = field(default_factory=_table)
    """By path, level, arm, model, and what was down."""


def count(bodies: Iterable[bytes], department_of: Mapping[str, str]) -> Plain:
    """Count the messages of a log, each event once by its id."""
    found = Plain()
    for event in _events(bodies, found):
        found.rows += 1
        if event["id"] in found.ids:
            continue
        found.ids.add(event["id"])
        if not event["id"].startswith(TOO_LATE):
            _count(event, found, department_of)
    return found


def _events(bodies: Iterable[bytes], found: Plain) -> Iterator[Event]:
    for body in bodies:
        try:
            content = json.loads(body)
        except ValueError:
            content = None
        for event in content if isinstance(content, list) else [content]:
            if isinstance(event, dict) and {"id", "type", "subject", "time", "data"} <= event.keys():
                yield event
            else:
                found.garbage += 1


def _count(event: Event, found: Plain, department_of: Mapping[str, str]) -> None:
    kind, data = event["type"], event["data"]
    found.events[kind] += 1
    found.shoppers.add(event["subject"])
    found.minutes[event["time"][:16]] += 1
    for item in data.get("items", ()):
        _touched(kind, item, found, department_of)
    if kind in BECAME:
        found.offers[data["promotion_id"]][BECAME[kind]] += 1
        if kind == "coupon_redeemed":
            found.offers[data["promotion_id"]]["revenue"] += round((data.get("value") or 0) * 100)
    if kind == "decision":
        found.offers[data["offer"]]["made"] += 1
        for name in ("path", "level", "arm", "model"):
            found.decided[name][data[name]] += 1
        if data.get("degraded"):
            found.decided["degraded"]["+".join(sorted(data["degraded"]))] += 1


def _touched(kind: str, item: Mapping[str, Any], found: Plain, department_of: Mapping[str, str]) -> None:
    product = item["item_id"]
    revenue = round((item.get("price") or 0) * 100) * item.get("quantity", 1) if kind == "purchase" else 0
    for table, name in ((found.products, product), (found.departments, department_of.get(product) or "unknown")):
        if kind in DID:
            table[name][DID[kind]] += 1
            table[name]["revenue"] += revenue
    parts = (item.get("tracking_id") or "").rsplit("~", 2)
    if kind in IN_LIST and len(parts) == 3:
        found.lists[parts[0]][IN_LIST[kind]] += 1
        found.lists[parts[0]]["revenue"] += revenue
