"""Events for one partition that come faster than they go."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.adapters.gathered import MOST_BYTES, Gathered, Parcel
from functions.events import MOST_TOGETHER


@dataclass
class Hub:
    """Takes messages, each when it is let; does not accept those that hold what it refuses."""

    refuses: bytes = b""
    let: asyncio.Event = field(default_factory=asyncio.Event)
    messages: list[list[bytes]] = field(default_factory=list)
    under_way: int = 0

    async def __call__(self, texts: Sequence[bytes]) -> None:
        self.messages.append([*texts])
        self.under_way += 1
        assert self.under_way == 1
        await self.let.wait()
        self.under_way -= 1
        if self.refuses in texts:
            raise OSError("away")


def parcel(*texts: bytes) -> Parcel:
    """A caller's events."""
    made = Parcel()
    for text in texts:
        made.add(text.decode(), text)
    return made


async def put(hub: Hub, *parcels: Parcel) -> list[Exception | None]:
    """What became of parcels that came while the first was under way."""
    gathered = Gathered(hub)
    first = gathered.put(parcels[0])
    await asyncio.sleep(0)
    futures = [first, *map(gathered.put, parcels[1:])]
    await asyncio.sleep(0)
    hub.let.set()
    return await asyncio.gather(*futures)


async def test_what_comes_while_a_message_is_under_way_goes_together() -> None:
    """The first waits for nobody, and all keep their order."""
    hub = Hub()
    assert await put(hub, parcel(b"a", b"b"), parcel(b"c"), parcel(b"d", b"e")) == [None] * 3
    assert hub.messages == [[b"a", b"b"], [b"c", b"d", b"e"]]


async def test_each_is_told_what_became_of_its_own_message() -> None:
    """Those of one message share its fate, those of the others do not."""
    hub = Hub(refuses=b"b")
    large = b"x" * MOST_BYTES
    first, second, third, fourth = await put(hub, parcel(b"a"), parcel(b"b"), parcel(b"c"), parcel(large))
    assert (first, fourth) == (None, None)
    assert [str(second), str(third)] == ["away", "away"]


async def test_who_goes_away_takes_nobody_along() -> None:
    """What a caller had sent is sent all the same, and the others are told."""
    hub = Hub()
    gathered = Gathered(hub)
    gone, staying = gathered.put(parcel(b"a")), gathered.put(parcel(b"b"))
    gone.cancel()
    hub.let.set()
    assert await staying is None
    assert hub.messages == [[b"a", b"b"]]


async def test_after_a_pause_it_goes_on() -> None:
    """Nothing under way, the next one starts again."""
    hub = Hub()
    hub.let.set()
    gathered = Gathered(hub)
    for _ in range(2):
        assert await gathered.put(parcel(b"a")) is None
        await asyncio.sleep(0)
    assert hub.messages == [[b"a"], [b"a"]]


@given(st.lists(st.tuples(st.integers(1, MOST_TOGETHER), st.integers(1, 400)), min_size=1, max_size=12))
def test_no_message_is_too_large_and_nothing_is_lost(shapes: list[tuple[int, int]]) -> None:
    """However many parcels come, of whatever size, all go in their order."""
    hub, parcels = Hub(), [parcel(*[b"x" * size] * count) for count, size in shapes]
    assert asyncio.run(put(hub, *parcels)) == [None] * len(parcels)
    assert [text for message in hub.messages for text in message] == [text for each in parcels for text in each.texts]
    assert all(len(message) <= MOST_TOGETHER and sum(map(len, message)) <= MOST_BYTES for message in hub.messages)


@pytest.mark.parametrize(("count", "size"), [(1, MOST_BYTES), (MOST_TOGETHER, 1)])
def test_a_full_parcel_takes_no_more(count: int, size: int) -> None:
    """By bytes or by number; an empty one takes anything."""
    full = parcel(*[b"x" * size] * count)
    assert not full.takes(1, 1)
    assert Parcel().takes(count + 1, size + 1)
