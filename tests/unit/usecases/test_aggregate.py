"""The aggregation over a log and a store that fail in every way they can."""

import asyncio
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from functions.analytics.documents import checkpoint_of
from functions.usecases.aggregate import Aggregation, AggregationError, Cycle
from functions.usecases.partition_work import HEARTBEAT
from tests.unit.analytics.shop_events import NOW, bodies, counted, log_of, plain_count, view
from tests.unit.usecases.stream_fakes import FakeHot, FakeLog, FakeMetrics, KilledError


@dataclass
class World:
    """A log, a store, hot counters, and a clock that stands still unless it is moved."""

    log: FakeLog
    store: FakeMetrics = field(default_factory=FakeMetrics)
    hot: FakeHot = field(default_factory=FakeHot)
    now: float = NOW * 60.0

    def process(self) -> Aggregation:
        """A process that has just started."""
        return Aggregation(self.log, self.store, self.hot, lambda: self.now)

    def count(self) -> Counter[tuple[str, str, int]]:
        """What the store counts."""
        return counted([(one.minute, one.window) for name in self.store.documents for one in self.store.stored(name)])


def world(*partitions: Sequence[bytes]) -> World:
    return World(FakeLog({f"events-{number}": log_of(bodies) for number, bodies in enumerate(partitions)}))


async def cycle(aggregation: Aggregation, seconds: float = 8) -> Cycle:
    return await aggregation.run(lambda _: "GROCERY", seconds)


async def test_it_catches_up_with_every_partition() -> None:
    """One cycle counts all there is and says so."""
    w = world([view("1"), view("2", "p2")], [view("3")], [])
    assert await cycle(w.process()) == Cycle(messages=3, steps=3, lag=0)
    assert w.count()["view", "p1", NOW] == 2


async def test_it_goes_on_from_the_checkpoint() -> None:
    """A later cycle, in the same process or in another, reads only what is new."""
    w = world([view("1")])
    process = w.process()
    await cycle(process)
    w.log.partitions["events-0"] += log_of([view("2")], first=1)
    assert (await cycle(process)).messages == 1
    w.log.partitions["events-0"] += log_of([view("3")], first=2)
    assert (await cycle(w.process())).messages == 1
    assert w.count()["view", "p1", NOW] == 3


@settings(max_examples=50)
@given(bodies(), bodies(), st.lists(st.integers(0, 6), max_size=12), st.integers(1, 9))
def test_killed_at_any_point_it_gives_the_plain_count(
    left: list[bytes], right: list[bytes], kills: list[int], size: int
) -> None:
    """Processes die before or after any transaction, one after the other, and each event still counts once."""
    w = world(left, right)
    w.log.slice = size
    asyncio.run(_killed(w, kills))
    assert w.count() == plain_count(left) + plain_count(right)
    checkpoints = [checkpoint_of(documents["checkpoint"]) for documents in w.store.documents.values()]
    assert sum(one.counted + one.duplicates for one in checkpoints) == len(left) + len(right)


async def _killed(w: World, kills: list[int]) -> None:
    """Start a process for each kill; the last one lives and finishes the work."""
    for moments in kills:
        w.store.killed = _after(moments)
        with suppress(KilledError):
            await cycle(w.process())
    w.store.killed = lambda _: False
    await cycle(w.process())


def _after(moments: int) -> Callable[[bool], bool]:
    """Dies at the moment of this number: the even ones lie before a transaction, the odd ones after it."""
    left = iter(range(moments, -1, -1))
    return lambda _: next(left, 1) == 0


async def test_of_two_instances_one_wins_and_the_other_reloads() -> None:
    """The loser's work is discarded, and what it knew with it."""
    w = world([view("1")])
    first, second = w.process(), w.process()
    await cycle(first)
    await cycle(second)
    w.log.partitions["events-0"] += log_of([view("2")], first=1)
    await cycle(first)
    w.log.partitions["events-0"] += log_of([view("3")], first=2)
    assert (await cycle(second)).messages == 0  # refused: the checkpoint is not the one it knows
    assert (await cycle(second)).messages == 1
    assert w.count()["view", "p1", NOW] == 3


async def test_a_time_limit_ends_a_cycle_between_transactions() -> None:
    """What was not reached is the next cycle's, and nothing is lost."""
    w = world([view(str(n)) for n in range(10)])
    process = w.process()
    assert await cycle(process, seconds=0) == Cycle(messages=3, steps=1, lag=7)
    assert (await cycle(process)).lag == 0
    assert w.count()["view", "p1", NOW] == 10


async def test_a_partition_that_fails_does_not_hold_up_the_others() -> None:
    """The cycle ends with an error that names the partition; the next one goes on where it stopped."""
    w = world([view(str(n)) for n in range(6)], [view("x")])
    w.log.failing = {"events-0"}
    process = w.process()
    with pytest.raises(AggregationError, match="events-0: the connection broke"):
        await cycle(process)
    assert w.count()["view", "p1", NOW] == 4
    w.log.failing = set()
    await cycle(process)
    assert w.count()["view", "p1", NOW] == 7


