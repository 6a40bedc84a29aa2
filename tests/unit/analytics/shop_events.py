"""Events as the log holds them, made briefly, and the plain count that the aggregation must equal."""

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from hypothesis import strategies as st

from functions.analytics.cells import segment_code
from functions.analytics.distinct import Distinct
from functions.analytics.fold import Received
from functions.analytics.window import Window

NOW = 29_000_000
"""The epoch minute in which the tests happen."""


def body(kind: str, event_id: str, minute: float = NOW, shopper: str = "s1", **data: Any) -> bytes:
    """An event of a type that happened at an epoch minute."""
    envelope = {
        "specversion": "1.0",
        "id": event_id,
        "source": "/test",
        "subject": shopper,
        "time": datetime.fromtimestamp(minute * 60, UTC).isoformat(),
        "type": kind,
        "data": data,
    }
    return json.dumps(envelope).encode()


def view(event_id: str, product: str = "p1", minute: float = NOW, shopper: str = "s1") -> bytes:
    """A product was viewed."""
    return body("view_item", event_id, minute, shopper, items=[{"item_id": product}])


def decision(event_id: str, offer: str = "o1", minute: float = NOW, shopper: str = "s1", **changes: Any) -> bytes:
    """An offer was made."""
    data = {
        "action_id": "a",
        "offer": offer,
        "runner_up": None,
        "placement": "home",
        "level": "affinity",
        "arm": "personalized",
        "probability": 0.9,
        "model": "m1",
        "path": "warm",
        "degraded": [],
        "products": [{"product": "p1", "score": 0.5}],
        "considered": [],
        "reasons": [],
    }
    return body("decision", event_id, minute, shopper, **{**data, **changes})


def promotion(kind: str, event_id: str, offer: str = "o1", minute: float = NOW) -> bytes:
    """An offer was shown (`view_promotion`), clicked (`select_promotion`) or redeemed (`coupon_redeemed`)."""
    return body(kind, event_id, minute, promotion_id=offer)


def performance(event_id: str, total_ms: float, scoring_ms: float = 0.2, minute: float = NOW) -> bytes:
    """A decision took so long."""
    return body(
        "performance", event_id, minute, decision_id="d", total_ms=total_ms, scoring_ms=scoring_ms, path="warm"
    )


def log_of(bodies: Sequence[bytes], arrived: float = NOW, first: int = 0) -> list[Received]:
    """The bodies as a log: numbered, all having arrived in one epoch minute."""
    return [
        Received(first + place, str((first + place) * 100), arrived * 60, one) for place, one in enumerate(bodies)
    ]


