"""Which link an attach gets, or why it gets none."""

from collections.abc import Callable
from functools import partial

from local.eventhubs.addresses import CBS, node_of, parse_address
from local.eventhubs.amqp.performatives import Attach
from local.eventhubs.authorization import Authorization
from local.eventhubs.consuming import ReaderLink
from local.eventhubs.hub import Hub, Namespace
from local.eventhubs.links import Channel, Link, RepliesLink
from local.eventhubs.log.position import PositionError
from local.eventhubs.management import answer
from local.eventhubs.positions import start_position
from local.eventhubs.publishing import PublisherLink
from local.eventhubs.refusals import InvalidPositionError, NotAllowedError
from local.eventhubs.requests import Node, Request, RequestLink

_OWNER_LEVEL = "com.microsoft:epoch"
_RUNTIME_METRIC = "com.microsoft:enable-receiver-runtime-metric"

type SendAnswer = Callable[[Channel, str, Request, bytes], None]


class Doorman:
    """Makes the links of one connection; `reply` takes channel, node, request and the answer's message."""

    def __init__(self, namespace: Namespace, authorization: Authorization, reply: SendAnswer) -> None:
        self._namespace = namespace
        self._authorization = authorization
        self._reply = reply

    def link(self, channel: Channel, request: Attach) -> Link:
        """The link for an attach; a RefusedError when the peer may not have it."""
        address = request.source.address if request.receiver else request.target.address
        if (node := node_of(address)) is not None:
            return self._node_link(channel, request, node)
        return self._hub_link(channel, request, address)

    def _node_link(self, channel: Channel, request: Attach, node: str) -> Link:
        if request.receiver:
            return RepliesLink(channel, request.handle, node, request.target.address)
        ask: Node = self._authorization.put_token if node == CBS else partial(answer, self._namespace)
        return RequestLink(channel, request.handle, ask, partial(self._reply, channel, node))

    def _hub_link(self, channel: Channel, request: Attach, address: str) -> Link:
        place = parse_address(address)
        self._authorization.check(place.hub)
        hub = self._namespace.hub(place.hub)
        partition = hub.partition(place.partition) if place.partition is not None else None
        if not request.receiver:
            if place.group is not None:
                raise NotAllowedError("Events are sent to an event hub or a partition, not to a group.")
            return PublisherLink(channel, request.handle, hub, partition)
        if place.group is None or place.partition is None:
            raise NotAllowedError("A receiver needs hub/ConsumerGroups/NAME/Partitions/ID.")
        return self._reader(channel, request, hub, place.group, place.partition)

    def _reader(self, channel: Channel, request: Attach, hub: Hub, group: str, partition_id: str) -> Link:
        hub.check_group(group)
        partition = hub.partition(partition_id)
        try:
            start = partition.log.seek(start_position(request.source.filters))
        except PositionError as error:
            raise InvalidPositionError(str(error)) from error
        level = request.properties.get(_OWNER_LEVEL)
        if level is not None and not isinstance(level, int):
            raise NotAllowedError("The owner level of a receiver is a number.")
        reader = ReaderLink(
            channel,
            request.handle,
            partition,
            start,
            group=group,
            owner_level=level,
            runtime_metric=_RUNTIME_METRIC in request.desired_capabilities,
        )
        partition.admit(reader)
        return reader
