"""What a process tells of its model, and how often."""

from datetime import UTC, datetime, timedelta
from typing import Any, cast

import pytest
from azure.core.exceptions import ServiceRequestError
from azure.cosmos.aio import ContainerProxy

from functions.adapters.model_reports import FORGOTTEN, REPEATED, CosmosModelReports
from functions.analytics.model_documents import status_of

NOON = datetime(2026, 11, 1, 12, tzinfo=UTC)


class FakeContainer:
    """Keeps documents by id and counts the writes; its clock is the process's too."""

    def __init__(self) -> None:
        self.documents: dict[str, dict[str, Any]] = {}
        self.writes = 0
        self.down = False
        self.time = 0.0
        container = cast(ContainerProxy, self)
        self.reports = CosmosModelReports(container, self.now, "host-1", lambda: self.time)

    def now(self) -> datetime:
        return NOON + timedelta(seconds=self.time)

    async def upsert_item(self, document: dict[str, Any]) -> None:
        self.writes += 1
        if self.down:
            raise ServiceRequestError("refused")
        self.documents[document["id"]] = document


async def test_a_process_tells_now_and_then_what_it_serves() -> None:
    """Not with each look, and often enough not to be forgotten."""
    container = FakeContainer()
    for _ in range(int(FORGOTTEN)):
        await container.reports.serving("v1")
        container.time += 1
    assert container.writes == FORGOTTEN / REPEATED
    [told] = container.documents.values()
    assert told["ttl"] == FORGOTTEN > REPEATED


async def test_a_swap_is_told_at_once() -> None:
    """With its time and how many there were."""
    container = FakeContainer()
    await container.reports.serving("v1")
    container.time = 60
    await container.reports.serving("v2")
    [told] = status_of(list(container.documents.values())).instances
    assert (told.name, told.version, told.swaps, told.since) == ("host-1", "v2", 1, container.now())


async def test_failures_are_counted_by_version() -> None:
    """The last reason stays."""
    container = FakeContainer()
    for version, reason in (("v2", "first"), ("v3", "other"), ("v2", "second")):
        await container.reports.failed(version, reason)
    told = {each.version: each for each in status_of(list(container.documents.values())).failures}
    assert (told["v2"].count, told["v2"].reason, told["v3"].count) == (2, "second", 1)


async def test_a_store_that_is_down_fails_nothing(caplog: pytest.LogCaptureFixture) -> None:
    """It is logged, and told with the next look once the store is back."""
    container = FakeContainer()
    container.down = True
    await container.reports.serving("v1")
    await container.reports.failed("v2", "why")
    assert "could not be told" in caplog.text
    container.down = False
    await container.reports.serving("v1")
    assert status_of(list(container.documents.values())).instances[0].version == "v1"
