"""Whether everything that decisions depend on answers, and how fast."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from functions.usecases.metrics import Answer

LIMIT, LOADING = 3.0, 25.0
"""Seconds that a dependency may take to answer, and that catalogue and model may take to be loaded."""
MAX_AGE = 2.0
"""Seconds for which an answer is given again: asking often must not load the dependencies."""

log = logging.getLogger(__name__)
type Probe = Callable[[], Awaitable[object]]
"""Returns when the dependency answers, raises when it does not."""


type Without = Literal["degraded", "down"]


@dataclass(frozen=True, slots=True)
class Asked:
    """What is asked of a dependency, what the system is `without` it, and what is lost then, in words."""

    probe: Probe
    without: Without
    lost: str


@dataclass(frozen=True, slots=True)
class Dependency:
    """A dependency: whether it answered, after how many milliseconds, and what it is good for."""

    name: str
    healthy: bool
    milliseconds: float
    without: Without
    lost: str


class DependencyHealth(Answer):
    """How a dependency did; `without` is what the system is without it, `lost` what nobody gets then."""

    status: Literal["healthy", "unhealthy"]
    milliseconds: float
    without: Without
    lost: str


class Health(Answer):
    """The answer to `GET /api/v1/health`.

    `healthy` with every dependency, `degraded` while those fail without which the system still serves: `lost` says
    what it does not. `unhealthy`: it cannot serve. `model` is the version that serves, null before the first one.
    """

    status: Literal["healthy", "degraded", "unhealthy"]
    model: str | None
    lost: tuple[str, ...]
    dependencies: dict[str, DependencyHealth]

    @classmethod
    def of(cls, found: Sequence[Dependency], model: str | None) -> "Health":
        """As healthy as the dependencies let it be."""
        failed = [one for one in found if not one.healthy]
        down = any(one.without == "down" for one in failed)
        return cls(
            status="unhealthy" if down else "degraded" if failed else "healthy",
            model=model,
            lost=tuple(one.lost for one in failed),
            dependencies={one.name: _told(one) for one in found},
        )

    @property
    def serves(self) -> bool:
        """Whether the system can do its work, if not all of it."""
        return self.status != "unhealthy"


class HealthCheck:
    """Asks all dependencies at once; callers at the same time share an answer."""

    def __init__(self, asked: Mapping[str, Asked], stopwatch: Callable[[], float], limit: float = LIMIT) -> None:
        self._asked = asked
        self._stopwatch = stopwatch
        self._limit = limit
        self._turn = asyncio.Lock()
        self._last: tuple[float, list[Dependency]] | None = None

    async def __call__(self) -> list[Dependency]:
        """Every dependency, in the order in which they are asked."""
        async with self._turn:
            if self._last is None or self._stopwatch() - self._last[0] >= MAX_AGE:
                found = await asyncio.gather(*(self._ask(name, asked) for name, asked in self._asked.items()))
                self._last = self._stopwatch(), found
            return self._last[1]

    async def _ask(self, name: str, asked: Asked) -> Dependency:
        started = self._stopwatch()
        healthy = await self._answers(name, asked.probe)
        milliseconds = round((self._stopwatch() - started) * 1_000, 1)
        return Dependency(name, healthy, milliseconds, asked.without, asked.lost)

    async def _answers(self, name: str, probe: Probe) -> bool:
        try:
            async with asyncio.timeout(self._limit):
                await probe()
        except Exception as error:  # noqa: BLE001 - whatever it raises, it does not answer
            log.warning("%s is not healthy: %r", name, error)
            return False
        return True


def _told(one: Dependency) -> DependencyHealth:
    return DependencyHealth(
        status="healthy" if one.healthy else "unhealthy",
        milliseconds=one.milliseconds,
        without=one.without,
        lost=one.lost,
    )
