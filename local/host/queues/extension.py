"""Storage queues as an extension of the host."""

from local.host.extension import Surroundings
from local.host.functions import Binding, Function
from local.host.queues.listener import QueueListener
from local.host.queues.options import QueueOptions
from local.host.queues.output import QueueOutput
from local.host.queues.storage import QueueStorage


class QueueExtension:
    """Queue triggers and outputs on one set of clients."""

    def __init__(self, around: Surroundings) -> None:
        self._around = around
        self._options = QueueOptions.read(around.configuration, around.queue_lease)
        self._storage = QueueStorage(base64=self._options.base64)

    def listener(self, function: Function) -> QueueListener:
        """The listener of a queue function."""
        return QueueListener(function, self._around.invoker, self._storage, self._options, self._around.environment)

    def output(self, binding: Binding) -> QueueOutput:
        """A queue that a function writes to."""
        return QueueOutput(binding, self._storage, self._around.environment)

    async def close(self) -> None:
        """Close all clients."""
        await self._storage.close()
