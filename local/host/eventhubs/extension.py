"""Event Hubs as an extension of the host."""

from local.host.eventhubs.listener import EventHubListener
from local.host.eventhubs.options import EventHubOptions
from local.host.eventhubs.output import EventHubOutput, Producers
from local.host.extension import Surroundings
from local.host.functions import Binding, Function


class EventHubExtension:
    """Event hub triggers and outputs; one producer for each hub."""

    def __init__(self, around: Surroundings) -> None:
        self._around = around
        self._options = EventHubOptions.read(around.configuration)
        self._producers = Producers()

    def listener(self, function: Function) -> EventHubListener:
        """The listener of an event hub function."""
        return EventHubListener(function, self._around.invoker, self._options, self._around.environment)

    def output(self, binding: Binding) -> EventHubOutput:
        """A hub that a function writes to."""
        return EventHubOutput(binding, self._producers, self._around.environment)

    async def close(self) -> None:
        """Close all clients."""
        await self._producers.close()
