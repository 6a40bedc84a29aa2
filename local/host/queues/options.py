"""`extensions.queues` of host.json."""

from dataclasses import dataclass
from typing import Self

from local.host.configuration import Configuration
from local.host.errors import HostError


@dataclass(frozen=True, slots=True)
class QueueOptions:
    """How queues are read; intervals in seconds."""

    batch_size: int = 16
    new_batch_threshold: int = 8
    max_dequeue_count: int = 5
    visibility_timeout: float = 0.0
    """How long a message stays hidden after its function failed."""
    max_polling_interval: float = 2.0
    """Azure's default is one minute, and two seconds while developing."""
    base64: bool = True
    lease: float = 600.0
    """How long a message is hidden while its function runs; renewed at half of it."""

    @classmethod
    def read(cls, configuration: Configuration, lease: float) -> Self:
        """Read the options; HostError names a value that Azure refuses."""
        batch = configuration.integer("extensions:queues:batchSize", 16, 1, 32)
        encoding = configuration.text("extensions:queues:messageEncoding", "base64").lower()
        if encoding not in ("base64", "none"):
            raise HostError(f"host.json: extensions:queues:messageEncoding is '{encoding}', not base64 or none")
        return cls(
            batch_size=batch,
            new_batch_threshold=configuration.integer("extensions:queues:newBatchThreshold", batch // 2, 0),
            max_dequeue_count=configuration.integer("extensions:queues:maxDequeueCount", 5, 1),
            visibility_timeout=configuration.seconds("extensions:queues:visibilityTimeout", 0.0),
            max_polling_interval=max(configuration.seconds("extensions:queues:maxPollingInterval", 2.0), 0.1),
            base64=encoding == "base64",
            lease=lease,
        )
