"""Windows and checkpoints in a real Cosmos."""

import time
from datetime import UTC, datetime, timedelta

import pytest
from azure.cosmos.aio import ContainerProxy

from functions.adapters.metrics_store import CosmosMetrics
from functions.analytics.partition import State, Step, advance, roll
from functions.usecases.metrics_query import MetricsQuery
from functions.usecases.metrics_range import MetricsRanges
from functions.usecases.read_metrics import ReadMetrics
from functions.usecases.roll_up import next_rollups
from functions.usecases.stream_ports import CheckpointConflictError, Parked
from tests.unit.analytics.shop_events import counted, decision, log_of, plain_count, view

NOW = int(time.time()) // 60
"""Cosmos ages documents by its own clock: these tests happen now."""


def step(state: State, *bodies: bytes, arrived: int = NOW) -> Step:
    """The step that takes the bodies, whose events happened when they arrived."""
    return advance(state, log_of(bodies, arrived, state.checkpoint.sequence + 1), {"p1": "GROCERY"}.get)


async def test_what_was_committed_is_loaded(metrics: ContainerProxy) -> None:
    """Another process goes on exactly where this one stopped, duplicates included."""
    store = CosmosMetrics(metrics)
    first = step(State(), view("1", minute=NOW), view("2", minute=NOW - 3))
    version = await store.commit("events-0", first, None)
    second = step(first.state, view("3", minute=NOW), view("1", minute=NOW))
    version = await store.commit("events-0", second, version)
    loaded = await store.load("events-0")
    assert loaded.version == version
    assert (loaded.state.checkpoint, loaded.state.parts) == (second.state.checkpoint, second.state.parts)
    again = step(loaded.state, view("2", minute=NOW), view("3", minute=NOW), view("4", minute=NOW))
    assert (again.tally.counted, again.tally.duplicates) == (1, 2)


async def test_a_checkpoint_that_moved_on_refuses_everything(metrics: ContainerProxy) -> None:
    """Of two instances that started from the same checkpoint, the second writes neither windows nor ids."""
    store = CosmosMetrics(metrics)
    version = await store.commit("events-0", step(State(), view("1", minute=NOW)), None)
    state = (await store.load("events-0")).state
    await store.commit("events-0", step(state, view("2", minute=NOW)), version)
    with pytest.raises(CheckpointConflictError):
        await store.commit("events-0", step(state, view("3", minute=NOW), view("4", minute=NOW - 1)), version)
    windows = await store.windows(NOW - 60, NOW + 1)
    assert [(one.minute, one.window.product_views.total()) for one in windows] == [(NOW, 2)]


async def test_what_was_parked_is_told_with_its_reason(metrics: ContainerProxy) -> None:
    """How many since a moment, and why the last one was no event."""
    store = CosmosMetrics(metrics)
    begin = datetime.now(UTC) - timedelta(seconds=5)
    assert await store.parked(begin) == Parked()
    await store.commit("events-0", step(State(), b"no event", view("1", minute=NOW), b"[]"), None)
    found = await store.parked(begin)
    assert found.count == 2
    assert found.since is not None
    assert begin <= found.since <= datetime.now(UTC)
    assert found.reason
    assert await store.parked(datetime.now(UTC) + timedelta(minutes=1)) == Parked()


async def test_the_first_checkpoint_is_written_once(metrics: ContainerProxy) -> None:
    """Two instances that both find nothing do not both begin."""
    store = CosmosMetrics(metrics)
    await store.commit("events-0", step(State(), view("1", minute=NOW)), None)
    with pytest.raises(CheckpointConflictError):
        await store.commit("events-0", step(State(), view("1", minute=NOW)), None)


async def test_ids_that_nothing_can_repeat_are_deleted(metrics: ContainerProxy) -> None:
    """Blocks of ids leave the store in the transaction after they left the horizon."""
    store, state, version = CosmosMetrics(metrics), State(), None
    for minute in range(NOW - 60, NOW, 5):
        one = step(state, view(f"e{minute}", minute=minute), arrived=minute)
        version = await store.commit("events-0", one, version)
        state = one.state
    loaded = await store.load("events-0")
    assert [block.last for block in loaded.state.blocks] == [NOW - 25, NOW - 20, NOW - 15, NOW - 10, NOW - 5]


async def test_windows_of_all_partitions_are_found_and_added_up(metrics: ContainerProxy) -> None:
    """Queries go across partitions with plain filters; adding up is ours."""
    store = CosmosMetrics(metrics)
    bodies = [[view("1", minute=NOW), decision("2", minute=NOW)], [view("3", minute=NOW - 2)]]
    for number, part in enumerate(bodies):
        await store.commit(f"events-{number}", step(State(), *part), None)
    answer = await ReadMetrics(store, lambda: datetime.now(UTC))(MetricsQuery())
    assert (answer.totals.views, answer.totals.decisions) == (2, 1)
    assert [one.name for one in answer.departments] == ["GROCERY"]
    assert [one.partition for one in answer.lag.partitions] == ["events-0", "events-1"]


async def test_views_are_read_back_with_their_shoppers(metrics: ContainerProxy) -> None:
    """Running totals can be rebuilt from what was written, hours at a time."""
    store = CosmosMetrics(metrics)
    bodies = [view("1", minute=NOW, shopper="s1"), view("2", "p2", NOW - 1, "s2"), decision("3", minute=NOW)]
    await store.commit("events-0", step(State(), *bodies), None)
    views = await store.views("events-0", NOW - 60, NOW + 1)
    expected = {
        key: number for key, number in plain_count(bodies).items() if key[0] in ("view", "shopper", "shopper made")
    }
    assert counted([(one.minute, one.window) for one in views]) == expected
    assert await store.views("events-0", NOW - 60, NOW - 1) == []


async def test_hours_and_days_are_written_and_read(metrics: ContainerProxy) -> None:
    """A range of days is what its minutes are, whole days and hours of it read as such."""
    store, state, version = CosmosMetrics(metrics), State(), None
    midnight = NOW - NOW % 1440 - 2 * 1440
    for hour in range(0, 40, 3):
        minute = midnight + hour * 60 + 7
        one = step(state, view(f"v{hour}", minute=minute), decision(f"d{hour}", minute=minute), arrived=minute)
        version, state = await store.commit("events-0", one, version), one.state
    while (found := await next_rollups(store, "events-0", state.checkpoint)) is not None:
        one = roll(state, *found)
        version, state = await store.commit("events-0", one, version), one.state
    assert [one.minute for one in await store.rollups("day", 0, 10**6)] == [midnight]
    assert len(await store.rollups("hour", 0, 10**6, "events-0", small=True)) == 13
    ranged = await MetricsRanges(store).read(midnight, NOW + 1, "hour", await store.checkpoints())
    assert (ranged.total.product_views, ranged.total.paths) == ({"p1": 14}, {"warm": 14})
    assert len(ranged.steps) == 14


async def test_what_is_no_event_is_parked_with_its_reason(metrics: ContainerProxy) -> None:
    """Where it lies in the log, and why it was not counted; without a word of what it says."""
    one = step(State(), b"garbage of anna", view("1", minute=NOW + 60))
    await CosmosMetrics(metrics).commit("events-0", one, None)
    parked = await metrics.read_item("parked-1", partition_key="events-0")
    assert [fault["offset"] for fault in parked["faults"]] == ["0", "100"]
    assert ["JSON" in fault["reason"] for fault in parked["faults"]] == [True, False]
    assert "anna" not in str(parked)
    assert parked["ttl"] > 0
