"""Several questions at once."""

import asyncio

import pytest

from functions.usecases.together import together


async def at_hand(value: str) -> str:
    return value


async def late(value: str, log: list[str]) -> str:
    log.append(f"{value} asked")
    await asyncio.sleep(0)
    log.append(f"{value} answered")
    return value


async def refused() -> str:
    raise KeyError("no")


async def test_what_is_at_hand_is_answered_without_a_turn_of_the_event_loop() -> None:
    """A task that waits for its turn does not get it before the answers are there."""
    order: list[str] = []
    other = asyncio.ensure_future(late("other", order))
    assert await together(at_hand("a"), at_hand("b")) == ("a", "b")
    order.append("together")
    await other
    assert order == ["together", "other asked", "other answered"]


async def test_those_that_wait_wait_at_the_same_time() -> None:
    """All are asked before the first one answers, and the results are in the order of the questions."""
    log: list[str] = []
    assert await together(late("a", log), at_hand("b"), late("c", log)) == ("a", "b", "c")
    assert log == ["a asked", "c asked", "a answered", "c answered"]


async def test_an_error_is_the_callers() -> None:
    """What one raises is raised, once the others have answered."""
    with pytest.raises(KeyError):
        await together(at_hand("a"), refused())
    log: list[str] = []
    with pytest.raises(KeyError):
        await together(late("a", log), refused())
    assert log == ["a asked", "a answered"]
