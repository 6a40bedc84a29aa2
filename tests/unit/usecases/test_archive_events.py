"""The promise of the lake: each event once, for any boundaries of deliveries, any kill, and any reader."""

import asyncio
import random
from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from functions.events import to_json_batch
from functions.lake.blobs import LakeUnavailableError
from functions.lake.manifest import DEAD_LETTER, EVENTS
from functions.lake.rows import Message, read
from functions.usecases.archive_events import ArchiveEvents
from functions.usecases.compact_lake import CompactLake
from tests.unit.analytics.shop_events import view
from tests.unit.usecases.lake_fakes import FakeLake, KilledError, Place

START = datetime(2026, 2, 28, 22, 50, tzinfo=UTC)


def log_of(count: int, seed: int) -> list[Message]:
    """A partition from before midnight on: messages of one event and of many, some of which are none."""
    choose, at, messages = random.Random(seed), START, list[Message]()
    for sequence in range(count):
        at += timedelta(minutes=choose.choice([0, 1, 2, 15]))
        events = [view(f"e{sequence}-{number}") for number in range(choose.randint(1, 3))]
        body = to_json_batch(events) if len(events) > 1 else choose.choice([*events * 3, b"broken"])
        messages.append(Message(sequence, at, body))
    return messages


def places(messages: Sequence[Message]) -> set[Place]:
    """The events of messages of partition 0."""
    return {("0", row.sequence, row.position) for row in read(messages)[0]}


def archiver(lake: FakeLake) -> ArchiveEvents:
    """A process that has just been started."""
    return ArchiveEvents(lake, lambda: lake.now.timestamp())  # noqa: PLW0108 - it goes on


def compactor(lake: FakeLake) -> CompactLake:
    """The timer's process; every id is new."""
    numbers = iter(range(10**6))
    return CompactLake(lake, 5, lambda: lake.now, lambda: f"{id(numbers):x}{next(numbers)}")


async def test_what_is_delivered_is_there_at_once() -> None:
    """By date and hour of arrival, with what is none beside it; delivered again, it changes nothing."""
    lake, log = FakeLake(), log_of(40, seed=1)
    process = archiver(lake)
    first = await process.archive("0", log)
    before = dict(lake.blobs)
    again = await process.archive("0", log)
    assert set(lake.events()) == places(log)
    assert first.events == len(places(log))
    assert len(first.dead_letters) == sum(message.body == b"broken" for message in log) > 0
    assert (again.events, again.dead_letters) == (0, ())
    assert lake.blobs == before
    paths = [entry.path for manifest in lake.manifests() for entry in manifest.files]
    assert any(path.startswith(f"{EVENTS}/date=2026-02-28/hour=23/partition=0/") for path in paths)
    assert any(path.startswith(f"{DEAD_LETTER}/date=") for path in paths)
    assert {manifest.path for manifest in lake.manifests()} >= {
        "manifest/date=2026-02-28/0.json",
        "manifest/date=2026-03-01/0.json",
    }


async def test_a_manifest_that_is_always_changed_is_not_fought_for_for_ever() -> None:
    """The delivery fails, and comes again."""
    lake, log = FakeLake(), log_of(60, seed=2)
    other, others = archiver(lake), iter(range(1, 60))

    async def meddled(path: str, data: bytes, version: str | None) -> str:
        if path == "manifest/date=2026-02-28/0.json":
            lake.replace = replace  # type: ignore[method-assign]
            await other.archive("0", log[: next(others)])
            lake.replace = meddled  # type: ignore[method-assign]
        return await replace(path, data, version)

    replace, lake.replace = lake.replace, meddled  # type: ignore[method-assign]
    with pytest.raises(LakeUnavailableError, match="was changed 10 times"):
        await archiver(lake).archive("0", log[15:])


async def test_files_that_took_too_long_are_not_relied_upon() -> None:
    """They may have been swept meanwhile: the delivery comes again."""
    lake, ticks = FakeLake(), iter([0.0, 1_000.0])
    with pytest.raises(LakeUnavailableError, match="not written in time"):
        await ArchiveEvents(lake, lambda: next(ticks)).archive("0", log_of(3, seed=1))
    assert not lake.manifests()


STEPS = st.lists(
    st.tuples(
        st.sampled_from(["deliver", "deliver", "deliver", "compact", "wait"]),
        st.integers(0, 12),  # how far before the checkpoint a delivery begins
        st.integers(1, 25),  # messages
        st.integers(-1, 12),  # operation at which it is killed, or the storage fails
        st.booleans(),  # whether that operation was done nevertheless
        st.booleans(),  # killed, or failed
    ),
    max_size=12,
)


