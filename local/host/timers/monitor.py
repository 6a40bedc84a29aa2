"""Remembers when timers ran, in the blobs where the Azure extension keeps it."""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Self

from azure.core.exceptions import ResourceExistsError, ResourceNotFoundError
from azure.storage.blob.aio import BlobServiceClient

CONTAINER = "azure-webjobs-hosts"


@dataclass(frozen=True, slots=True)
class TimerStatus:
    """When a timer last ran (None: never) and when it should run next."""

    last: datetime | None
    next: datetime

    def document(self) -> dict[str, str]:
        """The status in the words of the Azure extension."""
        last = self.last.isoformat() if self.last else "0001-01-01T00:00:00"
        return {"Last": last, "Next": self.next.isoformat(), "LastUpdated": last}

    @classmethod
    def parse(cls, document: dict[str, str]) -> Self:
        """The opposite of `document`."""
        last = None if document["Last"].startswith("0001-") else datetime.fromisoformat(document["Last"])
        return cls(last, datetime.fromisoformat(document["Next"]))


class TimerMonitor:
    """The status blobs of one host."""

    def __init__(self, connection: str, host_id: str) -> None:
        self._host_id = host_id
        self._service = BlobServiceClient.from_connection_string(
            connection, retry_total=2, initial_backoff=0, increment_base=1, random_jitter_range=0
        )
        self._container = self._service.get_container_client(CONTAINER)

    async def load(self, function: str) -> TimerStatus | None:
        """The status of a timer; None when it never was stored or is not readable."""
        try:
            blob = await self._container.download_blob(self._name(function))
            return TimerStatus.parse(json.loads(await blob.readall()))
        except (ResourceNotFoundError, ValueError, KeyError):
            return None

    async def save(self, function: str, status: TimerStatus) -> None:
        """Store the status of a timer; creates the container when it is missing."""
        content = json.dumps(status.document()).encode()
        try:
            await self._container.upload_blob(self._name(function), content, overwrite=True)
        except ResourceNotFoundError:
            await self._create_container()
            await self._container.upload_blob(self._name(function), content, overwrite=True)

    async def close(self) -> None:
        """Close all connections."""
        await self._service.close()

    async def _create_container(self) -> None:
        try:
            await self._container.create_container()
        except ResourceExistsError:
            return

    def _name(self, function: str) -> str:
        return f"timers/{self._host_id}/Host.Functions.{function}/status"
