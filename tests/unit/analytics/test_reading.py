"""Reading only what is counted."""

import pytest

from functions.analytics.reading import read_counted
from functions.events import MAX_EVENT_BYTES, MOST_TOGETHER, InvalidEventError, parse_event
from tests.unit.analytics.shop_events import body, decision, performance, promotion, view

GOOD = [
    view("1"),
    decision("2"),
    promotion("view_promotion", "3"),
    performance("4", 1.5),
    body("search", "5", search_term="milk"),
    body("session_start", "6"),
]


@pytest.mark.parametrize("one", GOOD)
def test_it_reads_every_event_of_the_vocabulary(one: bytes) -> None:
    """The narrow reader and the vocabulary agree on type, id, shopper and time."""
    [narrow], whole = read_counted(one), parse_event(one)
    assert not isinstance(narrow, InvalidEventError)
    assert (narrow.type, narrow.id, narrow.subject, narrow.time) == (whole.type, whole.id, whole.subject, whole.time)


@pytest.mark.parametrize(
    "one",
    [
        b"",
        b"{",
        b"[",
        b"[]",
        b"[" + b",".join([view("1")] * (MOST_TOGETHER + 1)) + b"]",
        b"\xff\xfe",
        b'{"type": "nothing"}',
        view("1").replace(b"+00:00", b""),
        view("").replace(b'"p1"', b'"p 1"'),
        body("view_item", "1", items=[]),
        performance("1", -1),
        b" " * (MAX_EVENT_BYTES + 1),
    ],
)
def test_what_is_no_event_is_refused_with_a_reason(one: bytes) -> None:
    """Broken JSON, unknown types, missing zones, absurd numbers and huge bodies are one kind of error."""
    [fault] = read_counted(one)
    assert isinstance(fault, InvalidEventError)
    assert str(fault)


def test_a_message_may_hold_many_events() -> None:
    """They are read as if each had come by itself."""
    found = read_counted(b"[" + b", ".join(GOOD) + b"]")
    assert found == [one for alone in GOOD for one in read_counted(alone)]


def test_one_that_is_no_event_does_its_neighbours_in_the_message_no_harm() -> None:
    """Its fault stands in its place."""
    bad = b'{"type": "nothing"}'
    before, fault, after = read_counted(b"[" + b",".join([view("1"), bad, view("2")]) + b"]")
    assert isinstance(fault, InvalidEventError)
    assert [before, after] == [*read_counted(view("1")), *read_counted(view("2"))]
