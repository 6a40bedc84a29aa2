"""Decisions in a real Cosmos container."""

from datetime import timedelta, timezone

from azure.cosmos.aio import DatabaseProxy

from functions.adapters.decision_store import CosmosDecisions
from functions.contracts import DECISIONS
from tests.unit.personalization.shop import NOW
from tests.unit.usecases.decisions import decision

NOON_IN_TOKYO = NOW.astimezone(timezone(timedelta(hours=9)))
"""Its text is that of a later hour."""


async def test_decisions_are_found_by_shopper_and_by_offer(database: DatabaseProxy) -> None:
    """Newest first and no more than asked for; written again they are the same."""
    log = CosmosDecisions(database.get_container_client(DECISIONS.name))
    made = [decision(1), decision(2, offer="full"), decision(3, shopper="ben"), decision(4, degraded=("redis",))]
    for _ in range(2):
        await log.keep(made)
    found = await log.of_shopper("anna", 10)
    assert [(each.id, each.time, each.data) for each in found] == [
        (each.id, each.time, each.data) for each in (made[3], made[1], made[0])
    ]
    assert [each.id for each in await log.of_shopper("anna", 1)] == ["d4"]
    assert await log.shoppers_of("half", 10) == ["anna", "ben", "anna"]
    assert await log.shoppers_of("half", 2) == ["anna", "ben"]
    early = decision(0).model_copy(update={"id": "d0", "time": NOON_IN_TOKYO})
    await log.keep([early])
    assert [each.id for each in await log.of_shopper("anna", 10)] == ["d4", "d2", "d1", "d0"]
    assert await log.shoppers_of("x' OR c.offer != '", 2) == []
