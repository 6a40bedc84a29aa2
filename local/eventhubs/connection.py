"""One peer's conversation: protocol headers, SASL, open and close, and the sessions in between."""

import uuid
from collections.abc import Callable

from local.eventhubs.amqp import performatives, replies
from local.eventhubs.amqp.frames import AMQP_PROTOCOL, SASL_PROTOCOL, SASL_TYPE, Frame, encode_frame
from local.eventhubs.attaching import Doorman
from local.eventhubs.authorization import Authorization
from local.eventhubs.hub import Namespace
from local.eventhubs.limits import Limits
from local.eventhubs.links import Channel, RepliesLink
from local.eventhubs.requests import Request
from local.eventhubs.session import Session
from local.eventhubs.wire import PeerError, Registry, Wire

_MECHANISMS = ["ANONYMOUS", "MSSBCBS", "PLAIN", "EXTERNAL"]
_CONTAINER = uuid.uuid4().hex
_IN_SESSION = range(performatives.ATTACH, performatives.DETACH + 1)


class Connection(Wire):
    """The broker's end of one AMQP connection."""

    def __init__(self, namespace: Namespace, limits: Limits, registry: Registry) -> None:
        super().__init__(limits, registry)
        self.peer_frame_size = 512
        self._authorization = Authorization(namespace.keys)
        self._doorman = Doorman(namespace, self._authorization, self._reply)
        self._sessions: dict[int, Session] = {}
        self._step: Callable[[], bool] = self._take_header

    def take(self) -> bool:
        return self._step()

    def farewell(self, condition: str, reason: str) -> bytes:
        return encode_frame(0, replies.close(replies.error(condition, reason)))

    def room_again(self) -> None:
        for session in self._sessions.values():
            session.wake()

    def second_passed(self) -> None:
        for session in self._sessions.values():
            session.refuse_unauthorized(self._authorization.covers)

    def gone(self) -> None:
        for session in self._sessions.values():
            session.close()
        self._sessions.clear()

    # -- the handshake

    def _take_header(self) -> bool:
        header = self.input.protocol_header()
        if header is None:
            return False
        if header == SASL_PROTOCOL:
            self.write(SASL_PROTOCOL)
            self.write(encode_frame(0, replies.sasl_mechanisms(_MECHANISMS), SASL_TYPE))
            self._step = self._take_sasl
        elif header == AMQP_PROTOCOL:
            self.write(AMQP_PROTOCOL)
            self._step = self._take_frame
        else:
            self.write(SASL_PROTOCOL)  # the specification's way to say what is spoken here
            self.give_up(f"not AMQP 1.0: {header!r}")
        return True

    def _take_sasl(self) -> bool:
        frame = self.input.frame()
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
            self.give_up(f"SASL {mechanism[:20]!r} was refused")
        self._step = self._take_header
        return True

    def _take_frame(self) -> bool:
        frame = self.input.frame()
        if frame is None:
            return False
        if frame.body:  # without one it is a heartbeat
            self._receive(frame)
        return True

    # -- frames

    def _receive(self, frame: Frame) -> None:
        code, at = performatives.performative(frame.body)
        if code == performatives.OPEN:
            self._open(performatives.fields(frame.body, at))
        elif not self.opened:
            raise PeerError("amqp:not-allowed", f"performative 0x{code:02x} before open")
        elif code == performatives.BEGIN:
            self._begin(frame.channel, performatives.fields(frame.body, at))
        elif code == performatives.END:
            self._end_session(frame.channel)
        elif code == performatives.CLOSE:
            self.write(encode_frame(0, replies.close()))
            self.end()
        elif (session := self._sessions.get(frame.channel)) is not None:
            session.receive(code, frame.body, at)
        elif code not in _IN_SESSION:  # pyamqp detaches links of sessions that it has ended
            raise PeerError("amqp:not-implemented", f"performative 0x{code:02x} is unknown")

    def _open(self, field: performatives.Fields) -> None:
        if self.opened:
            raise PeerError("amqp:not-allowed", "a second open")
        self.peer_frame_size = min(field.integer(2, self.limits.frame_size), self.limits.frame_size)
        if self.peer_frame_size < 512:
            raise PeerError("amqp:invalid-field", f"a frame size of {self.peer_frame_size} bytes")
        if idle_ms := field.integer(4):
            self.heartbeat_every = idle_ms / 2000
        self.opened = True
        idle_ms = int(self.limits.idle_seconds * 1000)
        hostname, channels = field.text(1, "localhost"), self.limits.sessions - 1
        answer = replies.open_(_CONTAINER, hostname, self.limits.frame_size, channels, idle_ms)
        self.write(encode_frame(0, answer))

    def _begin(self, channel: int, field: performatives.Fields) -> None:
        if channel in self._sessions or channel >= self.limits.sessions:
            reason = f"channel {channel} is taken or above {self.limits.sessions - 1}"
            raise PeerError("amqp:resource-limit-exceeded", reason)
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
