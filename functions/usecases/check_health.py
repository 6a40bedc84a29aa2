"""Whether everything that decisions depend on answers, and how fast."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from functions.usecases.metrics import Answer

LIMIT = 3.0
"""Seconds that a dependency may take to answer."""
MAX_AGE = 2.0
"""Seconds for which an answer is given again: asking often must not load the dependencies."""

log = logging.getLogger(__name__)
type Probe = Callable[[], Awaitable[object]]
"""Returns when the dependency answers, raises when it does not."""


@dataclass(frozen=True, slots=True)
class Dependency:
    """A dependency: whether it answered, and after how many milliseconds."""

    name: str
    healthy: bool
    milliseconds: float


type Status = Literal["healthy", "unhealthy"]


class DependencyHealth(Answer):
    """How a dependency did."""

    status: Status
    milliseconds: float


class Health(Answer):
    """The answer to `GET /api/v1/health`; `model` is the version that serves, null before the first decision."""

    status: Status
    model: str | None
    dependencies: dict[str, DependencyHealth]

    @classmethod
    def of(cls, found: Sequence[Dependency], model: str | None) -> "Health":
        """Healthy when every dependency is."""
        each = {
            one.name: DependencyHealth(status=_status(one.healthy), milliseconds=one.milliseconds) for one in found
        }
        return cls(status=_status(all(one.healthy for one in found)), model=model, dependencies=each)

    @property
    def healthy(self) -> bool:
        """Whether every dependency answered."""
        return self.status == "healthy"


class HealthCheck:
    """Asks all dependencies at once; callers at the same time share an answer."""

    def __init__(self, probes: Mapping[str, Probe], stopwatch: Callable[[], float], limit: float = LIMIT) -> None:
        self._probes = probes
        self._stopwatch = stopwatch
        self._limit = limit
        self._turn = asyncio.Lock()
        self._last: tuple[float, list[Dependency]] | None = None

    async def __call__(self) -> list[Dependency]:
        """Every dependency, in the order of the probes."""
        async with self._turn:
            if self._last is None or self._stopwatch() - self._last[0] >= MAX_AGE:
                found = await asyncio.gather(*(self._ask(name, probe) for name, probe in self._probes.items()))
                self._last = self._stopwatch(), found
            return self._last[1]

    async def _ask(self, name: str, probe: Probe) -> Dependency:
        started = self._stopwatch()
        healthy = await self._answers(name, probe)
        return Dependency(name, healthy, round((self._stopwatch() - started) * 1_000, 1))

    async def _answers(self, name: str, probe: Probe) -> bool:
        try:
            async with asyncio.timeout(self._limit):
                await probe()
        except Exception as error:  # noqa: BLE001 - whatever it raises, it does not answer
            log.warning("%s is not healthy: %r", name, error)
            return False
        return True


def _status(healthy: bool) -> Status:
    return "healthy" if healthy else "unhealthy"
