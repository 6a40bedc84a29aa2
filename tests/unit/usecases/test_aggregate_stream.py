"""The aggregation under a trigger, and that only one way of aggregating works at a time."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from functions.analytics.fold import Received
from functions.analytics.partition import Checkpoint
from functions.usecases.aggregate import Aggregation
from functions.usecases.aggregate_stream import REFRESH, StreamAggregation, Tending
from functions.usecases.claim import LASTS, ModeGuard
from functions.usecases.partition_work import HEARTBEAT
from functions.usecases.ports import StoreUnavailableError
from functions.usecases.stream_ports import Claim, Mode
from tests.unit.analytics.shop_events import NOW, bodies, counted, log_of, plain_count, view
from tests.unit.usecases.stream_fakes import FakeHot, FakeLog, FakeMetrics, KilledError

HUB = "events-0"


class World:
    """A partition, the store, and instances that get its events."""

    def __init__(self, events: Sequence[bytes]) -> None:
        self.log, self.store, self.now = FakeLog({HUB: log_of(events)}), FakeMetrics(), NOW * 60.0

    @property
    def records(self) -> list[Received]:
        """The partition."""
        return self.log.partitions[HUB]

    def instance(self) -> StreamAggregation:
        """An instance that has just started."""
        return StreamAggregation(self.log, self.store, lambda: self.now)

    async def take(self, instance: StreamAggregation, first: int, last: int) -> None:
        """The trigger brings the events from one to before another."""
        await instance.take(HUB, self.records[first:last], {"p1": "GROCERY"}.get)

    async def checkpoint(self) -> Checkpoint:
        """How far it is."""
        return (await self.store.checkpoints())[HUB]


batches = st.lists(st.tuples(st.integers(0, 80), st.integers(1, 20), st.booleans(), st.integers(0, 9)), max_size=12)


@settings(max_examples=60, deadline=None)
@given(bodies(), batches)
def test_any_batches_give_the_plain_count(events: list[bytes], deliveries: list[tuple[int, int, bool, int]]) -> None:
    """Left out, brought twice, in any order, to either of two instances that die: each event counts once."""
    world = World(events)
    asyncio.run(_deliver(world, deliveries))
    stored = [(one.minute, one.window) for one in world.store.stored(HUB)]
    assert counted(stored) == plain_count(events)


async def _deliver(world: World, deliveries: list[tuple[int, int, bool, int]]) -> None:
    instances = [world.instance(), world.instance()]
    for start, length, which, kill in deliveries:
        first = start % len(world.records)
        left = iter(range(kill, -1, -1))
        world.store.killed = lambda _, left=left: next(left, 1) == 0  # type: ignore[misc]
        with suppress(KilledError):
            await world.take(instances[which], first, min(first + length, len(world.records)))
            continue
        instances[which] = world.instance()
    world.store.killed = lambda _: False
    await world.take(world.instance(), len(world.records) - 1, len(world.records))


async def test_what_a_failed_batch_left_out_is_read_before_the_next() -> None:
    """The trigger goes on after a failure; what counts is our checkpoint."""
    world = World([view(str(number)) for number in range(9)])
    instance = world.instance()
    await world.take(instance, 0, 3)
    world.store.down = True
    with pytest.raises(StoreUnavailableError):
        await world.take(instance, 3, 6)
    world.store.down = False
    await world.take(instance, 6, 9)
    assert ((await world.checkpoint()).counted, (await world.checkpoint()).duplicates) == (9, 0)


async def test_a_log_that_was_made_anew_is_counted() -> None:
    """Lower numbers that arrived later are new events; a batch that comes again is not."""
    world = World([view(str(number)) for number in range(9)])
    instance = world.instance()
    await world.take(instance, 0, 9)
    await world.take(instance, 0, 4)
    assert (await world.checkpoint()).sequence == 8
    world.log.partitions[HUB] = log_of([view("new", minute=NOW + 9)], arrived=NOW + 9)
    await world.take(instance, 0, 1)
    assert ((await world.checkpoint()).sequence, (await world.checkpoint()).counted) == (0, 10)


async def test_timer_and_trigger_can_take_turns() -> None:
    """Whoever goes on finds where the other stopped."""
    world = World([view(str(number)) for number in range(9)])
    await world.take(world.instance(), 0, 4)
    await Aggregation(world.log, world.store, FakeHot(), lambda: world.now).run({"p1": "GROCERY"}.get, 8)
    await world.take(world.instance(), 2, 9)
    assert ((await world.checkpoint()).counted, (await world.checkpoint()).duplicates) == (9, 0)


async def test_what_no_event_comes_for_is_tended() -> None:
    """Idle partitions tell that they are looked after; rankings follow what all instances write."""
    world, hot = World([view("1"), view("2")]), FakeHot()
    tending = Tending(world.log, world.store, hot, lambda: world.now)
    await world.take(world.instance(), 0, 1)
    await tending({"p1": "GROCERY"}.get, 8)
    assert hot.ranking is not None
    assert hot.ranking.trending["day"] == {"p1": 1}
    await world.take(world.instance(), 1, 2)
    world.now += HEARTBEAT
    assert world.now - (await world.checkpoint()).checked >= REFRESH
    await tending({"p1": "GROCERY"}.get, 8)
    assert hot.ranking.trending["day"] == {"p1": 2}
    assert (await world.checkpoint()).checked == world.now


async def test_what_the_last_batch_for_hours_left_out_is_counted() -> None:
    """A batch that failed is not forgotten for want of a next one."""
    world = World([view(str(number)) for number in range(9)])
    await world.take(world.instance(), 0, 4)
    tending = Tending(world.log, world.store, FakeHot(), lambda: world.now)
    await tending({"p1": "GROCERY"}.get, 8)
    assert ((await world.checkpoint()).counted, (await world.checkpoint()).lag) == (4, 5)
    world.now += HEARTBEAT
    await tending({"p1": "GROCERY"}.get, 8)
    assert ((await world.checkpoint()).counted, (await world.checkpoint()).lag) == (9, 0)


class FakeClaims:
    """A claim; `faster` writes before whoever writes next."""

    def __init__(self) -> None:
        self.claim: Claim | None = None
        self.writes = 0
        self.faster: Mode | None = None

    async def read(self) -> Claim | None:
        return self.claim

    async def write(self, mode: Mode, until: float, before: Claim | None) -> bool:
        if self.faster is not None:
            self.claim, self.faster = Claim(self.faster, until, "faster"), None
        if self.claim != before:
            return False
        self.writes += 1
        self.claim = Claim(mode, until, str(self.writes))
        return True


async def test_only_one_way_of_aggregating_works_at_a_time(caplog: pytest.LogCaptureFixture) -> None:
    """The other stands back, says so, and takes over when the claim is not renewed any more."""
    claims, now = FakeClaims(), 0.0
    timer, stream = (ModeGuard(claims, lambda: now) for _ in range(2))
    assert await timer.admits("timer")
    assert not await stream.admits("stream")
    assert "The stream stands back: the timer aggregates" in caplog.text
    now = LASTS - 1
    assert await timer.admits("timer")
    now = LASTS + 1
    assert not await stream.admits("stream")
    now = 3 * LASTS
    assert await stream.admits("stream")
    assert not await timer.admits("timer")


async def test_instances_of_one_way_share_the_claim_and_seldom_write_it() -> None:
    """All instances of the trigger work; the store is asked twice a minute."""
    claims, now = FakeClaims(), 0.0
    first, second = (ModeGuard(claims, lambda: now) for _ in range(2))
    for moment in range(0, 120, 5):
        now = float(moment)
        assert await first.admits("stream")
        assert await second.admits("stream")
    assert claims.writes <= 5


@pytest.mark.parametrize(("faster", "admitted"), [("timer", True), ("stream", False)])
async def test_of_two_that_claim_at_once_the_faster_wins(faster: Mode, admitted: bool) -> None:
    """The slower one works as well only if it is of the same way."""
    claims = FakeClaims()
    claims.faster = faster
    assert await ModeGuard(claims, lambda: 0.0).admits("timer") == admitted
