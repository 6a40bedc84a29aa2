"""What model each process serves, and which it could not take, told in the container `metrics`."""

import hashlib
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
from functions.contracts import MINUTE, MODELS
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
        self._serving: str | None = None
        self._since: datetime | None = None
        self._swaps = 0
        self._told_at = 0.0
        self._failures: dict[str, int] = {}

    async def serving(self, version: str) -> None:
        """This process serves a version: written when it is another one than before, and now and then."""
        if version == self._serving and self._clock() - self._told_at < REPEATED:
            return
        if version != self._serving:
            self._swaps += self._serving is not None
            self._serving, self._since = version, self._now()
        told = await self._write(
            {
                "id": f"instance-{self._name}",
                "kind": "instance",
                "instance": self._name,
                "version": version,
                "since": self._stamp(self._since),
                "swaps": self._swaps,
                "seen": self._stamp(self._now()),
                "ttl": FORGOTTEN,
            }
        )
        self._told_at = self._clock() if told else self._clock() - REPEATED

    async def failed(self, version: str, reason: str) -> None:
        """This process could not take a version; how often is counted."""
        self._failures[version] = count = self._failures.get(version, 0) + 1
        key = hashlib.sha256(version.encode()).hexdigest()[:16]  # the name may be anything
        await self._write(
            {
                "id": f"failed-{self._name}-{key}",
                "kind": "failed",
                "instance": self._name,
                "version": version,
                "reason": reason,
                "count": count,
                "time": self._stamp(self._now()),
            }
        )

    async def _write(self, document: Mapping[str, Any]) -> bool:
        whole = {**document, "partition": MODELS}
        try:
            await cosmos.ask("report of the model", lambda: self._metrics.upsert_item(whole))
        except (StoreUnavailableError, CosmosHttpResponseError) as error:
            log.warning("What became of the model could not be told: %s", str(error).splitlines()[0])
            return False
        return True

    def _stamp(self, moment: datetime | None) -> str | None:
        return moment.isoformat(timespec="seconds") if moment else None
