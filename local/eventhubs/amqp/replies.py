"""Performatives as sent.

pyamqp reads fields by index without looking at the length, so that every field is always written.
"""

import struct

from local.eventhubs.amqp import encode
from local.eventhubs.amqp import performatives as code
from local.eventhubs.amqp.encode import NULL

ACCEPTED = encode.described(0x24, encode.list_of([]))
_UINT = struct.Struct(">I")
_TRANSFER_MIDDLE = b"\xa0\x01\x00\x43\x41"  # delivery tag, message format 0, settled
_TRANSFER_END = b"\x40\x40\x42\x42\x42"  # no settle mode, no state, not resumed, aborted or batchable
TRANSFER_OVERHEAD = 64


def error(condition: str, description: str) -> bytes:
    return encode.described(0x1D, encode.list_of([encode.symbol(condition), encode.string(description), NULL]))


def rejected(condition: str, description: str) -> bytes:
    return encode.described(0x25, encode.list_of([error(condition, description)]))


def sasl_mechanisms(names: list[str]) -> bytes:
    return encode.described(code.SASL_MECHANISMS, encode.list_of([encode.symbol_array(names)]))


def sasl_outcome(*, accepted: bool) -> bytes:
    return encode.described(code.SASL_OUTCOME, encode.list_of([encode.ubyte(0 if accepted else 1), NULL]))


def open_(container: str, hostname: str, max_frame_size: int, channel_max: int, idle_ms: int) -> bytes:
    product = encode.map_of([(encode.symbol("product"), encode.string("local.eventhubs"))])
    fields = [
        encode.string(container), encode.string(hostname), encode.uint(max_frame_size),
        encode.ushort(channel_max), encode.uint(idle_ms), NULL, NULL, NULL, NULL, product,
    ]  # fmt: skip
    return encode.described(code.OPEN, encode.list_of(fields))


def begin(channel: int, window: int, handle_max: int) -> bytes:
    fields = [encode.ushort(channel), encode.uint(0), encode.uint(window), encode.uint(window)]
    return encode.described(code.BEGIN, encode.list_of([*fields, encode.uint(handle_max), NULL, NULL, NULL]))


def attach(request: code.Attach, max_message_size: int) -> bytes:
    """The answer to an attach, also to one that is refused next: pyamqp wants source and target back."""
    fields = [
        encode.string(request.name), encode.uint(request.handle), encode.boolean(not request.receiver),
        encode.ubyte(request.sender_settle_mode), encode.ubyte(request.receiver_settle_mode),
        request.source.raw, request.target.raw, NULL, NULL,
        encode.uint(0) if request.receiver else NULL,
        encode.ulong(max_message_size), NULL, NULL, NULL,
    ]  # fmt: skip
    return encode.described(code.ATTACH, encode.list_of(fields))


def flow(
    incoming: int,
    outgoing: int,
    window: int,
    *,
    handle: int | None = None,
    delivery_count: int = 0,
    credit: int = 0,
    drain: bool = False,
) -> bytes:
    """A session flow, and that of a link when `handle` is given."""
    session = [encode.uint(value) for value in (incoming, window, outgoing, window)]
    link = [NULL] * 4
    if handle is not None:
        link = [encode.uint(handle), encode.uint(delivery_count), encode.uint(credit), encode.uint(0)]
    tail = [encode.boolean(drain), encode.boolean(False), NULL]
    return encode.described(code.FLOW, encode.list_of(session + link + tail))


def transfer_head(handle: int, delivery_id: int, *, more: bool) -> bytes:
    """The performative in front of a payload.

    The delivery tag never changes: pyamqp keeps each distinct tag of a settled delivery for ever.
    """
    flags = b"\x41" if more else b"\x42"
    body = b"".join(
        (b"\x70", _UINT.pack(handle), b"\x70", _UINT.pack(delivery_id), _TRANSFER_MIDDLE, flags, _TRANSFER_END)
    )
    return b"\x00\x53\x14\xc0" + bytes((len(body) + 1, 11)) + body


def disposition(delivery_id: int, state: bytes) -> bytes:
    number = encode.uint(delivery_id)
    fields = [encode.boolean(True), number, number, encode.boolean(True), state, encode.boolean(False)]
    return encode.described(code.DISPOSITION, encode.list_of(fields))


def detach(handle: int, cause: bytes = NULL) -> bytes:
    return encode.described(code.DETACH, encode.list_of([encode.uint(handle), encode.boolean(True), cause]))


def end(cause: bytes = NULL) -> bytes:
    return encode.described(code.END, encode.list_of([cause]))


def close(cause: bytes = NULL) -> bytes:
    return encode.described(code.CLOSE, encode.list_of([cause]))
