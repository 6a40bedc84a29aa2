"""The loop from end to end: real households, real queues, Redis, Cosmos, the ONNX model, the Event Hub."""

from typing import Any
from uuid import uuid4

from functions.contracts import USER_ACTIONS, USER_RESPONSES
from tests.e2e.figures import Figures, count_log, settled, simulate
from tests.stack import SeededStack, until


def arrival(stack: SeededStack) -> None:
    """Somebody of whom nothing is known asks for an offer."""
    stack.post("/api/v1/offers/decide", {"sessionId": f"visit-{uuid4()}", "placement": "home"})


def test_every_step_of_every_shopper_is_decided_and_counted_once(stack: SeededStack, before: Figures) -> None:
    """Of a simulation of 200 shoppers each step is one decision, and the figures agree with the log."""
    expected = simulate(stack, shoppers=200, steps=5)
    after = settled(stack)
    gained = after.events - before.events
    assert gained["decision"] == expected
    assert gained["performance"] == expected
    assert gained["select_promotion"] > 0
    assert gained.total() == 3 * expected
    log = count_log(stack)
    assert after.events == log.events
    assert after.offers_made == log.offers_made
    assert after.offers_clicked == log.offers_clicked


def test_who_has_a_history_and_who_has_none_is_served(stack: SeededStack) -> None:
    """Both paths are travelled: the model for who did anything yet, pre-computed affinities for who just arrived."""
    before = settled(stack).counter("paths")
    arrival(stack)
    after = settled(stack).counter("paths")
    assert (after["warm"], after["cold"]) == (before["warm"], before["cold"] + 1)
    assert after["warm"] > after["cold"]


def test_decisions_name_the_model_and_vary_by_shopper(stack: SeededStack) -> None:
    """Offers are personal: no single one makes up most decisions, and the model's version is told."""
    arrival(stack)
    after = settled(stack)
    assert len(after.counter("models")) == 2  # the model's, and that of who is served without it
    assert after.offers_made.most_common(1)[0][1] < 0.5 * after.offers_made.total()
    assert set(after.counter("arms")) == {"personalized", "exploration", "holdout"}


def test_decisions_are_kept_with_their_reasons(stack: SeededStack) -> None:
    """Each of a shopper's visit, to be looked at, and the offer knows whom it was made to."""
    session = f"visit-{uuid4()}"
    made = [
        stack.post("/api/v1/offers/decide", {"userId": "1467", "sessionId": session, "requestId": f"{session}-{n}"})
        for n in range(3)
    ]
    until(lambda: {each["decisionId"] for each in made} <= trail(stack, "1467").keys(), "the decisions are kept")
    newest = trail(stack, "1467")[made[-1]["decisionId"]]
    assert newest["reasons"] == made[-1]["reasons"]
    assert newest["name"] == made[-1]["offer"]["name"]
    offer = stack.get(f"/api/v1/offers/{made[-1]['offer']['id']}")
    assert offer["audience"]["shoppers"] >= 1


def trail(stack: SeededStack, shopper: str) -> dict[str, Any]:
    """The shopper's last decisions by their id."""
    found = stack.get(f"/api/v1/shoppers/{shopper}/decisions?count=100")
    return {each["decisionId"]: each for each in found["decisions"]}


def test_nothing_is_parked_when_all_is_well(stack: SeededStack) -> None:
    """A simulation leaves no message behind, neither in the queues nor in their poison queues."""
    settled(stack)
    queues = (USER_ACTIONS, USER_RESPONSES, f"{USER_ACTIONS}-poison", f"{USER_RESPONSES}-poison")
    assert [stack.waiting(queue) for queue in queues] == [0, 0, 0, 0]


def test_trending_products_are_published(stack: SeededStack) -> None:
    """What is viewed shows up as trending in Redis, with the number of views that the figures tell."""
    import redis

    after = settled(stack)
    with redis.from_url(stack.valkey.connection, decode_responses=True) as client:
        trending = dict(client.zrevrange("trending:hour", 0, 9, withscores=True))
    views = {product["name"]: product["views"] for product in after.answer["products"]}
    assert trending
    assert all(views[product] == score for product, score in trending.items())