@settings(max_examples=50)
@given(steps=STEPS, seed=st.integers(0, 5))
def test_however_deliveries_are_cut_and_processes_killed_each_event_is_there_once(
    steps: list[tuple[str, int, int, int, bool, bool]], seed: int
) -> None:
    """What was acknowledged is there after each step, and in the end all of the log is, and nothing else."""
    asyncio.run(_steps(steps, log_of(40, seed)))


async def _steps(steps: list[tuple[str, int, int, int, bool, bool]], log: list[Message]) -> None:
    lake, checkpoint = FakeLake(now=START + timedelta(hours=20)), 0
    process = archiver(lake)
    for kind, back, count, at, done, killed in steps:
        lake.done, lake.kill_at, lake.fail_at = done, (at if killed else -1), (-1 if killed else at)
        delivery = log[max(0, checkpoint - back) :][:count]
        try:
            if kind == "deliver":
                if delivery:
                    await process.archive("0", delivery)
                    checkpoint = max(checkpoint, delivery[-1].sequence + 1)
            elif kind == "compact":
                await compactor(lake).run(60)
            else:
                lake.now += timedelta(minutes=10 + count)
        except (KilledError, LakeUnavailableError) as error:
            process = archiver(lake) if isinstance(error, KilledError) else process
        assert places(log[:checkpoint]) <= set(lake.events()) <= places(log)
    lake.kill_at = lake.fail_at = -1
    await archiver(lake).archive("0", log[checkpoint:])
    assert set(lake.events()) == places(log)
    await _kept_clean(lake, log)


async def _kept_clean(lake: FakeLake, log: list[Message]) -> None:
    """In the end there are only files that a manifest names, one for each hour, kind and partition."""
    for _ in range(3):
        lake.now += timedelta(minutes=20)
        await compactor(lake).run(60)
    assert set(lake.events()) == places(log)
    named = {entry.path for manifest in lake.manifests() for entry in manifest.files}
    assert {path for path in lake.blobs if not path.startswith("manifest")} == named
    assert len({path.rpartition("/")[0] for path in named}) == len(named)


@settings(max_examples=25)
@given(seed=st.integers(0, 10_000))
def test_instances_that_work_at_the_same_time_lose_and_double_nothing(seed: int) -> None:
    """Two that were given the same partition, with boundaries of their own, and two that compact."""
    asyncio.run(_together(random.Random(seed)))


async def _together(choose: random.Random) -> None:
    log = log_of(40, choose.randrange(5))
    lake = FakeLake(now=START + timedelta(hours=20), turns=lambda: choose.randrange(4))

    async def deliver() -> None:
        process, at = archiver(lake), 0
        while at < len(log):
            count = choose.randint(1, 20)
            with suppress(LakeUnavailableError):
                await process.archive("0", log[at : at + count])
                at += count
            assert set(lake.events()) <= places(log)

    async def compact() -> None:
        process = compactor(lake)
        for _ in range(10):
            lake.now += timedelta(minutes=choose.choice([0, 0, 1, 2, 12]))
            with suppress(LakeUnavailableError):
                await process.run(60)
            assert set(lake.events()) <= places(log)

    await asyncio.gather(deliver(), deliver(), compact(), compact())
    assert set(lake.events()) == places(log)
    await _kept_clean(lake, log)


async def test_what_is_too_old_is_deleted() -> None:
    """Whole dates, the manifest first; a date that is as old as allowed stays."""
    lake, log = FakeLake(), log_of(60, seed=1)
    await archiver(lake).archive("0", log)
    lake.now = datetime(2026, 3, 6, 1, tzinfo=UTC)
    await compactor(lake).run(60)
    assert {path.split("/")[1] for path in lake.blobs} == {"date=2026-03-01"}


async def test_expiry_that_was_killed_is_finished() -> None:
    """Files without a manifest are found by their date."""
    log = log_of(60, seed=1)
    for kill_at in range(12):
        lake = FakeLake(kill_at=-1)
        await archiver(lake).archive("0", log)
        lake.now, lake.kill_at = datetime(2026, 4, 1, tzinfo=UTC), kill_at
        with suppress(KilledError):
            await compactor(lake).run(60)
        lake.events()
        lake.kill_at = -1
        await compactor(lake).run(60)
        assert not lake.blobs
