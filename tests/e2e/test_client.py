"""The client against the running app: what a shop does in a minute of a shopper's visit."""

from datetime import UTC, datetime
from uuid import uuid4

import pytest

from client.personalization_client import AsyncClient, Client, Event, ProblemError, RuleContent
from tests.stack import SeededStack, until


def looked_at(session: str, product: str) -> Event:
    """The event of a visitor who looks at a product."""
    return {
        "id": str(uuid4()),
        "source": "/tests",
        "subject": session,
        "session": session,
        "time": datetime.now(UTC).isoformat(),
        "type": "view_item",
        "data": {"items": [{"item_id": product}]},
    }


def test_a_visit(stack: SeededStack) -> None:
    """A visitor searches, looks, is shown what was looked at, and is made an offer."""
    session = f"visit-{uuid4()}"
    with Client(stack.functions.connection) as shop:
        [typed, *_] = shop.suggestions("banan")
        [found, *_] = shop.recommendations("search", q=typed, count=5)["items"]
        assert shop.product(found["id"])["name"] == found["name"]
        sent = shop.events([looked_at(session, found["id"])])
        assert (sent["accepted"], [each["status"] for each in sent["results"]]) == (1, ["accepted"])
        seen = shop.recommendations("recently-viewed", sessionId=session)
        assert [item["id"] for item in seen["items"]][:1] == [found["id"]]
        made = shop.decide(sessionId=session, viewed=[found["id"]])
        assert made["offer"]["id"]
        assert 0 < made["probability"] <= 1


def test_rules_are_written_read_and_deleted(stack: SeededStack) -> None:
    """By version: who writes over what changed meanwhile is told so."""
    content: RuleContent = {"name": "Fruit first", "kind": "boost", "category": ["Produce"], "lists": ["no-such"]}
    with Client(stack.functions.connection) as shop:
        kept = shop.write_rule("client-test", content)
        assert shop.rule("client-test") == kept
        changed = shop.write_rule("client-test", {**content, "factor": 3.0}, kept.etag)
        with pytest.raises(ProblemError) as caught:
            shop.delete_rule("client-test", kept.etag)
        assert caught.value.status == 412
        shop.delete_rule("client-test", changed.etag)
        with pytest.raises(ProblemError, match="404"):
            shop.rule("client-test")
        until(lambda: "client-test" not in str(shop.rules()), "the rule is gone", 10)


def test_a_visitor_is_exported_and_erased(stack: SeededStack) -> None:
    """What the visit left behind is handed out, and gone once it is erased."""
    session = f"visit-{uuid4()}"
    with Client(stack.functions.connection) as shop:
        shop.events([looked_at(session, "1082185")])
        [recent] = shop.export(session)["held"]["memory"]
        assert recent["value"][0]["product"] == "1082185"
        erased = shop.erase(session)
        assert (erased["erased"]["memory"], erased["complete"]) == (1, True)
        with pytest.raises(ProblemError, match="404"):
            shop.export(session)


async def test_a_shopper_has_a_say(stack: SeededStack) -> None:
    """Of who does not want to be personalized nothing personal is told; who changes its mind is known again."""
    async with AsyncClient(stack.functions.connection) as shop:
        assert (await shop.shopper("3"))["bought"]
        await shop.personalize("3", allowed=False)
        assert (await shop.shopper("3"))["bought"] == []
        await shop.personalize("3", allowed=True)
        assert (await shop.shopper("3"))["personalize"]


async def test_the_awaited_client(stack: SeededStack) -> None:
    """Answers, and tells problems by field."""
    async with AsyncClient(stack.functions.connection) as shop:
        assert (await shop.recommendations("popular", count=3))["items"]
        with pytest.raises(ProblemError) as caught:
            await shop.recommendations("popular", count=101)
    assert [fault.field for fault in caught.value.errors] == ["count"]