def plain_distinct(bodies: Sequence[bytes]) -> dict[int, Distinct]:
    """The shoppers of each minute, counted at once."""
    shoppers: dict[int, set[str]] = {}
    for event in map(json.loads, bodies):
        minute = int(datetime.fromisoformat(event["time"]).timestamp() // 60)
        shoppers.setdefault(minute, set()).add(event["subject"])
    found = {minute: Distinct() for minute in shoppers}
    for minute, some in shoppers.items():
        found[minute].record(some)
    return found


def distinct(windows: Sequence[tuple[int, Window]]) -> dict[int, Distinct]:
    """The same of windows (minute, window)."""
    found: dict[int, Distinct] = {}
    for minute, window in windows:
        found.setdefault(minute, Distinct()).add(window.shoppers)
    return found


SOLD = {"view_item": "view", "select_item": "click", "add_to_cart": "cart", "purchase": "buy"}
REPORTED = {"view_promotion": "shown", "select_promotion": "clicked", "coupon_redeemed": "redeemed"}
LISTED = {"view_item_list": "impression", "select_item": "click", "add_to_cart": "cart", "purchase": "buy"}


def plain_count(bodies: Sequence[bytes]) -> Counter[tuple[str, str, int]]:
    """(what, which, minute) -> how many, counted naively over a log that fits the horizon, each id once."""
    counts: Counter[tuple[str, str, int]] = Counter()
    for event in {event["id"]: event for event in map(json.loads, bodies)}.values():
        minute = int(datetime.fromisoformat(event["time"]).timestamp() // 60)
        counts["event", event["type"], minute] += 1
        for what, which, number in _plain(event["type"], event["subject"], event["data"]):
            counts[what, which, minute] += number
    return +counts


def _plain(kind: str, shopper: str, data: dict[str, Any]) -> Iterator[tuple[str, str, int]]:
    for item in data.get("items", []):
        cents = round(Decimal(str(item.get("price", 0))) * 100) * item.get("quantity", 1) if kind == "purchase" else 0
        if kind in SOLD:
            yield SOLD[kind], item["item_id"], 1
            yield "revenue", item["item_id"], cents
        if kind == "view_item":
            yield "shopper", shopper, 1
        if kind in LISTED and "tracking_id" in item:
            of = item["tracking_id"].rsplit("~", 2)[0]
            yield f"list {LISTED[kind]}", of, 1
            yield "list revenue", of, cents
    if kind == "decision":
        segment = segment_code(data.get("segment", ""))
        yield "made", "|".join([data["offer"], data["placement"], segment, data["path"], data["model"]]), 1
        yield "shopper made", f"{shopper}|{data['offer']}", 1
        for what in ("path", "level", "arm", "model"):
            yield what, data[what], 1
    if kind in REPORTED:
        cell = "|".join([data["promotion_id"], *data.get("tracking_id", "~~~").split("~")])
        yield REPORTED[kind], cell, 1
        yield "offer revenue", cell, round(Decimal(str(data.get("value", 0))) * 100)
        if kind == "select_promotion":
            yield "shopper clicked", f"{shopper}|{data['promotion_id']}", 1


def counted(windows: Sequence[tuple[int, Window]]) -> Counter[tuple[str, str, int]]:
    """The same of windows (minute, window)."""
    counts: Counter[tuple[str, str, int]] = Counter()
    for minute, window in windows:
        kinds = {
            "event": window.events,
            "view": window.product_views,
            "click": window.product_clicks,
            "cart": window.product_carts,
            "buy": window.product_purchases,
            "revenue": window.product_revenue,
            "shopper": window.shopper_views,
            "shopper made": window.shopper_made,
            "shopper clicked": window.shopper_clicked,
            "list impression": window.list_impressions,
            "list click": window.list_clicks,
            "list cart": window.list_carts,
            "list buy": window.list_purchases,
            "list revenue": window.list_revenue,
            "made": window.offers_made,
            "shown": window.offers_shown,
            "clicked": window.offers_clicked,
            "redeemed": window.offers_redeemed,
            "offer revenue": window.offers_revenue,
            "path": window.paths,
            "level": window.levels,
            "arm": window.arms,
            "model": window.models,
        }
        for what, counter in kinds.items():
            counts.update({(what, which, minute): number for which, number in counter.items()})
    return counts


def bodies() -> st.SearchStrategy[list[bytes]]:
    """Events of several kinds within ten minutes, in any order, some of them several times."""
    return st.lists(st.integers(0, 200), min_size=1, max_size=80).map(lambda numbers: [numbered(n) for n in numbers])


def numbered(number: int, now: int = NOW) -> bytes:
    """The event of a number, within ten minutes before `now`: the same number is the same event."""
    minute, offer, shopper = now - number % 10, f"o{number % 3}", f"s{number % 5}"
    event, told = f"e{number}", f"home~{segment_code(f'seg{number % 2}')}~warm~m1"
    match number % 8:
        case 0:
            return decision(event, offer, minute, shopper, segment=f"seg{number % 2}")
        case 1:
            more = {"tracking_id": told} if number % 3 else {}
            return body("select_promotion", event, minute, shopper, promotion_id=offer, **more)
        case 2:
            return body("coupon_redeemed", event, minute, shopper, promotion_id=offer, tracking_id=told, value=9.29)
        case 3 | 4 | 5:
            kind = ("purchase", "add_to_cart", "select_item", "view_item_list")[number % 4]
            tracked = {"tracking_id": f"picks~m{number % 2}~{number}~1"} if number % 3 else {}
            item = {"item_id": f"p{number % 7}", "quantity": 1 + number % 3, "price": 0.29 + number % 5, **tracked}
            return body(kind, event, minute, shopper, items=[item, {"item_id": "p1"}])
        case _:
            return view(event, f"p{number % 7}", minute, shopper)
