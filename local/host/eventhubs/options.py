"""`extensions.eventHubs` of host.json."""

from dataclasses import dataclass
from datetime import datetime
from typing import Self

from local.host.configuration import Configuration
from local.host.errors import HostError


@dataclass(frozen=True, slots=True)
class EventHubOptions:
    """How event hubs are read; intervals in seconds."""

    max_batch: int
    min_batch: int
    """Events for which the function waits, but no longer than `max_wait` seconds."""
    max_wait: float
    prefetch: int
    checkpoint_frequency: int
    """A checkpoint is written after this many batches."""
    starting_position: str | datetime
    """Where to read a partition that has no checkpoint yet."""
    balancing_interval: float
    """How often the host looks for partitions; Azure's default is 30 seconds."""
    ownership_expires: float
    """How soon partitions of a killed host are taken over; Azure's default is two minutes."""

    @classmethod
    def read(cls, configuration: Configuration) -> Self:
        """Read the options; HostError names a value that is wrong."""
        root = "extensions:eventHubs"
        return cls(
            max_batch=configuration.integer(f"{root}:maxEventBatchSize", 100, 1),
            min_batch=configuration.integer(f"{root}:minEventBatchSize", 1, 1),
            max_wait=configuration.seconds(f"{root}:maxWaitTime", 60.0),
            prefetch=configuration.integer(f"{root}:prefetchCount", 300, 1),
            checkpoint_frequency=configuration.integer(f"{root}:batchCheckpointFrequency", 1, 1),
            starting_position=_starting_position(configuration, f"{root}:initialOffsetOptions"),
            balancing_interval=configuration.seconds(f"{root}:loadBalancingUpdateInterval", 5.0),
            ownership_expires=configuration.seconds(f"{root}:partitionOwnershipExpirationInterval", 20.0),
        )


def _starting_position(configuration: Configuration, path: str) -> str | datetime:
    kind = configuration.text(f"{path}:type", "fromStart").lower()
    if kind == "fromenqueuedtime":
        text = configuration.text(f"{path}:enqueuedTimeUtc", "")
        try:
            return datetime.fromisoformat(text)
        except ValueError as error:
            raise HostError(
                f"host.json: {path}:enqueuedTimeUtc is '{text}', not a time like 2030-01-31T12:00:00Z"
            ) from error
    positions = {"fromstart": "-1", "fromend": "@latest"}
    if kind not in positions:
        raise HostError(f"host.json: {path}:type is '{kind}', not fromStart, fromEnd or fromEnqueuedTime")
    return positions[kind]
