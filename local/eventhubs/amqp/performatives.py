"""Performatives (AMQP 1.0, part 2.7) as received: typed, checked, with defaults filled in."""

from dataclasses import dataclass
from typing import Any

from local.eventhubs.amqp.decode import AmqpDecodeError, Described, decode, skip

OPEN, BEGIN, ATTACH, FLOW, TRANSFER, DISPOSITION, DETACH, END, CLOSE = range(0x10, 0x19)
UINT_MAX = 0xFFFFFFFF
SASL_MECHANISMS, SASL_INIT, SASL_OUTCOME = 0x40, 0x41, 0x44


class Fields:
    """The fields of one performative; each getter checks the type and fills in the default."""

    def __init__(self, values: list[Any]) -> None:
        self._values = values

    def any(self, index: int) -> Any:
        return self._values[index] if index < len(self._values) else None

    def integer(self, index: int, default: int = 0) -> int:
        value = self.optional_integer(index)
        return default if value is None else value

    def optional_integer(self, index: int) -> int | None:
        value = self.any(index)
        if value is None:
            return None
        if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= UINT_MAX:
            raise AmqpDecodeError(f"field {index} is no unsigned number of 32 bits")
        return value

    def flag(self, index: int) -> bool:
        return self.any(index) is True

    def text(self, index: int, default: str = "") -> str:
        value = self.any(index)
        if value is None:
            return default
        if not isinstance(value, str):
            raise AmqpDecodeError(f"field {index} is no string")
        return value

    def mapping(self, index: int) -> dict[Any, Any]:
        value = self.any(index)
        if value is None:
            return {}
        if not isinstance(value, dict):
            raise AmqpDecodeError(f"field {index} is no map")
        return value

    def names(self, index: int) -> list[str]:
        """A symbol that may be single, an array, or absent."""
        value = self.any(index)
        return [str(item) for item in value] if isinstance(value, list) else [value] if value else []


@dataclass(frozen=True, slots=True)
class Terminus:
    """A source or target: where a link ends, and how it is encoded (attach replies echo it)."""

    address: str
    filters: dict[Any, Any]
    raw: bytes


@dataclass(frozen=True, slots=True)
class Attach:
    """A link that the peer wants; `receiver` says that the peer is the one to receive."""

    name: str
    handle: int
    receiver: bool
    sender_settle_mode: int
    receiver_settle_mode: int
    source: Terminus
    target: Terminus
    desired_capabilities: list[str]
    properties: dict[Any, Any]


@dataclass(frozen=True, slots=True)
class Flow:
    """The peer's view of session window and link credit; `handle` is None for the session alone."""

    next_incoming_id: int
    incoming_window: int
    handle: int | None
    delivery_count: int
    link_credit: int
    drain: bool
    echo: bool


@dataclass(slots=True)
class Transfer:
    """One frame of a delivery; all but the first may leave out id and format."""

    handle: int
    delivery_id: int
    message_format: int
    settled: bool
    more: bool
    aborted: bool
    payload: bytes


def performative(body: bytes) -> tuple[int, int]:
    """Code of the performative in a frame, and where its list of fields starts."""
    if body[:2] == b"\x00\x53" and len(body) > 2:
        return body[2], 3
    if not body or body[0] != 0:
        raise AmqpDecodeError("a frame without a performative")
    code, at = decode(body, 1)
    if not isinstance(code, int):
        raise AmqpDecodeError("a symbolic performative is not supported")
    return code, at


def fields(body: bytes, at: int) -> Fields:
    return Fields(_list(body, at)[0])


def _list(body: bytes, at: int) -> tuple[list[Any], int]:
    values, end = decode(body, at)
    if not isinstance(values, list):
        raise AmqpDecodeError("the fields of a performative are no list")
    return values, end


def attach(body: bytes, at: int) -> Attach:
    field = fields(body, at)
    spans = _spans(body, at)
    return Attach(
        name=field.text(0),
        handle=field.integer(1),
        receiver=field.flag(2),
        sender_settle_mode=field.integer(3, 2) & 0xFF,
        receiver_settle_mode=field.integer(4) & 0xFF,
        source=_terminus(field.any(5), spans[5] if len(spans) > 5 else b"\x40", filter_index=7),
        target=_terminus(field.any(6), spans[6] if len(spans) > 6 else b"\x40", filter_index=None),
        desired_capabilities=field.names(12),
        properties=field.mapping(13),
    )


def _spans(body: bytes, at: int) -> list[bytes]:
    """The encoded fields of the list at `at`, which `decode` has accepted already."""
    at += {0x45: 1, 0xC0: 3, 0xD0: 9}.get(body[at], 1)
    spans = []
    while at < len(body):
        end = skip(body, at)
        spans.append(body[at:end])
        at = end
    return spans


def _terminus(value: Any, raw: bytes, filter_index: int | None) -> Terminus:
    inner = value.value if isinstance(value, Described) else None
    field = Fields(inner if isinstance(inner, list) else [])
    filters = field.mapping(filter_index) if filter_index is not None else {}
    return Terminus(field.text(0), filters, raw)


def flow(body: bytes, at: int) -> Flow:
    field = fields(body, at)
    return Flow(
        next_incoming_id=field.integer(0),
        incoming_window=field.integer(1),
        handle=field.optional_integer(4),
        delivery_count=field.integer(5),
        link_credit=field.integer(6),
        drain=field.flag(8),
        echo=field.flag(9),
    )


def transfer(body: bytes, at: int) -> Transfer:
    values, end = _list(body, at)
    field = Fields(values)
    return Transfer(
        handle=field.integer(0),
        delivery_id=field.integer(1),
        message_format=field.integer(3),
        settled=field.flag(4),
        more=field.flag(5),
        aborted=field.flag(9),
        payload=body[end:],
    )