@pytest.mark.parametrize("what", ["store", "log"])
async def test_a_service_that_is_down_ends_the_cycle_with_an_error(what: str) -> None:
    """Nothing is swallowed: the function fails visibly, and works again when the service does."""
    w = world([view("1")])
    service: FakeMetrics | FakeLog = w.store if what == "store" else w.log
    process = w.process()
    service.down = True
    with pytest.raises(AggregationError, match="is stopped"):
        await cycle(process)
    service.down = False
    assert (await cycle(process)).messages == 1


async def test_without_redis_it_goes_on_and_rebuilds_later(caplog: pytest.LogCaptureFixture) -> None:
    """Hot counters are published from what was committed, whenever Redis is back."""
    w = world([view("1"), view("2")], [view("3", "p2", shopper="s2")])
    process = w.process()
    w.hot.down = True
    assert (await cycle(process)).messages == 3
    assert "Redis is stopped" in caplog.text
    w.hot.down = False
    await cycle(process)
    assert w.hot.ranking is not None
    assert w.hot.ranking.trending == {window: {"p1": 2, "p2": 1} for window in ("minute", "hour", "day")}
    assert w.hot.ranking.top_shoppers == {"s1": 2, "s2": 1}


async def test_a_new_process_publishes_what_the_one_before_had_counted() -> None:
    """Running totals are rebuilt from the windows, and a replay changes nothing."""
    w = world([view("1"), view("2")])
    await cycle(w.process())
    w.hot = FakeHot()
    await cycle(w.process())
    assert w.hot.ranking is not None
    assert w.hot.ranking.trending["day"] == {"p1": 2}


async def test_events_that_retention_deleted_are_counted_as_missed(caplog: pytest.LogCaptureFixture) -> None:
    """A loss is told loudly, and counted once."""
    w = world([view(str(n)) for n in range(5)])
    w.log.partitions["events-0"] = w.log.partitions["events-0"][:2]
    process = w.process()
    await cycle(process)
    w.log.partitions["events-0"] = log_of([view(str(n)) for n in range(10)])
    w.log.first = 6
    await cycle(process)
    await cycle(process)
    assert "4 events (2 to 5) were deleted from the log before they were aggregated" in caplog.text
    checkpoint = (await w.store.checkpoints())["events-0"]
    assert (checkpoint.missed, checkpoint.counted) == (4, 6)


async def test_all_of_a_loss_is_written_down_even_when_nothing_is_left_to_read() -> None:
    """A partition that retention emptied still says what it lost."""
    w = world([view("1"), view("2")])
    w.log.first = 2
    await cycle(w.process())
    await cycle(w.process())
    assert (await w.store.checkpoints())["events-0"].missed == 2


async def test_a_log_that_was_made_anew_is_read_from_its_beginning(caplog: pytest.LogCaptureFixture) -> None:
    """Lower numbers that arrived later than what is known: this is not the log of the checkpoint."""
    w = world([view(str(n)) for n in range(5)])
    process = w.process()
    await cycle(process)
    w.log.partitions["events-0"] = log_of([view("new", minute=NOW + 9)], arrived=NOW + 9)
    assert (await cycle(process)).messages == 1
    assert "it is a new one" in caplog.text


async def test_an_old_answer_about_the_log_is_not_taken_for_a_new_log() -> None:
    """Another instance may be ahead of what the log told us: reading again from the beginning would double all."""
    w = world([view(str(n)) for n in range(5)])
    await cycle(w.process())
    w.log.partitions["events-0"] = w.log.partitions["events-0"][:2]
    assert (await cycle(w.process())).messages == 0
    assert (await w.store.checkpoints())["events-0"].sequence == 4


async def test_invalid_events_are_counted_and_logged(caplog: pytest.LogCaptureFixture) -> None:
    """Each of the first few is logged with its offset and the reason, the rest as a number."""
    w = world([*(b"garbage" for _ in range(8)), view("1")])
    w.log.slice = 100
    await cycle(w.process())
    checkpoint = (await w.store.checkpoints())["events-0"]
    assert (checkpoint.invalid, checkpoint.counted) == (8, 1)
    assert "the event at offset 0 is invalid: event: Invalid JSON" in caplog.text
    assert "and 3 more invalid events up to offset 700" in caplog.text


async def test_an_idle_partition_shows_that_it_is_looked_after() -> None:
    """Its checkpoint is written again after a minute: an old one means that nobody aggregates."""
    w = world([view("1")])
    process = w.process()
    await cycle(process)
    assert (await cycle(process)).steps == 0
    w.now += HEARTBEAT
    assert (await cycle(process)).steps == 1
    assert (await w.store.checkpoints())["events-0"].checked == w.now


async def test_a_transaction_of_uncertain_outcome_is_settled_by_reading() -> None:
    """When the answer to a commit was lost, the next cycle finds out what became of it."""
    w = world([view("1"), view("2")])
    process = w.process()
    w.store.killed = lambda after: after
    with pytest.raises(KilledError):
        await cycle(process)
    w.store.killed = lambda _: False
    await cycle(process)
    assert w.count()["view", "p1", NOW] == 2


async def test_cycles_of_a_process_do_not_overlap() -> None:
    """A cycle that is started by hand while another runs waits for it."""
    w = world([view(str(n)) for n in range(9)])
    process = w.process()
    cycles = await asyncio.gather(cycle(process), cycle(process))
    assert sorted(one.messages for one in cycles) == [0, 9]
