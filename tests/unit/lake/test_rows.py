"""Events and dead letters of messages."""

import json
from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from functions.events import parse_event, to_json_batch
from functions.lake import rows
from functions.lake.rows import Message
from tests.unit.analytics.shop_events import view

AT = datetime(2026, 3, 1, 12, tzinfo=UTC)
NOTHING = [b"[]", b"[1]", b"[[]]", b"[" + b"1," * 600 + b"1]", b'["\\ud800"]', b"[NaN]"]


def message(body: bytes, sequence: int = 7) -> Message:
    """A message that arrived at noon."""
    return Message(sequence, AT, body)


def test_an_event_is_kept_as_it_came() -> None:
    """With the fields that nobody knows yet, and its blanks."""
    body = view("e1", "p1", 29_000_000, "s1").replace(b'"type"', b'"new": 1,  "type"')
    [row], dead = rows.read([message(body)])
    assert not dead
    assert row.event == body.decode()
    assert (row.sequence, row.position, row.id, row.type, row.subject) == (7, 0, "e1", "view_item", "s1")
    assert row.time == 29_000_000 * 60_000_000
    assert row.enqueued == int(AT.timestamp()) * 1_000_000


def test_a_message_of_many_is_a_row_for_each() -> None:
    """In their order, each as it came; what is none among them is a dead letter with its own text."""
    newer = view("e2").decode().replace('"data"', '"new":[1.5],"data"')
    texts = [view("e1").decode(), '{"id":"é","type":"nothing"}', newer]
    found, [letter] = rows.read([message(to_json_batch(text.encode() for text in texts))])
    assert [(row.position, row.id) for row in found] == [(0, "e1"), (2, "e2")]
    assert [json.loads(row.event) for row in found] == [json.loads(texts[0]), json.loads(texts[2])]
    assert (letter.sequence, letter.position, letter.body) == (7, 1, texts[1])
    assert "its type is none of" in letter.reason


@given(body=st.binary(max_size=60) | st.sampled_from(NOTHING))
def test_whatever_is_no_event_is_a_dead_letter(body: bytes) -> None:
    """With a reason and its text; a file can be made of it."""
    found, dead = rows.read([message(body)])
    assert not found
    assert dead
    assert all(letter.reason and letter.body is not None for letter in dead)
    assert [json.loads(line) for line in rows.to_lines(dead).splitlines()] == [letter._asdict() for letter in dead]


def test_rows_survive_a_file() -> None:
    """What was written is read, and is still an event."""
    found, _ = rows.read([message(view(f"e{number}"), number) for number in range(3)])
    again = list(rows.from_file(rows.to_file(found)))
    assert again == found
    assert [parse_event(row.event).id for row in again] == ["e0", "e1", "e2"]
