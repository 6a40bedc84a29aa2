"""What model each process serves, and which it could not take, told in the container `metrics`."""

import logging
import os
import socket
import time
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from azure.cosmos.aio import ContainerProxy
from azure.cosmos.exceptions import CosmosHttpResponseError

from functions.adapters import cosmos
from functions.analytics.model_documents import Failure, Instance, failure_document, instance_document
from functions.contracts import MINUTE
from functions.usecases.ports import StoreUnavailableError

REPEATED = 5 * MINUTE
"""Seconds after which a process tells again that it serves."""
FORGOTTEN = 15 * MINUTE
"""Seconds after which a process that tells nothing is no longer listed."""

log = logging.getLogger(__name__)


def instance() -> str:
    """A name for this process: the instance that Azure runs it on, or the machine, and the process id."""
    return f"{os.environ.get('WEBSITE_INSTANCE_ID', '')[:16] or socket.gethostname()}-{os.getpid()}"


class CosmosModelReports:
    """Implements `Reports`: a document for each process, and one for each version that it could not take.

    Telling never fails a request nor a swap: what cannot be written is logged.
    """

    def __init__(
        self,
        metrics: ContainerProxy,
        now: Callable[[], datetime],
        name: str | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._metrics = metrics
        self._now = now
        self._name = name or instance()
        self._clock = clock
        self._told: Instance | None = None
        self._tell_at = 0.0
        self._failures: dict[str, int] = {}

    async def serving(self, version: str) -> None:
        """This process serves a version: written when it is another one than before, and now and then."""
        told, now = self._told, self._now()
        if told and told.version == version and self._clock() < self._tell_at:
            return
        if told is None or told.version != version:
            self._told = Instance(self._name, version, since=now, swaps=told.swaps + 1 if told else 0, seen=now)
        else:
            self._told = Instance(self._name, version, told.since, told.swaps, seen=now)
        written = await self._write(instance_document(self._told, FORGOTTEN))
        self._tell_at = self._clock() + REPEATED if written else 0.0

    async def failed(self, version: str, reason: str) -> None:
        """This process could not take a version; how often is counted."""
        self._failures[version] = count = self._failures.get(version, 0) + 1
        await self._write(failure_document(Failure(self._name, version, reason, count, self._now())))

    async def _write(self, document: Mapping[str, Any]) -> bool:
        try:
            await cosmos.ask("report of the model", lambda: self._metrics.upsert_item(dict(document)))
        except (StoreUnavailableError, CosmosHttpResponseError) as error:
            log.warning("What became of the model could not be told: %s", str(error).splitlines()[0])
            return False
        return True
