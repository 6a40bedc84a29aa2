"""Event hubs and their partitions: where an event goes, and who may read it."""

import json
import time
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Protocol

from local.eventhubs.config import HubConfig
from local.eventhubs.events import Delivery
from local.eventhubs.log.partition import LogOptions, PartitionLog
from local.eventhubs.partition_key import partition_of
from local.eventhubs.refusals import (
    LimitReachedError,
    NotAllowedError,
    NotFoundError,
    RefusedError,
    StolenError,
    StorageFailedError,
    UnknownPartitionError,
)

MAX_PLAIN_READERS = 5


class HubChangedError(Exception):
    """The data directory was made for another shape of the event hub."""


class HubDamagedError(Exception):
    """The file that describes an event hub cannot be read."""


def now_ms() -> int:
    return int(time.time() * 1000)


class Reader(Protocol):
    """A receiver link on one partition; without an owner level it is a plain reader."""

    @property
    def group(self) -> str: ...

    @property
    def owner_level(self) -> int | None: ...

    def refuse(self, refusal: RefusedError) -> None:
        """End the link with this error."""


class Partition:
    """One partition: its log and the readers attached to it."""

    def __init__(self, hub: str, partition_id: str, log: PartitionLog) -> None:
        self.hub = hub
        self.id = partition_id
        self.log = log
        self.readers: list[Reader] = []

    def append(self, delivery: Delivery) -> None:
        """Store a delivery durably; StorageFailedError when the disk refuses it."""
        try:
            self.log.append(delivery.records, now_ms())
        except OSError as error:
            raise StorageFailedError(f"The event could not be stored: {error.strerror}.") from error

    def admit(self, reader: Reader) -> None:
        """Attach a reader. A higher or equal owner level disconnects the others of its group; without
        one, five plain readers share a group. Raises StolenError or LimitReachedError."""
        peers = [other for other in self.readers if other.group == reader.group]
        owner = max((peer.owner_level for peer in peers if peer.owner_level is not None), default=None)
        level = reader.owner_level
        if owner is not None and (level is None or level < owner):
            raise StolenError(
                f"A receiver with a higher epoch '{owner}' already exists. "
                f"The receiver with epoch '{level}' cannot be created."
            )
        if level is None and len(peers) >= MAX_PLAIN_READERS:
            raise LimitReachedError(
                f"Exceeded the maximum number of allowed receivers per partition in a consumer group, "
                f"which is {MAX_PLAIN_READERS}."
            )
        self.readers.append(reader)
        if level is not None:
            for peer in peers:
                peer.refuse(
                    StolenError(
                        f"New receiver with epoch '{level}' is created hence current receiver "
                        f"with epoch '{peer.owner_level}' is getting disconnected."
                    )
                )

    def release(self, reader: Reader) -> None:
        """Forget a reader whose link ended; it may have been forgotten before."""
        if reader in self.readers:
            self.readers.remove(reader)


class Hub:
    """An event hub: partitions `"0"` to `"n-1"` and consumer groups, whose names ignore case."""

    def __init__(self, config: HubConfig, directory: Path, options: LogOptions) -> None:
        self.name = config.name
        self.created_ms = _creation_time(directory, config)
        self.consumer_groups = config.consumer_groups
        self.partitions: dict[str, Partition] = {}
        self._next = 0
        for number in range(config.partition_count):
            log = PartitionLog(directory / str(number), options)
            self.partitions[str(number)] = Partition(config.name, str(number), log)

    def partition(self, partition_id: str) -> Partition:
        found = self.partitions.get(partition_id)
        if found is None:
            raise UnknownPartitionError(
                f"The specified partition is invalid for an EventHub partition sender or receiver. "
                f"It should be between 0 and {len(self.partitions) - 1}."
            )
        return found

    def check_group(self, name: str) -> None:
        if name.lower() not in (group.lower() for group in self.consumer_groups):
            raise NotFoundError(f"The messaging entity '{self.name}/ConsumerGroups/{name[:100]}' could not be found.")

    def route(self, delivery: Delivery, partition: Partition | None) -> Partition:
        """The partition of a delivery: the one its link names, that of its key, or the next in turn."""
        if partition is not None:
            if delivery.partition_key is not None:
                raise NotAllowedError("A partition key cannot be set when sending to a partition.")
            return partition
        if delivery.partition_key is not None:
            return self.partitions[str(partition_of(delivery.partition_key, len(self.partitions)))]
        self._next = (self._next + 1) % len(self.partitions)
        return self.partitions[str(self._next)]


def _creation_time(directory: Path, config: HubConfig) -> int:
    """When the hub was first made, in milliseconds; HubChangedError when it had more or fewer partitions."""
    path = directory / "hub.json"
    if not path.exists():
        directory.mkdir(parents=True, exist_ok=True)
        draft = path.with_suffix(".new")
        draft.write_text(json.dumps({"created_ms": now_ms(), "partition_count": config.partition_count}))
        draft.rename(path)
    try:
        stored = json.loads(path.read_text())
        created_ms, partition_count = int(stored["created_ms"]), int(stored["partition_count"])
    except (ValueError, KeyError, TypeError) as error:
        raise HubDamagedError(f"{path} is damaged; remove {directory} to start afresh") from error
    if partition_count != config.partition_count:
        raise HubChangedError(
            f"event hub '{config.name}' was created with {partition_count} partitions and cannot "
            f"have {config.partition_count} now; put the count back or remove {directory}"
        )
    return created_ms


class Namespace:
    """All event hubs, by name without case, and the keys that open them."""

    def __init__(self, hubs: Iterable[Hub], keys: Mapping[str, str]) -> None:
        self.hubs = {hub.name.lower(): hub for hub in hubs}
        self.keys = keys

    @classmethod
    def open(
        cls, configs: Iterable[HubConfig], data: Path, options: LogOptions, keys: Mapping[str, str]
    ) -> "Namespace":
        """Open or create every event hub below `data`."""
        return cls([Hub(config, data / config.name.lower(), options) for config in configs], keys)

    def hub(self, name: str) -> Hub:
        found = self.hubs.get(name.lower())
        if found is None:
            raise NotFoundError(f"The messaging entity '{name[:200]}' could not be found.")
        return found

    def partitions(self) -> list[Partition]:
        return [partition for hub in self.hubs.values() for partition in hub.partitions.values()]

    def expire(self) -> int:
        """Apply retention everywhere; the number of segments removed."""
        return sum(partition.log.expire(now_ms()) for partition in self.partitions())

    def close(self) -> None:
        for partition in self.partitions():
            partition.log.sync()
            partition.log.close()
