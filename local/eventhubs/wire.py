"""The TCP side of one peer: bytes in and out, silence, and the end of the connection."""

import asyncio
import logging
import time
from abc import ABC, abstractmethod
from typing import Protocol, cast

from local.eventhubs.amqp.decode import AmqpDecodeError
from local.eventhubs.amqp.frames import HEARTBEAT, FrameBuffer, FramingError
from local.eventhubs.limits import Limits

_LOG = logging.getLogger("eventhubs")
_BUFFERED = 1024 * 1024  # bytes that wait in the socket's buffer before receivers pause


class PeerError(Exception):
    """The peer broke the protocol: its connection is closed with one line in the log."""

    def __init__(self, condition: str, reason: str) -> None:
        super().__init__(reason)
        self.condition = condition


class Registry(Protocol):
    """Who counts the connections."""

    def add(self, wire: "Wire") -> bool:
        """Whether there is room for one more."""

    def remove(self, wire: "Wire") -> None: ...


class Wire(asyncio.Protocol, ABC):
    """Feeds `input`, and lets its heir take what has arrived and say what ends the conversation."""

    def __init__(self, limits: Limits, registry: Registry) -> None:
        self.limits = limits
        self.congested = False
        self.input = FrameBuffer(limits.frame_size)
        self.opened = False
        self.ended = False
        self.heartbeat_every = float("inf")
        self._registry = registry
        self._output: list[bytes] = []
        self._flush_due = False
        self._born = self._heard = self._spoke = time.monotonic()
        self._ticker: asyncio.TimerHandle | None = None

    @abstractmethod
    def take(self) -> bool:
        """Take one thing from `input`; False when more bytes are needed. Raises what `data_received` names."""

    @abstractmethod
    def farewell(self, condition: str, reason: str) -> bytes:
        """What to say at the end to a peer that has opened the connection."""

    @abstractmethod
    def room_again(self) -> None:
        """The peer has read what was waiting."""

    @abstractmethod
    def second_passed(self) -> None:
        """Time to look after what expires."""

    @abstractmethod
    def gone(self) -> None:
        """The connection is over: let go of everything."""

    # -- what asyncio calls

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self._transport.set_write_buffer_limits(high=_BUFFERED)
        self._name = "{}:{}".format(*self._transport.get_extra_info("peername")[:2])
        if self._registry.add(self):
            self._tick()
        else:
            self.give_up(f"there are {self.limits.connections} connections already")

    def connection_lost(self, _: Exception | None) -> None:
        self.ended = True
        if self._ticker is not None:
            self._ticker.cancel()
        self.gone()
        self._registry.remove(self)

    def pause_writing(self) -> None:
        self.congested = True

    def resume_writing(self) -> None:
        self.congested = False
        self.room_again()

    def data_received(self, data: bytes) -> None:
        self._heard = time.monotonic()
        self.input.feed(data)
        try:
            while not self.ended and self.take():
                pass
        except FramingError as error:
            self._fail("amqp:connection:framing-error", str(error))
        except AmqpDecodeError as error:
            self._fail("amqp:decode-error", str(error))
        except PeerError as error:
            self._fail(error.condition, str(error))

    # -- output

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
            _LOG.warning("%s closed: it does not read what it asked for", self._name)
            self.ended = True
            self._transport.abort()

    # -- the end

    def close(self, reason: str) -> None:
        """End the connection because the broker stops."""
        if not self.ended:
            self._say_goodbye("amqp:connection:forced", reason)

    def give_up(self, reason: str) -> None:
        """End the connection without a word to the peer."""
        _LOG.warning("%s closed: %s", self._name, reason)
        self.end()

    def end(self) -> None:
        """Send what is still to be sent, and close."""
        self.ended = True
        self._flush()
        self._transport.close()

    def _fail(self, condition: str, reason: str) -> None:
        _LOG.warning("%s closed: %s", self._name, reason)
        self._say_goodbye(condition, reason)

    def _say_goodbye(self, condition: str, reason: str) -> None:
        if self.opened:
            self.write(self.farewell(condition, reason))
        self.end()

    # -- time

    def _tick(self) -> None:
        now = time.monotonic()
        self._ticker = asyncio.get_running_loop().call_later(self.limits.tick_seconds, self._tick)
        if self._transport.is_closing():
            self._abort_when_stuck()
        elif not self.opened and now - self._born > self.limits.handshake_seconds:
            self.give_up(f"no AMQP open within {self.limits.handshake_seconds:g} s")
        elif now - self._heard > self.limits.idle_seconds:
            self._fail("amqp:connection:forced", f"silent for {self.limits.idle_seconds:g} s")
        elif now - self._spoke > self.heartbeat_every:
            self.write(HEARTBEAT)
        self.second_passed()

    def _abort_when_stuck(self) -> None:
        """A peer that reads nothing would keep a closed connection for ever."""
        if time.monotonic() - self._spoke > self.limits.handshake_seconds:
            self._transport.abort()
