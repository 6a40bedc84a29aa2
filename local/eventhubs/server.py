"""The broker as a whole: sockets, retention, and an orderly end."""

import asyncio
import logging
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from local.eventhubs.config import HubConfig
from local.eventhubs.connection import Connection
from local.eventhubs.hub import Namespace
from local.eventhubs.inspection import MAX_REQUEST, Inspection
from local.eventhubs.limits import Limits
from local.eventhubs.log.lock import DirectoryLock
from local.eventhubs.log.partition import LogOptions
from local.eventhubs.wire import Wire

_LOG = logging.getLogger("eventhubs")
KEY_NAME = "RootManageSharedAccessKey"
RETENTION_EVERY = 10.0
GOODBYE_SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class Options:
    """What a broker is started with; port 0 takes a free one."""

    hubs: tuple[HubConfig, ...]
    data: Path
    host: str = "127.0.0.1"
    port: int = 5672
    http_port: int = 5300
    key: str = "SAS_KEY_VALUE"
    log: LogOptions = field(default_factory=LogOptions)
    limits: Limits = field(default_factory=Limits)
    retention_every: float = RETENTION_EVERY


class Connections:
    """The connections there are, up to the limit."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._all: set[Wire] = set()
        self._none = asyncio.Event()
        self._none.set()

    def add(self, wire: Wire) -> bool:
        if len(self._all) >= self._limit:
            return False
        self._all.add(wire)
        self._none.clear()
        return True

    def remove(self, wire: Wire) -> None:
        self._all.discard(wire)
        if not self._all:
            self._none.set()

    async def close(self, reason: str) -> None:
        """Say goodbye to all and wait a moment for them to leave."""
        for connection in list(self._all):
            connection.close(reason)
        try:
            await asyncio.wait_for(self._none.wait(), GOODBYE_SECONDS)
        except TimeoutError:
            _LOG.warning("%d peers did not leave in time", len(self._all))


class Broker:
    """A running broker; `async with` starts and stops it."""

    def __init__(self, options: Options) -> None:
        self._options = options
        self._connections = Connections(options.limits.connections)

    async def __aenter__(self) -> Self:
        """Lock the data, open the logs, listen.

        Raises DirectoryLockedError, HubChangedError, HubDamagedError, CorruptSegmentError, or OSError when a
        port is taken.
        """
        options = self._options
        self._lock = DirectoryLock.take(options.data)
        try:
            keys = {KEY_NAME: options.key}
            self._namespace = Namespace.open(options.hubs, options.data, options.log, keys)
            self._report_torn_tails()
            await self._listen(self._namespace)
        except BaseException:
            self._lock.release()
            raise
        self._retention = asyncio.create_task(self._expire_regularly())
        return self

    async def _listen(self, namespace: Namespace) -> None:
        options, loop = self._options, asyncio.get_running_loop()
        self._amqp = await loop.create_server(
            lambda: Connection(namespace, options.limits, self._connections), options.host, options.port
        )
        try:
            self._http = await asyncio.start_server(
                Inspection(namespace).serve, options.host, options.http_port, limit=MAX_REQUEST
            )
        except OSError:
            self._amqp.close()
            raise

    async def __aexit__(self, *_: object) -> None:
        self._amqp.close()
        self._http.close()
        self._retention.cancel()
        await self._connections.close("The broker is stopping.")
        self._namespace.close()
        self._lock.release()

    @property
    def port(self) -> int:
        return int(self._amqp.sockets[0].getsockname()[1])

    @property
    def http_port(self) -> int:
        return int(self._http.sockets[0].getsockname()[1])

    def _report_torn_tails(self) -> None:
        for partition in self._namespace.partitions():
            if partition.log.dropped:
                _LOG.warning(
                    "%s/%s: dropped %d bytes at the end that were never acknowledged",
                    partition.hub, partition.id, partition.log.dropped,
                )  # fmt: skip

    async def _expire_regularly(self) -> None:
        while True:
            await asyncio.sleep(self._options.retention_every)
            try:
                self._namespace.expire()
            except OSError as error:
                _LOG.error("retention could not remove a segment: %s", error)
