"""Values kept for a bounded age."""

import asyncio

import pytest

from functions.adapters.refreshed import HARD_BOUND, MIN_PAUSE, Refreshed
from functions.usecases.ports import StoreUnavailableError

AGE = 60.0


class Source:
    """Gives 1, 2, 3, ...; fails while it is `down`; waits while it is `held`."""

    def __init__(self) -> None:
        self.time = 0.0
        self.loads = 0
        self.down = False
        self.held = asyncio.Event()
        self.held.set()
        self.value = Refreshed("value", self.load, AGE, lambda: self.time)

    async def load(self) -> int:
        self.loads += 1
        await self.held.wait()
        if self.down:
            raise StoreUnavailableError("down")
        return self.loads

    async def get(self) -> int:
        """The value, and time for a refresh to happen."""
        value = await self.value.get()
        await self.value.settled()
        return value


async def test_a_fresh_value_is_not_loaded_again() -> None:
    """One load serves until the value is old."""
    source = Source()
    assert [await source.get() for _ in range(3)] == [1, 1, 1]
    source.time = AGE - 1
    assert (await source.get(), source.loads) == (1, 1)


async def test_an_old_value_is_served_while_it_is_refreshed() -> None:
    """The caller that finds it old does not wait."""
    source = Source()
    await source.get()
    source.time = AGE
    source.held.clear()
    assert [await source.value.get() for _ in range(3)] == [1, 1, 1]
    source.held.set()
    await source.value.settled()
    assert (await source.get(), source.loads) == (2, 2)


async def test_first_callers_share_a_load() -> None:
    """However many come at once, the source is asked once."""
    source = Source()
    assert await asyncio.gather(*(source.value.get() for _ in range(50))) == [1] * 50


async def test_a_caller_that_gives_up_does_not_stop_the_load() -> None:
    """The others still get the value."""
    source = Source()
    source.held.clear()
    first, second = (asyncio.create_task(source.value.get()) for _ in range(2))
    await asyncio.sleep(0)
    first.cancel()
    source.held.set()
    assert await second == 1


async def test_a_failed_refresh_keeps_the_value(caplog: pytest.LogCaptureFixture) -> None:
    """It is logged, and not tried again before a pause."""
    source = Source()
    await source.get()
    source.time, source.down = AGE, True
    assert [await source.get() for _ in range(5)] == [1] * 5
    assert source.loads == 2
    assert "The value could not be loaded: down" in caplog.text
    source.time += MIN_PAUSE
    source.down = False
    assert (await source.get(), await source.get()) == (1, 3)


async def test_past_the_hard_bound_the_value_is_gone() -> None:
    """What is too old is not served; when the source is back, the caller waits for the new value."""
    source = Source()
    await source.get()
    source.time, source.down = HARD_BOUND * AGE, True
    with pytest.raises(StoreUnavailableError):
        await source.value.get()
    source.down = False
    assert await source.get() == 3


async def test_without_a_value_each_call_tries() -> None:
    """A process that starts during an outage works as soon as it is over."""
    source = Source()
    source.down = True
    with pytest.raises(StoreUnavailableError):
        await source.value.get()
    source.down = False
    assert await source.get() == 2


async def test_a_renewed_value_was_loaded_after_it_was_asked_for() -> None:
    """Neither the one at hand nor one that is under way is good enough."""
    source = Source()
    await source.get()
    source.time = AGE
    source.held.clear()
    assert await source.value.get() == 1  # sets off the second load
    renewed = asyncio.create_task(source.value.renewed())
    await asyncio.sleep(0)
    source.held.set()
    assert await renewed == 3
    assert await source.get() == 3
