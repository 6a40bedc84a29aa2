"""What is sent in error is answered or parked with its reason, and the loop goes on."""

import base64
import json
import urllib.error
import urllib.request
from collections.abc import Iterator
from typing import Any

import pytest

from functions.contracts import USER_ACTIONS, USER_RESPONSES
from tests.e2e.figures import Figures, settled, simulate
from tests.stack import SeededStack, until

VIEW: dict[str, Any] = {
    "specversion": "1.0",
    "id": "bad-input-1",
    "source": "/test",
    "type": "view_item",
    "subject": "1",
    "time": "2026-11-01T12:00:00Z",
    "data": {"items": [{"item_id": "819063"}]},
}

MESSAGES = {
    "not JSON": (USER_ACTIONS, "}{", "Invalid JSON"),
    "an unknown type": (USER_ACTIONS, json.dumps(VIEW | {"type": "teleport"}), "type"),
    "no items": (USER_ACTIONS, json.dumps(VIEW | {"data": {"items": []}}), "items"),
    "an absurd quantity": (
        USER_ACTIONS,
        json.dumps(VIEW | {"data": {"items": [{"item_id": "1", "quantity": 0}]}}),
        "quantity",
    ),
    "an oversized event": (USER_ACTIONS, json.dumps(VIEW | {"padding": "x" * 40_000}), "bytes"),
    "an unknown shopper": (USER_ACTIONS, json.dumps(VIEW | {"subject": "nobody"}), "there is no profile"),
    "an unknown product": (USER_ACTIONS, json.dumps(VIEW | {"data": {"items": [{"item_id": "nothing"}]}}), "product"),
    "a response from elsewhere": (
        USER_RESPONSES,
        json.dumps(VIEW | {"type": "session_start", "data": {}}),
        "session",
    ),
}


@pytest.fixture(autouse=True)
def _emptied(stack: SeededStack) -> Iterator[None]:
    """Leave no parked messages to the other tests."""
    yield
    for queue in (USER_ACTIONS, USER_RESPONSES):
        if stack.waiting(f"{queue}-poison"):
            stack.queue(f"{queue}-poison").clear_messages()


@pytest.mark.parametrize("fault", MESSAGES)
def test_a_bad_message_is_parked_with_its_reason(stack: SeededStack, fault: str) -> None:
    """The poison queue holds the original body, and the log says why."""
    queue, body, reason = MESSAGES[fault]
    with stack.queue(queue) as client:
        client.send_message(base64.b64encode(body.encode()).decode())
    until(lambda: stack.waiting(f"{queue}-poison") == 1, f"{fault} is parked", 20)
    with stack.queue(f"{queue}-poison") as client:
        [parked] = client.receive_messages(max_messages=1)
    assert base64.b64decode(parked.content).decode() == body
    line = next(line for line in reversed(stack.functions.log.read_text().splitlines()) if "is parked" in line)
    assert reason in line


def test_the_loop_goes_on_among_bad_messages(stack: SeededStack, before: Figures) -> None:
    """A simulation is decided and counted in full while garbage arrives on both queues."""
    expected = simulate(stack, shoppers=50, steps=5, seed=40)
    for queue in (USER_ACTIONS, USER_RESPONSES):
        with stack.queue(queue) as client:
            for number in range(20):
                client.send_message(base64.b64encode(f"garbage {number}".encode()).decode())
                client.send_message(f"not base64 {number}!")
    after = settled(stack)
    assert (after.events - before.events)["decision"] == expected
    assert stack.waiting(f"{USER_ACTIONS}-poison") == stack.waiting(f"{USER_RESPONSES}-poison") == 40


@pytest.mark.parametrize(
    ("body", "status", "field"),
    [
        (b"{", 400, "body"),
        (b'{"shoppers": 0}', 400, "shoppers"),
        (b'{"shoppers": 1e9}', 400, "shoppers"),
        (b'{"steps": "many"}', 400, "steps"),
        (b'{"run": "../../etc"}', 400, "run"),
        (b'"' + b"x" * 20_000 + b'"', 413, None),
    ],
)
def test_a_bad_request_is_answered_with_a_problem(
    stack: SeededStack, body: bytes, status: int, field: str | None
) -> None:
    """The answer is a problem document that names the field, and tells nothing internal."""
    request = urllib.request.Request(f"{stack.functions.connection}/api/v1/simulations", body)
    with pytest.raises(urllib.error.HTTPError) as caught:
        urllib.request.urlopen(request, timeout=10)
    with caught.value as answer:
        assert answer.code == status
        assert answer.headers["content-type"] == "application/problem+json"
        document = json.load(answer)
    assert document["status"] == status
    assert [fault["field"] for fault in document.get("errors", [])] == ([field] if field else [])
    assert "Traceback" not in str(document)


@pytest.mark.parametrize("query", ["from=yesterday", "from=2026-01-02T00:00:00Z&to=2026-01-01T00:00:00Z", "top=0"])
def test_a_bad_question_is_answered_with_a_problem(stack: SeededStack, query: str) -> None:
    """So is a question about the figures."""
    with pytest.raises(urllib.error.HTTPError) as caught:
        urllib.request.urlopen(f"{stack.functions.connection}/api/v1/metrics?{query}", timeout=10)
    with caught.value as answer:
        assert answer.code == 400
        assert json.load(answer)["errors"]
