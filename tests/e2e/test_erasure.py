"""A person is erased from the whole running system, and does not come back."""

import base64
import json
import urllib.error
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import pytest
from azure.cosmos import ContainerProxy, CosmosClient
from redis import Redis

from functions.contracts import CONTAINERS, DECISIONS, SHOPPERS, SIMULATION, USER_ACTIONS, USER_RESPONSES
from tests.e2e.figures import settled
from tests.stack import SeededStack, until

BANANAS = "1082185"
QUEUES = [f"{name}{kind}" for name in (USER_ACTIONS, USER_RESPONSES) for kind in ("", "-poison")]


def container(stack: SeededStack, name: str) -> ContainerProxy:
    client = CosmosClient.from_connection_string(stack.cosmos.connection)
    return client.get_database_client("personalization").get_container_client(name)


def mentions(stack: SeededStack, text: str) -> list[str]:
    """Every container, every key of Redis and every queue in which a text stands anywhere."""
    found: dict[str, list[Any]] = {
        each.name: list(container(stack, each.name).read_all_items()) for each in CONTAINERS
    }
    with Redis.from_url(stack.valkey.connection) as redis:
        keys: Any = redis.keys()
        found |= {f"redis: {key.decode(errors='replace')}": [redis.dump(key)] for key in keys}
    for name in QUEUES:
        peeked = stack.queue(name).peek_messages(32) if stack.waiting(name) else []
        found[name] = [base64.b64decode(message.content) for message in peeked]
    return [place for place, content in found.items() if text in place or text in str(content)]


def register(stack: SeededStack, shopper: str) -> None:
    """A shopper like the first one, who is simulated, was decided about, and did what no function understands."""
    for name in (SHOPPERS.name, SIMULATION.name):
        like: dict[str, Any] = container(stack, name).read_item("1", "1")
        container(stack, name).create_item({**like, "id": shopper})
    container(stack, DECISIONS.name).create_item({"id": str(uuid4()), "shopperId": shopper})
    lost = json.dumps(view("nothing-that-is-sold", shopper)).encode()
    stack.queue(USER_ACTIONS).send_message(base64.b64encode(lost).decode())
    until(lambda: f"{USER_ACTIONS}-poison" in mentions(stack, shopper), "a parked message")


def view(product: str, subject: str) -> dict[str, Any]:
    return {
        "id": str(uuid4()),
        "source": "/test",
        "type": "view_item",
        "subject": subject,
        "time": datetime.now(UTC).isoformat(),
        "data": {"items": [{"item_id": product}]},
    }


def held(stack: SeededStack, shopper: str) -> dict[str, list[Any]]:
    found: dict[str, list[Any]] = stack.get(f"/api/v1/shoppers/{shopper}/export")["held"]
    return found


def test_a_person_is_handed_out_and_erased(stack: SeededStack) -> None:
    """Whatever holds the id holds it no longer, also after what was under way has arrived."""
    shopper, other = f"anna-{uuid4()}", f"ben-{uuid4()}"
    register(stack, shopper)
    assert stack.post("/api/v1/events", view(BANANAS, shopper))["accepted"] == 1
    stack.get(f"/api/v1/recommendations/picks?userId={shopper}")
    stack.post("/api/v1/offers/decide", {"userId": shopper, "viewed": [BANANAS]})
    stack.put(f"/api/v1/shoppers/{shopper}/personalization", {"personalize": True})
    until(lambda: bool(held(stack, shopper)["views"]), "views that are counted")
    found = held(stack, shopper)
    assert all(found.values()), found
    assert len(mentions(stack, shopper)) >= 8

    settled(stack)
    checked = stack.get("/api/v1/metrics")["totals"]["views"]
    stack.post("/api/v1/events", {"events": [view(BANANAS, shopper), view(BANANAS, shopper)]})
    erased = stack.delete(f"/api/v1/shoppers/{shopper}")["erased"]
    assert all(erased.values()), erased
    assert mentions(stack, shopper) == []
    with pytest.raises(urllib.error.HTTPError, match="404") as nobody:
        held(stack, shopper)
    nobody.value.close()
    with pytest.raises(urllib.error.HTTPError, match="404") as nobody:
        stack.get(f"/api/v1/shoppers/{shopper}")
    nobody.value.close()
    assert stack.get(f"/api/v1/recommendations/picks?userId={shopper}")["path"] == "cold"

    stack.post("/api/v1/events", view(BANANAS, other))
    until(lambda: stack.get("/api/v1/metrics")["totals"]["views"] >= checked + 3, "a later cycle")
    until(lambda: bool(held(stack, other)["views"]), "a view that came later")
    assert mentions(stack, shopper) == []
    assert mentions(stack, other)
