"""One peer: protocol headers, SASL, open and close, and the frames in between."""

import asyncio
import logging
import time
import uuid
from collections.abc import Callable
from typing import Protocol, cast

from local.eventhubs.amqp import performatives, replies
from local.eventhubs.amqp.decode import AmqpDecodeError
from local.eventhubs.amqp.frames import (
    AMQP_PROTOCOL,
    HEARTBEAT,
    SASL_PROTOCOL,
    SASL_TYPE,
    Frame,
    FrameBuffer,
    FramingError,
    encode_frame,
)
from local.eventhubs.attaching import Doorman
from local.eventhubs.authorization import Authorization
from local.eventhubs.hub import Namespace
from local.eventhubs.limits import Limits
from local.eventhubs.links import Channel, RepliesLink
from local.eventhubs.requests import Request
from local.eventhubs.session import Session

_LOG = logging.getLogger("eventhubs")
_MECHANISMS = ["ANONYMOUS", "MSSBCBS", "PLAIN", "EXTERNAL"]
_CONTAINER = uuid.uuid4().hex
_BUFFERED = 1024 * 1024  # bytes that wait in the socket's buffer before receivers pause
_IN_SESSION = range(performatives.ATTACH, performatives.DETACH + 1)


class PeerError(Exception):
    """The peer broke the protocol: its connection is closed with one line in the log."""

    def __init__(self, condition: str, reason: str) -> None:
        super().__init__(reason)
        self.condition = condition


class Registry(Protocol):
    """Who counts the connections."""

    def add(self, connection: "Connection") -> bool:
        """Whether there is room for one more."""

    def remove(self, connection: "Connection") -> None: ...


