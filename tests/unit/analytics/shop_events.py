"""Events as the log holds them, made briefly, and the plain count that the aggregation must equal."""

import json
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from hypothesis import strategies as st

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


def decision(event_id: str, offer: str = "o1", minute: float = NOW, **changes: Any) -> bytes:
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
    return body("decision", event_id, minute, **{**data, **changes})


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


def plain_count(bodies: Sequence[bytes]) -> Counter[tuple[str, str, int]]:
    """(what, which, minute) -> how many, counted naively over a log that fits the horizon, each id once."""
    counts: Counter[tuple[str, str, int]] = Counter()
    for event in {event["id"]: event for event in map(json.loads, bodies)}.values():
        minute = int(datetime.fromisoformat(event["time"]).timestamp() // 60)
        counts["event", event["type"], minute] += 1
        if event["type"] == "view_item":
            for item in event["data"]["items"]:
                counts["view", item["item_id"], minute] += 1
                counts["shopper", event["subject"], minute] += 1
        if event["type"] == "decision":
            counts["made", event["data"]["offer"], minute] += 1
        if event["type"] == "select_promotion":
            counts["clicked", event["data"]["promotion_id"], minute] += 1
    return counts


def counted(windows: Sequence[tuple[int, Window]]) -> Counter[tuple[str, str, int]]:
    """The same of windows (minute, window)."""
    counts: Counter[tuple[str, str, int]] = Counter()
    for minute, window in windows:
        kinds = {
            "event": window.events,
            "view": window.product_views,
            "shopper": window.shopper_views,
            "made": window.offers_made,
            "clicked": window.offers_clicked,
        }
        for what, counter in kinds.items():
            counts.update({(what, which, minute): number for which, number in counter.items()})
    return counts


def bodies() -> st.SearchStrategy[list[bytes]]:
    """Events of several kinds within ten minutes, in any order, some of them several times."""
    return st.lists(st.integers(0, 60), min_size=1, max_size=80).map(lambda numbers: [_numbered(n) for n in numbers])


def _numbered(number: int) -> bytes:
    """The event of a number: the same number is the same event."""
    minute = NOW - number % 10
    match number % 4:
        case 0:
            return decision(f"e{number}", f"o{number % 3}", minute)
        case 1:
            return promotion("select_promotion", f"e{number}", f"o{number % 3}", minute)
        case _:
            return view(f"e{number}", f"p{number % 7}", minute, f"s{number % 5}")
