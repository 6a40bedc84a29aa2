"""Shoppers are taken out of the lake: all of theirs, and nothing of others."""

import asyncio
import json
from datetime import UTC, datetime, timedelta
from itertools import batched

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from functions.lake import rows
from functions.lake.blobs import LakeUnavailableError
from functions.lake.manifest import DEAD_LETTER
from functions.lake.rows import Message
from functions.usecases.archive_events import ArchiveEvents
from functions.usecases.compact_lake import CompactLake
from functions.usecases.erase_from_lake import EraseFromLake
from functions.usecases.ports import StoreUnavailableError
from tests.unit.analytics.shop_events import view
from tests.unit.usecases.lake_fakes import FakeLake, KilledError

START = datetime(2026, 2, 28, 20, tzinfo=UTC)
SHOPPERS = ("anna", "ben", "anna-2")
BROKEN = json.dumps({"type": "view_item", "subject": "anna", "id": "not an id"})


def log_of(count: int, start: datetime = START) -> list[Message]:
    """Events of shoppers in turn, over some hours and midnight, and what is none of one of them."""
    bodies = [view(f"e{number}", shopper=SHOPPERS[number % 3]) for number in range(count)]
    bodies[count // 2] = BROKEN.encode()
    return [Message(number, start + timedelta(minutes=10 * number), body) for number, body in enumerate(bodies)]


async def lake_of(log: list[Message], now: datetime = START + timedelta(hours=12)) -> FakeLake:
    """A lake that holds a log, in many files."""
    lake = FakeLake(now=now)
    archive = ArchiveEvents(lake, lake.now.timestamp)
    for delivery in batched(log, 4, strict=False):
        await archive.archive("0", delivery)
    return lake


def eraser(lake: FakeLake) -> EraseFromLake:
    """A process that has just been started; every id is new."""
    numbers = iter(range(10**6))
    return EraseFromLake(lake, lambda: lake.now, lambda: f"{id(numbers):x}{next(numbers)}")


def subjects(lake: FakeLake) -> set[str]:
    """Whose events a reader sees."""
    return {row.subject for row in lake.events().values()}


def mentions(lake: FakeLake, text: str) -> list[str]:
    """The blobs in which a text stands anywhere, the insides of Parquet files included."""
    found = []
    for path, (data, _, _) in lake.blobs.items():
        content = str(list(rows.from_file(data))) if path.endswith(".parquet") else data.decode()
        if f'"{text}"' in content or f"'{text}'" in content or f'\\"{text}\\"' in content:
            found.append(path)
    return found


async def test_who_is_erased_is_in_no_file_any_more() -> None:
    """After the pass nobody sees the shopper, and once readers had their time no blob names the shopper."""
    log = log_of(40)
    lake = await lake_of(log)
    others = {place: row for place, row in lake.events().items() if row.subject != "anna"}
    assert len(mentions(lake, "anna")) > 5
    await eraser(lake).note("anna")
    lake.now += timedelta(minutes=20)
    assert await eraser(lake).run(60) > 0
    assert lake.events() == others
    assert not [one for manifest in lake.manifests() for one in manifest.files if one.kind == DEAD_LETTER]
    lake.now += timedelta(minutes=20)
    await CompactLake(lake, 5, lambda: lake.now, lambda: "new").run(60)
    assert mentions(lake, "anna") == []
    assert lake.events() == others
    assert not [path for path in lake.blobs if path.startswith("erasures/")]
    assert await eraser(lake).run(60) == 0


async def test_what_is_delivered_again_stays_erased() -> None:
    """The manifest still says that the messages were there."""
    log = log_of(40)
    lake = await lake_of(log)
    await eraser(lake).note("anna")
    lake.now += timedelta(minutes=20)
    await eraser(lake).run(60)
    await ArchiveEvents(lake, lake.now.timestamp).archive("0", log)
    assert subjects(lake) == {"ben", "anna-2"}


async def test_an_erasure_waits_for_what_is_on_its_way() -> None:
    """What arrived before the request and was archived after it is erased; what arrived later is another person's."""
    lake = await lake_of([], now=START)
    await eraser(lake).note("anna")
    assert await eraser(lake).run(60) == 0
    shoppers = {"before": "anna", "other": "ben", "after": "anna"}
    log = [
        Message(number, START + timedelta(seconds=number // 2), view(event_id, shopper=shopper))
        for number, (event_id, shopper) in enumerate(shoppers.items())
    ]
    await ArchiveEvents(lake, lake.now.timestamp).archive("0", log)
    lake.now += timedelta(minutes=20)
    assert await eraser(lake).run(60) == 1
    assert {row.id for row in lake.events().values()} == {"other", "after"}


async def test_a_request_during_a_pass_is_not_lost() -> None:
    """It is done by the next pass, be it for the same shopper again."""
    lake = await lake_of(log_of(40))
    await eraser(lake).note("anna")
    lake.now += timedelta(minutes=20)
    assert await eraser(lake).run(0) == 0
    assert "erasures/pass.json" in lake.blobs
    for shopper in ("anna", "ben"):
        await eraser(lake).note(shopper)
    await eraser(lake).run(60)
    assert subjects(lake) == {"ben", "anna-2"}
    lake.now += timedelta(minutes=20)
    await eraser(lake).run(60)
    assert subjects(lake) == {"anna-2"}
    assert not [path for path in lake.blobs if path.startswith("erasures/")]


async def test_a_storage_that_is_away_is_told() -> None:
    """As of every other place: then the erasure is sent again."""
    lake = await lake_of([])
    lake.fail_at = 0
    with pytest.raises(StoreUnavailableError, match="the storage is away"):
        await eraser(lake).note("anna")


@settings(max_examples=40)
@given(
    faults=st.lists(st.tuples(st.integers(0, 40), st.booleans(), st.booleans(), st.booleans()), max_size=5),
    seconds=st.sampled_from([0, 60]),
)
def test_whoever_is_killed_all_of_theirs_and_nothing_else_is_erased(
    faults: list[tuple[int, bool, bool, bool]], seconds: int
) -> None:
    """At every moment others' events are there once; in the end none of the shopper's is."""
    asyncio.run(_killed(faults, seconds))


async def _killed(faults: list[tuple[int, bool, bool, bool]], seconds: int) -> None:
    lake = await lake_of(log_of(30))
    everything = lake.events()
    others = {place: row for place, row in everything.items() if row.subject != "anna"}
    await eraser(lake).note("anna")
    lake.now += timedelta(minutes=20)
    numbers = iter(range(1_000))
    for at, done, killed, compacting in faults:
        lake.done, lake.kill_at, lake.fail_at = done, (at if killed else -1), (-1 if killed else at)
        try:
            if compacting:
                await CompactLake(lake, 5, lambda: lake.now, lambda: f"c{next(numbers)}").run(60)
            else:
                await eraser(lake).run(seconds)
        except (KilledError, LakeUnavailableError):
            lake.now += timedelta(minutes=1)
        assert others.items() <= lake.events().items() <= everything.items()
    lake.kill_at = lake.fail_at = -1
    await eraser(lake).run(60)
    assert lake.events() == others
