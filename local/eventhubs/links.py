"""Links: one-way streams of messages inside a session, seen from the broker."""

from abc import ABC, abstractmethod
from typing import Protocol

from local.eventhubs.amqp import replies
from local.eventhubs.amqp.frames import HEADER_SIZE
from local.eventhubs.amqp.performatives import UINT_MAX, Transfer
from local.eventhubs.limits import Limits
from local.eventhubs.refusals import LimitReachedError, MessageTooLargeError, RefusedError

WINDOW = 0x7FFFFFFF  # transfers the broker takes in a session before the peer would have to wait
CREDIT = 1000  # messages that a sender may have under way


class Channel(Protocol):
    """What a link needs of its session."""

    next_outgoing: int
    remote_window: int

    @property
    def limits(self) -> Limits: ...

    @property
    def peer_frame_size(self) -> int: ...

    @property
    def congested(self) -> bool:
        """Whether the peer reads slower than the broker writes."""

    def send(self, body: bytes) -> None: ...

    def send_link_flow(self, handle: int, delivery_count: int, credit: int, *, drain: bool = False) -> None: ...

    def forget(self, handle: int) -> None: ...


class Link:
    """What both directions share. `hub` is empty for `$cbs` and `$management`."""

    def __init__(self, channel: Channel, handle: int, hub: str = "") -> None:
        self.channel = channel
        self.handle = handle
        self.hub = hub
        self.delivery_count = 0
        self.credit = 0

    def opened(self) -> None:
        """The attach was answered."""

    def closed(self) -> None:
        """The link is gone, whoever ended it."""

    def refuse(self, refusal: RefusedError) -> None:
        """End the link with an error."""
        self.closed()
        self.channel.forget(self.handle)
        cause = replies.error(refusal.condition, refusal.description)
        self.channel.send(replies.detach(self.handle, cause))


class IncomingLink(Link, ABC):
    """A link that the peer sends on: puts frames together to deliveries and settles them."""

    def __init__(self, channel: Channel, handle: int, hub: str = "") -> None:
        super().__init__(channel, handle, hub)
        self._first: Transfer | None = None
        self._payload = bytearray()

    @property
    def message_limit(self) -> int:
        """The largest delivery in bytes."""
        return self.channel.limits.message_size

    def opened(self) -> None:
        self._grant()

    def _grant(self) -> None:
        """Renew the credit at half: pyamqp renews its own when it reaches 0, and gets it wrong."""
        if self.credit <= CREDIT // 2:
            self.credit = CREDIT
            self.channel.send_link_flow(self.handle, self.delivery_count, self.credit)

    def transfer(self, frame: Transfer) -> None:
        """Take one frame of a delivery."""
        first, self._first = self._first or frame, None
        if frame.aborted:
            self._payload.clear()
            return
        limit = self.message_limit
        if len(self._payload) + len(frame.payload) > limit:
            self._payload.clear()
            self.refuse(MessageTooLargeError(f"The message exceeds the limit of {limit} bytes."))
            return
        if frame.more:
            self._payload += frame.payload
            self._first = first
            return
        payload = frame.payload
        if self._payload:
            payload = bytes(self._payload + frame.payload)
            self._payload.clear()
        self._complete(first, payload)

    def _complete(self, first: Transfer, payload: bytes) -> None:
        self.delivery_count = (self.delivery_count + 1) & UINT_MAX
        self.credit -= 1
        outcome = replies.ACCEPTED
        try:
            self.deliver(first.message_format, payload)
        except RefusedError as refusal:
            outcome = replies.rejected(refusal.condition, refusal.description)
        if not first.settled:
            self.channel.send(replies.disposition(first.delivery_id, outcome))
        self._grant()

    @abstractmethod
    def deliver(self, message_format: int, payload: bytes) -> None:
        """Take a whole delivery, or raise a RefusedError for the peer."""


class OutgoingLink(Link):
    """A link that the peer receives on: counts credit and cuts messages into frames."""

    def __init__(self, channel: Channel, handle: int, hub: str = "") -> None:
        super().__init__(channel, handle, hub)
        self.drain = False

    def flow(self, delivery_count: int, credit: int, *, drain: bool) -> None:
        """The peer grants credit."""
        under_way = (self.delivery_count - delivery_count) & UINT_MAX  # counters wrap around
        self.credit = max(0, credit - under_way)
        self.drain = drain
        self.wake()

    def wake(self) -> None:
        """There may be something to send."""

    @property
    def room(self) -> int:
        """How many messages may be sent now."""
        return min(self.credit, self.channel.remote_window)

    def emit(self, message: bytes) -> None:
        """Send one message, settled, in as many frames as the peer's frame size asks for."""
        channel = self.channel
        size = channel.peer_frame_size - replies.TRANSFER_OVERHEAD - HEADER_SIZE
        number, at = channel.next_outgoing, 0
        while at < len(message) or at == 0:
            more = len(message) - at > size
            chunk = message[at : at + size] if more or at else message
            channel.send(replies.transfer_head(self.handle, number, more=more) + chunk)
            channel.next_outgoing = (channel.next_outgoing + 1) & UINT_MAX
            channel.remote_window -= 1
            at += size
        self.delivery_count = (self.delivery_count + 1) & UINT_MAX
        self.credit -= 1

    def finish_drain(self) -> None:
        """Give the unused credit back, as the peer asked for with `drain`."""
        self.delivery_count = (self.delivery_count + self.credit) & UINT_MAX
        self.credit, self.drain = 0, False
        self.channel.send_link_flow(self.handle, self.delivery_count, 0, drain=True)


class RepliesLink(OutgoingLink):
    """Answers of `$cbs` and `$management`, which wait here for credit."""

    def __init__(self, channel: Channel, handle: int, node: str, target: str) -> None:
        super().__init__(channel, handle)
        self.node = node
        self.target = target
        self._waiting: list[bytes] = []

    def reply(self, message: bytes) -> None:
        if len(self._waiting) >= self.channel.limits.waiting_replies:
            self.refuse(LimitReachedError("Too many answers wait for credit on this link."))
            return
        self._waiting.append(message)
        self.wake()

    def wake(self) -> None:
        while self._waiting and self.room > 0:
            self.emit(self._waiting.pop(0))
