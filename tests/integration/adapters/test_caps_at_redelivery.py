"""Caps in Redis when a queue delivers an action twice."""

from datetime import UTC, datetime

from functions.adapters.memory import RedisMemories, connect
from functions.events import VisitEvent, decision_id
from local.stack.process import Process

NOW = datetime.now(UTC)


def _visit(event_id: str) -> VisitEvent:
    return VisitEvent(id=event_id, source="/test", subject="cap-at-redelivery", time=NOW)


async def test_the_offer_of_an_action_does_not_count_against_itself(valkey: Process) -> None:
    """At the second delivery the action's own offer is left out, for every other action it is counted."""
    redis = connect(valkey.connection)
    memories = RedisMemories(redis)
    try:
        await memories.offer_made("cap-at-redelivery", "milk-offer", decision_id("a1"), NOW)
        again, other = await memories.recall(_visit("a1")), await memories.recall(_visit("a2"))
        assert (again.offered, other.offered) == ({}, {"milk-offer": 1})
    finally:
        await redis.aclose()
