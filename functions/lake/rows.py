"""What the lake holds of a message: a row for each of its events, and a dead letter for each that is none."""

import json
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from pydantic_core import from_json, to_json

from functions.events import Event, InvalidEventError, parse_message
from functions.lake import parquet
from functions.lake.parquet import MOMENT, NUMBER, TEXT

_EPOCH, _MICROSECOND = datetime(1970, 1, 1, tzinfo=UTC), timedelta(microseconds=1)


class Message(NamedTuple):
    """A message as the hub delivers it: `sequence` within its partition, `enqueued` when it arrived."""

    sequence: int
    enqueued: datetime
    body: bytes


class Row(NamedTuple):
    """An event in the lake; `position` is its place within its message, moments are microseconds since 1970.

    Partition, sequence and position tell events apart; the same `id` twice is an event that was sent twice.
    """

    sequence: int
    position: int
    enqueued: int
    id: str
    type: str
    time: int
    subject: str
    event: str
    """The event as it came, as JSON, with fields that nobody knows yet."""


COLUMNS = {
    "sequence": NUMBER,
    "position": NUMBER,
    "enqueued": MOMENT,
    "id": TEXT,
    "type": TEXT,
    "time": MOMENT,
    "subject": TEXT,
    "event": TEXT,
}


class DeadLetter(NamedTuple):
    """What is no event, and why: an event of a message, or the whole message where it could not be told apart."""

    sequence: int
    position: int
    enqueued: str
    reason: str
    body: str


def read(messages: Iterable[Message]) -> tuple[list[Row], list[DeadLetter]]:
    """The events of the messages, and what is none."""
    rows, dead = list[Row](), list[DeadLetter]()
    for message in messages:
        found = parse_message(message.body)
        texts = _texts(message.body, len(found))
        for position, (event, text) in enumerate(zip(found, texts, strict=True)):
            if isinstance(event, InvalidEventError):
                arrived = message.enqueued.isoformat()
                dead.append(DeadLetter(message.sequence, position, arrived, str(event), text))
            else:
                rows.append(_row(message, position, event, text))
    return rows, dead


def to_file(rows: Iterable[Row]) -> bytes:
    """The rows as a Parquet file."""
    return parquet.write(COLUMNS, rows)


def from_file(data: bytes) -> Iterator[Row]:
    """The rows of such a file; raises `InvalidParquetError`."""
    return map(Row._make, parquet.read(COLUMNS, data))


def to_lines(letters: Iterable[DeadLetter]) -> bytes:
    """Dead letters, a line of JSON each."""
    return b"".join(json.dumps(letter._asdict()).encode() + b"\n" for letter in letters)


def _row(message: Message, position: int, event: Event, text: str) -> Row:
    return Row(
        message.sequence,
        position,
        (message.enqueued - _EPOCH) // _MICROSECOND,
        event.id,
        event.type,
        (event.time - _EPOCH) // _MICROSECOND,
        event.subject,
        text,
    )


def _texts(body: bytes, count: int) -> list[str]:
    """The text of each event of a message; the whole message where it could not be told apart."""
    if body.startswith(b"["):
        try:
            contents = from_json(body)
        except ValueError:
            contents = []
        if len(contents) == count:
            return [to_json(content, inf_nan_mode="constants").decode() for content in contents]
    return [body.decode(errors="backslashreplace")] * count
