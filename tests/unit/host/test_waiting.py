"""Polling intervals, retry delays and limits on parallel requests."""

import asyncio
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from local.host.functions import RetryPolicy
from local.host.http.throttle import Throttle, TooManyRequestsError
from local.host.queues.backoff import Backoff


@given(st.floats(0.1, 60), st.integers(0, 2**32))
def test_polling_slows_down_to_its_limit(high: float, seed: int) -> None:
    """Waits stay between 100 ms and the limit, grow over time and reach the limit."""
    backoff = Backoff(0.1, high, random.Random(seed))
    waits = [backoff.next() for _ in range(20)]
    assert all(0.1 <= wait <= max(high, 0.1) for wait in waits)
    assert waits[-1] == max(high, 0.1)
    backoff.found()
    assert backoff.next() <= 0.12


@given(st.integers(-1, 5), st.integers(0, 100), st.floats(0.01, 5), st.floats(5, 60))
def test_retries_stay_within_their_policy(limit: int, retries: int, shortest: float, longest: float) -> None:
    """A policy of -1 never ends, and delays never leave their bounds."""
    exponential = RetryPolicy(limit, exponential=True, shortest=shortest, longest=longest)
    assert exponential.allows(retries) == (limit == -1 or retries < limit)
    assert shortest <= exponential.delay(retries) <= longest
    assert RetryPolicy(limit, exponential=False, shortest=shortest, longest=shortest).delay(retries) == shortest


async def test_requests_beyond_the_limit_are_refused() -> None:
    """One runs, one waits, the third is refused; afterwards all is free again."""
    throttle, order = Throttle(concurrent=1, outstanding=2), list[str]()
    inside, leave = asyncio.Event(), asyncio.Event()

    async def request(name: str) -> None:
        async with throttle:
            order.append(name)
            inside.set()
            await leave.wait()

    first, second = asyncio.create_task(request("first")), asyncio.create_task(request("second"))
    await inside.wait()
    with pytest.raises(TooManyRequestsError):
        await request("third")
    assert order == ["first"]
    leave.set()
    await asyncio.gather(first, second)
    await request("fourth")
    assert order == ["first", "second", "fourth"]
