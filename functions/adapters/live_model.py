"""The model that decisions are made with, replaced while they are made."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from functions.adapters.active_model import SHIPPED_VERSION, ActiveModel, InvalidActiveModelError, Version
from functions.adapters.once import Once
from functions.personalization.catalog import Catalog
from functions.telemetry import MODEL_SWAPS, SILENT, Telemetry
from functions.usecases.ports import StoreUnavailableError

if TYPE_CHECKING:
    from functions.adapters.onnx import OnnxModel

FIRST_PAUSE, LONGEST_PAUSE = 30.0, 900.0
"""Seconds after which a version that failed is tried again; doubled with each failure."""
START_LIMIT = 20.0
"""Seconds that a version may take to be fetched while requests wait for the first one; longer, another one serves."""
UNREADABLE = Version("unknown", "")
"""Stands for what a document that cannot be read wanted."""
MOST_TOLD = 300
"""Characters of an error that are told."""

log = logging.getLogger(__name__)


class Reports(Protocol):
    """Who is told what serves and what failed; it never raises."""

    async def serving(self, version: str) -> None:
        """This process serves a version of the model; called again and again."""

    async def failed(self, version: str, reason: str) -> None:
        """This process could not take a version."""


@dataclass(frozen=True, slots=True)
class Serving:
    """A model and the version that was asked for."""

    version: Version
    model: "OnnxModel"


@dataclass(frozen=True, slots=True)
class _Failure:
    """What could not be taken, how often, and when to try again."""

    wanted: ActiveModel | None
    count: int
    retry_at: float


class LiveModels:
    """Implements `Models`: serves a model, and looks every `max_age` seconds whether another one was activated.

    The look is set off by a request and happens in the background; the new model is loaded, tried out and compared
    with the catalogue beside the old one, and takes over between two requests. Whatever fails, the old one stays. A
    decision under way keeps the model it began with. `serving` is None until the first request.
    """

    def __init__(
        self,
        active: Callable[[], Awaitable[ActiveModel]],
        load: Callable[[Version], Awaitable["OnnxModel"]],
        catalog: Callable[[], Awaitable[Catalog]],
        reports: Reports,
        max_age: float,
        clock: Callable[[], float] = time.monotonic,
        telemetry: Telemetry = SILENT,
    ) -> None:
        self._telemetry = telemetry
        self._active = active
        self._load = load
        self._catalog = catalog
        self._reports = reports
        self._max_age = max_age
        self._clock = clock
        self._start = Once(self._first)
        self._look_at = 0.0
        self._looking: asyncio.Task[None] | None = None
        self._failure: _Failure | None = None
        self.serving: Serving | None = None

    async def current(self) -> "OnnxModel":
        """The model; the first time raises `StoreUnavailableError`, and `ModelCorruptError` of the shipped model."""
        serving = self.serving or await self._start()
        if self._clock() >= self._look_at:
            self._look()
        return serving.model

    async def settled(self) -> None:
        """Wait until no look is under way."""
        while self._looking is not None:
            await asyncio.wait([self._looking])

    async def _first(self) -> Serving:
        """The active model, else the previous one, else the shipped one, which must be there."""
        wanted, catalog = await self._wanted_first(), await self._catalog()
        for version in dict.fromkeys((wanted.version, wanted.previous or SHIPPED_VERSION, SHIPPED_VERSION)):
            try:
                async with asyncio.timeout(START_LIMIT):
                    serving = await self._taken(version, catalog)
                break
            except Exception as error:  # noqa: BLE001 - whatever a model makes a runtime raise, another one serves
                await self._tell(version, error)
        else:
            serving = Serving(SHIPPED_VERSION, await self._load(SHIPPED_VERSION))
        if serving.version != wanted.version:
            self._postpone(wanted)
        self.serving = serving
        log.info("The model %s serves", serving.model.version)
        return serving

    async def _wanted_first(self) -> ActiveModel:
        try:
            return await self._active()
        except InvalidActiveModelError as error:
            self._postpone(None)
            await self._tell(UNREADABLE, error)
            return ActiveModel()

    def _look(self) -> None:
        if self._looking is None:
            self._look_at = self._clock() + self._max_age
            self._looking = asyncio.create_task(self._follow())
            self._looking.add_done_callback(self._looked)

    def _looked(self, task: asyncio.Task[None]) -> None:
        self._looking = None
        if not task.cancelled() and (error := task.exception()):
            log.error("Looking for another model failed", exc_info=error)

    async def _follow(self) -> None:
        """Serve what is active."""
        assert self.serving
        wanted = None
        try:
            wanted = await self._active()
            if wanted.version != self.serving.version and self._may_try(wanted):
                await self._swap(wanted.version)
        except StoreUnavailableError as error:
            log.warning("Whether another model is active is not known, %s goes on: %s", self.serving.version, error)
        except Exception as error:  # noqa: BLE001 - as above
            if self._may_try(wanted):
                self._postpone(wanted)
                await self._tell(wanted.version if wanted else UNREADABLE, error)
        await self._reports.serving(self.serving.model.version)

    async def _swap(self, version: Version) -> None:
        assert self.serving
        before = self.serving.model.version
        self.serving = await self._taken(version, await self._catalog())  # one reference: nobody sees it half done
        self._failure = None
        self._telemetry.record(MODEL_SWAPS, 1, {"outcome": "taken", "version": self.serving.model.version})
        log.info("The model %s took over from %s", self.serving.model.version, before)

    async def _taken(self, version: Version, catalog: Catalog) -> Serving:
        from functions.adapters.model_trial import check_catalog

        model = await self._load(version)
        await asyncio.to_thread(check_catalog, model, catalog)
        return Serving(version, model)

    async def _tell(self, version: Version, error: Exception) -> None:
        """One line, one document."""
        reason = f"{type(error).__name__}: {error}".removesuffix(": ").splitlines()[0][:MOST_TOLD]
        serving = self.serving.model.version if self.serving else "another one"
        log.warning("The model %s cannot be taken, %s serves: %s", version, serving, reason)
        self._telemetry.record(MODEL_SWAPS, 1, {"outcome": "failed", "version": version.name})
        await self._reports.failed(version.name, reason)

    def _postpone(self, wanted: ActiveModel | None) -> None:
        count = self._failure.count + 1 if self._failure and self._failure.wanted == wanted else 1
        pause = min(FIRST_PAUSE * 2 ** (count - 1), LONGEST_PAUSE)
        self._failure = _Failure(wanted, count, self._clock() + pause)

    def _may_try(self, wanted: ActiveModel | None) -> bool:
        failure = self._failure
        return failure is None or failure.wanted != wanted or self._clock() >= failure.retry_at
