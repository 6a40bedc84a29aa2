"""`$cbs` and `$management`: requests on one link, answers on another of the same connection."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from local.eventhubs.amqp import encode
from local.eventhubs.amqp.decode import AmqpDecodeError, decode
from local.eventhubs.amqp.encode import NULL
from local.eventhubs.amqp.sections import AMQP_VALUE, APPLICATION_PROPERTIES, PROPERTIES, sections
from local.eventhubs.events import BATCH_FORMAT
from local.eventhubs.links import Channel, IncomingLink
from local.eventhubs.refusals import MalformedMessageError, NotAllowedError, RefusedError

MAX_REQUEST = 64 * 1024


@dataclass(frozen=True, slots=True)
class Request:
    """A request message: who wants the answer, what is asked for, and the body."""

    message_id: object
    reply_to: str
    properties: dict[Any, Any]
    body: object

    def text(self, key: str) -> str:
        """An application property as text, empty when it is absent."""
        value = self.properties.get(key)
        if isinstance(value, bytes):
            return value.decode(errors="replace")
        return "" if value is None else str(value)


@dataclass(frozen=True, slots=True)
class Answer:
    """What a node answers: an HTTP-like status and an encoded body."""

    status: int
    description: str
    body: bytes = NULL
    condition: str | None = None


type Node = Callable[[Request], Answer]
type Reply = Callable[[Request, bytes], None]


class RequestLink(IncomingLink):
    """Takes requests for a node and hands its answers to `reply`."""

    def __init__(self, channel: Channel, handle: int, node: Node, reply: Reply) -> None:
        super().__init__(channel, handle)
        self._node = node
        self._reply = reply

    @property
    def message_limit(self) -> int:
        return MAX_REQUEST

    def deliver(self, message_format: int, payload: bytes) -> None:
        if message_format == BATCH_FORMAT:
            raise NotAllowedError("A request is a single message.")
        request = decode_request(payload)
        try:
            answer = self._node(request)
        except RefusedError as refusal:
            answer = Answer(refusal.status, refusal.description, condition=refusal.condition)
        self._reply(request, encode_answer(request, answer))


def decode_request(payload: bytes) -> Request:
    """A request from its message; MalformedMessageError when it is none."""
    found: dict[int, Any] = {}
    try:
        for section in sections(payload):
            if section.code in (PROPERTIES, APPLICATION_PROPERTIES, AMQP_VALUE):
                found[section.code] = decode(payload, section.value)[0]
    except AmqpDecodeError as error:
        raise MalformedMessageError(str(error)) from error
    properties = found.get(PROPERTIES, [])
    application = found.get(APPLICATION_PROPERTIES, {})
    if not isinstance(properties, list) or not isinstance(application, dict):
        raise MalformedMessageError("The properties of a request have another shape.")
    message_id = properties[0] if properties else None
    reply_to = properties[4] if len(properties) > 4 else None
    return Request(message_id, str(reply_to or ""), application, found.get(AMQP_VALUE))


def encode_answer(request: Request, answer: Answer) -> bytes:
    """The answer as a message that carries the request's id as its correlation id.

    Status and text are written in both spellings: clients disagree about which to read.
    """
    status, text = encode.int32(answer.status), encode.string(answer.description)
    pairs = [
        (encode.string("status-code"), status),
        (encode.string("status-description"), text),
        (encode.string("statusCode"), status),
        (encode.string("statusDescription"), text),
    ]
    if answer.condition is not None:
        pairs.append((encode.string("error-condition"), encode.symbol(answer.condition)))
    properties = [*[NULL] * 5, encode.identifier(request.message_id), *[NULL] * 7]
    return (
        encode.described(PROPERTIES, encode.list_of(properties))
        + encode.described(APPLICATION_PROPERTIES, encode.map_of(pairs))
        + encode.described(AMQP_VALUE, answer.body)
    )
