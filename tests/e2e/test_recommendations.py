"""The storefront's lists on the whole system: what was done a moment ago shows, faults degrade and do not fail."""

import time
import urllib.error
import urllib.request
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode
from uuid import uuid4

import pytest

from tests.stack import SeededStack, until

BANANAS, MILK = "1082185", "995242"
QUERIES: dict[str, dict[str, Any]] = {
    "picks": {"userId": "1"},
    "similar": {"seed": BANANAS},
    "bought-together": {"seed": BANANAS},
    "basket": {"seed": f"{BANANAS},{MILK}", "userId": "1"},
    "buy-again": {"userId": "1"},
    "trending": {},
    "popular": {},
    "new": {},
    "wish-list": {"items": BANANAS},
    "search": {"q": "organic bannanas"},
    "rank": {"items": f"{BANANAS},{MILK}", "userId": "1"},
}


def listed(stack: SeededStack, name: str, **query: Any) -> dict[str, Any]:
    answer: dict[str, Any] = stack.get(f"/api/v1/recommendations/{name}?{urlencode(query)}")
    return answer


def view(product: str, subject: str) -> dict[str, Any]:
    """A visitor looks at a product now."""
    return {
        "id": str(uuid4()),
        "source": "/test",
        "type": "view_item",
        "subject": subject,
        "time": datetime.now(UTC).isoformat(),
        "data": {"items": [{"item_id": product}]},
    }


@pytest.mark.parametrize("name", QUERIES)
def test_every_list_answers(stack: SeededStack, name: str) -> None:
    """With products that are named, priced and traceable."""
    answer = listed(stack, name, count=2, **QUERIES[name])
    assert len(answer["items"]) == 2
    assert answer["total"] >= 2
    for item in answer["items"]:
        assert item["name"]
        assert item["trackingId"].startswith(f"{name}~")


def test_an_event_shows_in_the_next_answer(stack: SeededStack) -> None:
    """Below a second after it was posted, in what was viewed and in what is picked."""
    visitor = f"visit-{uuid4()}"
    stack.post("/api/v1/events", view(MILK, "somebody"))  # the first of a process connects to the hub
    assert listed(stack, "picks", sessionId=visitor)["path"] == "cold"
    started = time.monotonic()
    result = stack.post("/api/v1/events", view(BANANAS, visitor))
    viewed = listed(stack, "recently-viewed", sessionId=visitor)
    took = time.monotonic() - started
    assert result["accepted"] == 1
    assert [item["id"] for item in viewed["items"]] == [BANANAS]
    assert listed(stack, "picks", sessionId=visitor)["path"] == "warm"
    assert took < 1, f"{took:.2f} s from event to answer"


def test_an_offer_is_decided_for_anybody(stack: SeededStack) -> None:
    """A shopper, and a visitor of whom nothing is known; the same request has the same decision."""
    asked = {"userId": "1", "requestId": str(uuid4()), "placement": "basket"}
    first, again = (stack.post("/api/v1/offers/decide", asked) for _ in range(2))
    assert first["decisionId"] == again["decisionId"]
    assert first["offer"] == again["offer"]
    assert first["reasons"]
    stranger = stack.post("/api/v1/offers/decide", {"sessionId": f"visit-{uuid4()}"})
    assert (stranger["path"], bool(stranger["offer"]["id"])) == ("cold", True)


def test_without_redis_lists_are_answered_and_say_so(stack: SeededStack) -> None:
    """From the profile and the model; when it is back, so is everything."""
    stack.valkey.kill()
    try:
        until(lambda: listed(stack, "picks", userId="1")["degraded"] == ["redis"], "degraded answers")
        answer = listed(stack, "picks", userId="1")
        assert (answer["path"], len(answer["items"])) == ("warm", 10)
        assert stack.post("/api/v1/events", view(BANANAS, "visit"))["accepted"] == 1
    finally:
        stack.valkey.start()
    until(lambda: listed(stack, "picks", userId="1")["degraded"] == [], "whole answers")


def test_opting_out_holds_from_the_next_request_on(stack: SeededStack) -> None:
    """In lists, offers and at the till, whatever was kept in memory; and so does opting in again."""
    assert listed(stack, "picks", userId="2")["path"] == "warm"
    stack.put("/api/v1/shoppers/2/personalization", {"personalize": False})
    try:
        assert listed(stack, "picks", userId="2")["path"] == "cold"
        assert stack.post("/api/v1/offers/decide", {"userId": "2"})["path"] == "cold"
        assert stack.get("/api/v1/shoppers/2")["bought"] == []
    finally:
        stack.put("/api/v1/shoppers/2/personalization", {"personalize": True})
    assert listed(stack, "picks", userId="2")["path"] == "warm"
    assert len(stack.get("/api/v1/shoppers/2")["bought"]) == 20


def test_what_everyone_gets_can_be_kept(stack: SeededStack) -> None:
    """By its ETag; what is about somebody cannot."""
    url = f"{stack.functions.connection}/api/v1/recommendations/popular"
    with urllib.request.urlopen(url, timeout=30) as first:
        tag = first.headers["ETag"]
        assert first.headers["Cache-Control"].startswith("public")
    with pytest.raises(urllib.error.HTTPError) as again:
        urllib.request.urlopen(urllib.request.Request(url, headers={"If-None-Match": tag}), timeout=30)
    again.value.close()
    assert again.value.code == 304
    with urllib.request.urlopen(f"{url}?userId=1", timeout=30) as own:
        assert (own.headers["ETag"], own.headers["Cache-Control"]) == (None, "private, no-store")
