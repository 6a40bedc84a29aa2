"""Values made once."""

import asyncio

import pytest

from functions.adapters.once import Once


class FirstFailsError(Exception):
    """What the first attempt raises."""


async def test_concurrent_first_callers_get_the_same_value() -> None:
    """One client for each process, however many messages arrive at once."""

    async def make() -> object:
        await asyncio.sleep(0)
        return object()

    once = Once(make)
    assert len({id(value) for value in await asyncio.gather(*(once() for _ in range(20)))}) == 1


async def test_after_a_failure_the_next_tries_again() -> None:
    """A model that was not there yet may be there now."""
    attempts: list[None] = []

    async def make() -> int:
        attempts.append(None)
        if len(attempts) == 1:
            raise FirstFailsError
        return len(attempts)

    once = Once(make)
    with pytest.raises(FirstFailsError):
        await once()
    assert [await once(), await once()] == [2, 2]