class Connection(asyncio.Protocol):
    """The broker's end of one TCP connection."""

    def __init__(self, namespace: Namespace, limits: Limits, registry: Registry) -> None:
        self.limits = limits
        self.congested = False
        self.peer_frame_size = 512
        self._registry = registry
        self._authorization = Authorization(namespace.keys)
        self._doorman = Doorman(namespace, self._authorization, self._reply)
        self._sessions: dict[int, Session] = {}
        self._input = FrameBuffer(limits.frame_size)
        self._output: list[bytes] = []
        self._flush_due = False
        self._take: Callable[[], bool] = self._take_header
        self._opened = False
        self._ended = False
        self._born = self._heard = self._spoke = time.monotonic()
        self._heartbeat_every = float("inf")
        self._ticker: asyncio.TimerHandle | None = None

    # -- the socket

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self._transport.set_write_buffer_limits(high=_BUFFERED)
        self._name = "{}:{}".format(*self._transport.get_extra_info("peername")[:2])
        if not self._registry.add(self):
            self._give_up(f"there are {self.limits.connections} connections already")
            return
        self._tick()

    def connection_lost(self, _: Exception | None) -> None:
        self._ended = True
        if self._ticker is not None:
            self._ticker.cancel()
        for session in self._sessions.values():
            session.close()
        self._sessions.clear()
        self._registry.remove(self)

    def pause_writing(self) -> None:
        self.congested = True

    def resume_writing(self) -> None:
        self.congested = False
        for session in self._sessions.values():
            session.wake()

    def data_received(self, data: bytes) -> None:
        self._heard = time.monotonic()
        self._input.feed(data)
        try:
            while not self._ended and self._take():
                pass
        except FramingError as error:
            self._fail("amqp:connection:framing-error", str(error))
        except AmqpDecodeError as error:
            self._fail("amqp:decode-error", str(error))
        except PeerError as error:
            self._fail(error.condition, str(error))

    def write(self, data: bytes) -> None:
        """Send soon: what is written in one turn of the loop leaves in one piece."""
        self._output.append(data)
        if not self._flush_due:
            self._flush_due = True
            asyncio.get_running_loop().call_soon(self._flush)

    def _flush(self) -> None:
        self._flush_due = False
        data = b"".join(self._output)
        self._output.clear()
        if not data or self._transport.is_closing():
            return
        self._spoke = time.monotonic()
        self._transport.write(data)
        if self._transport.get_write_buffer_size() > self.limits.unread_output:
            _LOG.warning("%s reads too slowly: connection closed", self._name)
            self._ended = True
            self._transport.abort()

    # -- the end

    def close(self, reason: str) -> None:
        """End the connection because the broker stops."""
        if not self._ended:
            self._say_close("amqp:connection:forced", reason)

    def _fail(self, condition: str, reason: str) -> None:
        _LOG.warning("%s closed: %s", self._name, reason)
        self._say_close(condition, reason)

    def _say_close(self, condition: str, reason: str) -> None:
        if self._opened:
            self.write(encode_frame(0, replies.close(replies.error(condition, reason))))
        self._end()

    def _give_up(self, reason: str) -> None:
        _LOG.warning("%s closed: %s", self._name, reason)
        self._end()

    def _end(self) -> None:
        self._ended = True
        self._flush()
        self._transport.close()

    # -- time

    def _tick(self) -> None:
        """Once a second: heartbeat, silence, expired tokens."""
        now = time.monotonic()
        self._ticker = asyncio.get_running_loop().call_later(self.limits.tick_seconds, self._tick)
        if not self._opened and now - self._born > self.limits.handshake_seconds:
            self._give_up(f"no AMQP open within {self.limits.handshake_seconds:g} s")
        elif now - self._heard > self.limits.idle_seconds:
            self._fail("amqp:connection:forced", f"silent for {self.limits.idle_seconds:g} s")
        elif now - self._spoke > self._heartbeat_every:
            self.write(HEARTBEAT)
        for session in self._sessions.values():
            session.refuse_unauthorized(self._authorization.covers)

    # -- the handshake: each step returns whether there may be more to take

    def _take_header(self) -> bool:
        header = self._input.protocol_header()
        if header is None:
            return False
        if header == SASL_PROTOCOL:
            self.write(SASL_PROTOCOL)
            self.write(encode_frame(0, replies.sasl_mechanisms(_MECHANISMS), SASL_TYPE))
            self._take = self._take_sasl
        elif header == AMQP_PROTOCOL:
            self.write(AMQP_PROTOCOL)
            self._take = self._take_frame
        else:
            self.write(SASL_PROTOCOL)  # the specification's way to say what is spoken here
            self._give_up(f"not AMQP 1.0: {header!r}")
        return True

    def _take_sasl(self) -> bool:
        frame = self._input.frame()
        if frame is None:
            return False
        code, at = performatives.performative(frame.body)
        if code != performatives.SASL_INIT:
            raise PeerError("amqp:not-allowed", f"performative 0x{code:02x} instead of SASL init")
        field = performatives.fields(frame.body, at)
        mechanism, response = field.text(0), field.any(1)
        accepted = mechanism in _MECHANISMS
        if mechanism == "PLAIN":
            accepted = isinstance(response, bytes) and self._authorization.login(response)
        self.write(encode_frame(0, replies.sasl_outcome(accepted=accepted), SASL_TYPE))
        if not accepted:
            self._give_up(f"SASL {mechanism[:20]} was refused")
        self._take = self._take_header
        return True

    def _take_frame(self) -> bool:
        frame = self._input.frame()
        if frame is None:
            return False
        if frame.body:
            self._receive(frame)
        return True

    # -- frames

    def _receive(self, frame: Frame) -> None:
        code, at = performatives.performative(frame.body)
        if code == performatives.OPEN:
            self._open(performatives.fields(frame.body, at))
        elif not self._opened:
            raise PeerError("amqp:not-allowed", f"performative 0x{code:02x} before open")
        elif code == performatives.BEGIN:
            self._begin(frame.channel, performatives.fields(frame.body, at))
        elif code == performatives.END:
            self._end_session(frame.channel)
        elif code == performatives.CLOSE:
            self.write(encode_frame(0, replies.close()))
            self._end()
        elif (session := self._sessions.get(frame.channel)) is not None:
            session.receive(code, frame.body, at)
        elif code not in _IN_SESSION:  # pyamqp detaches links of sessions that it has ended
            raise PeerError("amqp:not-implemented", f"performative 0x{code:02x} is unknown")

    def _open(self, field: performatives.Fields) -> None:
        if self._opened:
            raise PeerError("amqp:not-allowed", "a second open")
        self.peer_frame_size = min(field.integer(2, self.limits.frame_size), self.limits.frame_size)
        if self.peer_frame_size < 512:
            raise PeerError("amqp:invalid-field", f"a frame size of {self.peer_frame_size} bytes")
        if idle_ms := field.integer(4):
            self._heartbeat_every = idle_ms / 2000
        self._opened = True
        self.write(
            encode_frame(
                0,
                replies.open_(
                    _CONTAINER,
                    field.text(1, "localhost"),
                    self.limits.frame_size,
                    self.limits.sessions - 1,
                    int(self.limits.idle_seconds * 1000),
                ),
            )
        )

    def _begin(self, channel: int, field: performatives.Fields) -> None:
        if channel in self._sessions or channel >= self.limits.sessions:
            raise PeerError(
                "amqp:resource-limit-exceeded", f"channel {channel} is taken or above {self.limits.sessions - 1}"
            )
        self._sessions[channel] = Session(
            self, channel, self._doorman, next_incoming=field.integer(1), window=field.integer(2)
        )

    def _end_session(self, channel: int) -> None:
        session = self._sessions.pop(channel, None)
        if session is not None:
            session.close()
            self.write(encode_frame(channel, replies.end()))

    def _reply(self, channel: Channel, node: str, request: Request, message: bytes) -> None:
        """Hand an answer to the link it was asked for on: by name, else on the same session, else any."""
        candidates = [
            link
            for session in self._sessions.values()
            for link in session.links()
            if isinstance(link, RepliesLink) and link.node == node
        ]
        candidates.sort(key=lambda link: (link.target == request.reply_to, link.channel is channel))
        if candidates:
            candidates[-1].reply(message)
