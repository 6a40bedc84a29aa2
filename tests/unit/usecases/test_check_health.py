"""The health check."""

import asyncio
from itertools import count

from functions.usecases.check_health import MAX_AGE, Dependency, HealthCheck


class Stopwatch:
    """Stands still until it is moved."""

    time = 0.0

    def __call__(self) -> float:
        return self.time


async def test_each_dependency_is_told_by_name() -> None:
    """One that fails does not hide the others."""

    async def fine() -> None:
        return None

    async def broken() -> None:
        raise ConnectionRefusedError

    found = await HealthCheck({"redis": fine, "cosmos": broken}, Stopwatch())()
    assert found == [Dependency("redis", True, 0.0), Dependency("cosmos", False, 0.0)]


async def test_one_that_hangs_is_unhealthy() -> None:
    """No answer within the limit is an answer."""

    async def hanging() -> None:
        await asyncio.Event().wait()

    assert (await HealthCheck({"hub": hanging}, Stopwatch(), limit=0.01)())[0].healthy is False


async def test_asking_often_does_not_load_the_dependencies() -> None:
    """Callers share an answer until it is old."""
    calls, stopwatch = count(), Stopwatch()

    async def counted() -> None:
        next(calls)

    check = HealthCheck({"redis": counted}, stopwatch)
    await asyncio.gather(*(check() for _ in range(20)))
    stopwatch.time += MAX_AGE
    await check()
    assert next(calls) == 2
