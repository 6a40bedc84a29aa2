"""A session: numbers the transfers of its links and keeps the two windows."""

from collections.abc import Callable, Iterator
from typing import Protocol

from local.eventhubs.amqp import performatives, replies
from local.eventhubs.amqp.decode import AmqpDecodeError
from local.eventhubs.amqp.frames import encode_frame
from local.eventhubs.attaching import Doorman
from local.eventhubs.limits import Limits
from local.eventhubs.links import WINDOW, IncomingLink, Link, OutgoingLink
from local.eventhubs.refusals import LimitReachedError, RefusedError, UnauthorizedError


class Peer(Protocol):
    """What a session needs of its connection."""

    limits: Limits
    peer_frame_size: int
    congested: bool

    def write(self, data: bytes) -> None: ...


class Session:
    """The links of one channel. The broker uses the peer's channel and handle numbers as its own."""

    def __init__(self, peer: Peer, number: int, doorman: Doorman, *, next_incoming: int, window: int) -> None:
        self._peer = peer
        self._number = number
        self._doorman = doorman
        self._links: dict[int, Link] = {}
        self._next_incoming = next_incoming
        self.next_outgoing = 0
        self.remote_window = window
        self.send(replies.begin(number, WINDOW, self.limits.links - 1))

    @property
    def limits(self) -> Limits:
        return self._peer.limits

    @property
    def peer_frame_size(self) -> int:
        return self._peer.peer_frame_size

    @property
    def congested(self) -> bool:
        return self._peer.congested

    def links(self) -> Iterator[Link]:
        yield from list(self._links.values())

    def send(self, body: bytes) -> None:
        self._peer.write(encode_frame(self._number, body))

    def send_link_flow(self, handle: int, delivery_count: int, credit: int, *, drain: bool = False) -> None:
        self.send(
            replies.flow(
                self._next_incoming, self.next_outgoing, WINDOW,
                handle=handle, delivery_count=delivery_count, credit=credit, drain=drain,
            )
        )  # fmt: skip

    def forget(self, handle: int) -> None:
        self._links.pop(handle, None)

    def receive(self, code: int, body: bytes, at: int) -> None:
        """Take one performative that belongs to this session."""
        match code:
            case performatives.TRANSFER:
                self._transfer(performatives.transfer(body, at))
            case performatives.FLOW:
                self._flow(performatives.flow(body, at))
            case performatives.ATTACH:
                self._attach(performatives.attach(body, at))
            case performatives.DETACH:
                self._detach(performatives.fields(body, at).integer(0))
            case performatives.DISPOSITION:
                pass  # everything sent is settled already
            case _:
                raise AmqpDecodeError(f"performative 0x{code:02x} is unknown")

    def _transfer(self, frame: performatives.Transfer) -> None:
        self._next_incoming = (self._next_incoming + 1) & performatives.UINT_MAX
        link = self._links.get(frame.handle)
        if isinstance(link, IncomingLink):
            link.transfer(frame)

    def _flow(self, frame: performatives.Flow) -> None:
        under_way = (self.next_outgoing - frame.next_incoming_id) & performatives.UINT_MAX
        self.remote_window = frame.incoming_window - under_way
        link = self._links.get(frame.handle) if frame.handle is not None else None
        if isinstance(link, OutgoingLink):
            link.flow(frame.delivery_count, frame.link_credit, drain=frame.drain)
        elif isinstance(link, IncomingLink) and frame.echo:
            self.send_link_flow(link.handle, link.delivery_count, link.credit)
        elif frame.handle is None:
            self.wake()
            if frame.echo:
                self.send(replies.flow(self._next_incoming, self.next_outgoing, WINDOW))

    def wake(self) -> None:
        """There is room again: let every receiver go on."""
        for link in self.links():
            if isinstance(link, OutgoingLink):
                link.wake()

    def _attach(self, request: performatives.Attach) -> None:
        link: Link | None = None
        refusal: RefusedError | None = None
        try:
            self._check_handle(request.handle)
            link = self._doorman.link(self, request)
        except RefusedError as refused:
            refusal = refused
        self.send(replies.attach(request, self.limits.message_size))
        if refusal is not None:
            self.send(replies.detach(request.handle, replies.error(refusal.condition, refusal.description)))
        elif link is not None:
            self._links[request.handle] = link
            link.opened()

    def _check_handle(self, handle: int) -> None:
        if handle in self._links or len(self._links) >= self.limits.links:
            raise LimitReachedError(f"A session may hold {self.limits.links} links, each with its own handle.")

    def _detach(self, handle: int) -> None:
        link = self._links.pop(handle, None)
        if link is not None:
            link.closed()
            self.send(replies.detach(handle))

    def refuse_unauthorized(self, covers: Callable[[str], bool]) -> None:
        """End the links whose token has expired."""
        for link in self.links():
            if link.hub and not covers(link.hub):
                link.refuse(UnauthorizedError("ExpiredToken: The token has expired and was not renewed."))

    def close(self) -> None:
        """The session is over; so are its links."""
        for link in self.links():
            link.closed()
        self._links.clear()
