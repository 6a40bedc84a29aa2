"""Senders: deliveries of events go into the log, and are accepted when they are there."""

from local.eventhubs.events import decode_delivery
from local.eventhubs.hub import Hub, Partition
from local.eventhubs.links import Channel, IncomingLink


class PublisherLink(IncomingLink):
    """A sender to an event hub, or to one of its partitions."""

    def __init__(self, channel: Channel, handle: int, hub: Hub, partition: Partition | None) -> None:
        super().__init__(channel, handle, hub.name)
        self._hub = hub
        self._partition = partition

    def deliver(self, message_format: int, payload: bytes) -> None:
        delivery = decode_delivery(message_format, payload)
        self._hub.route(delivery, self._partition).append(delivery)
