"""Rules of lists on a real Cosmos."""

import logging

import pytest
from azure.cosmos.aio import CosmosClient, DatabaseProxy

from functions.adapters.rules_store import CosmosRules
from functions.contracts import RULES
from functions.personalization.curation import NO_CURATION, Rule
from functions.usecases.ports import RuleChangedError, StoreUnavailableError


def rule(rule_id: str, *products: str) -> Rule:
    return Rule(id=rule_id, name=rule_id, kind="exclude", products=products)


@pytest.fixture
def rules(database: DatabaseProxy) -> CosmosRules:
    return CosmosRules(database.get_container_client(RULES.name))


async def test_a_rule_is_kept_and_holds_at_once(rules: CosmosRules) -> None:
    """For whoever wrote it; written again it is the same one, changed."""
    assert await rules.current() == NO_CURATION
    _, new = await rules.write(rule("b", "milk"), None)
    etag, again = await rules.write(rule("b", "soap"), None)
    await rules.write(rule("a", "beer"), None)
    assert (new, again) == (True, False)
    assert [each.id for each in (await rules.current()).rules] == ["a", "b"]
    assert await rules.read("b") == (rule("b", "soap"), etag)
    assert await rules.read("c") is None


async def test_who_read_an_older_rule_does_not_overwrite_it(rules: CosmosRules) -> None:
    """Neither by writing nor by deleting, nor when it is gone."""
    old, _ = await rules.write(rule("a", "milk"), None)
    newer, _ = await rules.write(rule("a", "soap"), old)
    for stale in (old, '"nonsense"'):
        with pytest.raises(RuleChangedError):
            await rules.write(rule("a", "beer"), stale)
        with pytest.raises(RuleChangedError):
            await rules.delete("a", stale)
    with pytest.raises(RuleChangedError):
        await rules.write(rule("b", "beer"), "*")  # any will do, but there is none
    anyone, _ = await rules.write(rule("a", "beer"), "*")
    assert anyone != newer
    newer = anyone
    assert await rules.delete("a", newer)
    assert not await rules.delete("a", None)
    with pytest.raises(RuleChangedError):
        await rules.write(rule("a", "beer"), newer)


async def test_a_document_that_is_no_rule_is_left_out(
    rules: CosmosRules, database: DatabaseProxy, caplog: pytest.LogCaptureFixture
) -> None:
    """With a line in the log; the others hold."""
    await database.get_container_client(RULES.name).upsert_item({"id": "wrong", "kind": "forbid"})
    await rules.write(rule("a", "milk"), None)
    with caplog.at_level(logging.WARNING):
        assert [each.id for each in (await rules.current()).rules] == ["a"]
    assert "wrong" in caplog.text


async def test_a_shop_that_was_seeded_before_there_were_rules_has_none(
    cosmos_client: CosmosClient, caplog: pytest.LogCaptureFixture
) -> None:
    """And says once how to get them, however often it is asked; none can be written."""
    database = await cosmos_client.create_database("before-rules")
    try:
        rules = CosmosRules(database.get_container_client(RULES.name), max_age=0.0)
        with caplog.at_level(logging.WARNING):
            for _ in range(3):
                assert await rules.current() == NO_CURATION
                await rules.settled()
        assert caplog.text.count("seed the shop again") == 1
        with pytest.raises(StoreUnavailableError, match="seed the shop again"):
            await rules.write(rule("a", "milk"), None)
        assert not await rules.delete("a", None)
    finally:
        await cosmos_client.delete_database("before-rules")
