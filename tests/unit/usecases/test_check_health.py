"""The health check."""

import asyncio
from itertools import count

import pytest

from functions.usecases.check_health import MAX_AGE, Asked, Dependency, Health, HealthCheck, Probe, Without


class Stopwatch:
    """Stands still until it is moved."""

    time = 0.0

    def __call__(self) -> float:
        return self.time


def asked(probe: Probe, without: Without = "degraded") -> Asked:
    """What is asked of a dependency."""
    return Asked(probe, without, "something")


def dependency(name: str, without: Without, *, healthy: bool) -> Dependency:
    """A dependency that was asked."""
    return Dependency(name, healthy, 1.5, without, f"what {name} is for")


async def test_each_dependency_is_told_by_name() -> None:
    """One that fails does not hide the others."""

    async def fine() -> None:
        return None

    async def broken() -> None:
        raise ConnectionRefusedError

    found = await HealthCheck({"redis": asked(fine), "catalog": asked(broken, "down")}, Stopwatch())()
    assert found == [
        Dependency("redis", True, 0.0, "degraded", "something"),
        Dependency("catalog", False, 0.0, "down", "something"),
    ]


async def test_one_that_hangs_is_unhealthy() -> None:
    """No answer within the limit is an answer."""

    async def hanging() -> None:
        await asyncio.Event().wait()

    assert (await HealthCheck({"hub": asked(hanging)}, Stopwatch(), limit=0.01)())[0].healthy is False


async def test_asking_often_does_not_load_the_dependencies() -> None:
    """Callers share an answer until it is old."""
    calls, stopwatch = count(), Stopwatch()

    async def counted() -> None:
        next(calls)

    check = HealthCheck({"redis": asked(counted)}, stopwatch)
    await asyncio.gather(*(check() for _ in range(20)))
    stopwatch.time += MAX_AGE
    await check()
    assert next(calls) == 2


@pytest.mark.parametrize(
    ("redis", "catalog", "status", "lost"),
    [
        (True, True, "healthy", ()),
        (False, True, "degraded", ("what redis is for",)),
        (True, False, "unhealthy", ("what catalog is for",)),
        (False, False, "unhealthy", ("what redis is for", "what catalog is for")),
    ],
)
def test_the_system_is_down_only_without_what_it_cannot_serve_without(
    redis: bool, catalog: bool, status: str, lost: tuple[str, ...]
) -> None:
    """Without anything else it is degraded, and says which part is lost."""
    found = [dependency("redis", "degraded", healthy=redis), dependency("catalog", "down", healthy=catalog)]
    health = Health.of(found, "v1")
    assert (health.status, health.lost, health.serves) == (status, lost, catalog)
    assert health.dependencies["catalog"].without == "down"
