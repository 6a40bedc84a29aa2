"""Events from storefronts: each by itself, durable before remembered."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.actions import Action
from functions.usecases.collect_events import AHEAD, BEHIND, CollectEvents, EventResults
from functions.usecases.incoming_events import MOST_EVENTS, Rejected, UnreadableBodyError, read
from functions.usecases.ports import MemoryUnavailableError
from tests.unit.personalization.shop import NOW


@dataclass
class Bulk:
    """A stream that does not accept the events of some subjects."""

    refuses: frozenset[str] = frozenset()
    sent: list[Action] = field(default_factory=list)

    async def send_all(self, events: Sequence[Action]) -> frozenset[str]:
        self.sent += [event for event in events if event.subject not in self.refuses]
        return frozenset(event.id for event in self.sent)


@dataclass
class Notes:
    """What was remembered."""

    down: bool = False
    noted: list[str] = field(default_factory=list)

    async def note(self, events: Sequence[Action]) -> None:
        if self.down:
            raise MemoryUnavailableError("Redis is stopped")
        self.noted += [event.id for event in events]


def view(number: int = 1, **changed: Any) -> dict[str, Any]:
    """A product is looked at."""
    event = {"id": f"e{number}", "source": "/shop", "subject": "anna", "time": NOW.isoformat(), "type": "view_item"}
    return {**event, "data": {"items": [{"item_id": "milk"}]}, **changed}


async def collected(content: object, stream: Bulk | None = None, notes: Notes | None = None) -> EventResults:
    """What became of a body."""
    collect = CollectEvents(stream or Bulk(), notes or Notes(), lambda: NOW)
    return await collect(read(json.dumps(content).encode(), NOW))


def statuses(results: EventResults) -> list[str]:
    return [each["status"] for each in results.results]


@pytest.mark.parametrize("content", [view(), [view()], {"events": [view()]}])
async def test_one_event_comes_in_any_of_three_ways(content: object) -> None:
    """Alone, in an array, in an object."""
    stream, notes = Bulk(), Notes()
    assert statuses(await collected(content, stream, notes)) == ["accepted"]
    assert [event.id for event in stream.sent] == notes.noted == ["e1"]


async def test_what_becomes_of_a_list_is_told() -> None:
    """The tracking id of the product that was clicked goes into the stream."""
    stream = Bulk()
    await collected(view(data={"items": [{"item_id": "milk", "tracking_id": "picks~0a~1"}]}), stream)
    [event] = stream.sent
    assert event.data.items[0].tracking_id == "picks~0a~1"


async def test_a_bad_event_does_no_harm_to_its_neighbours() -> None:
    """Each is told what became of it, in order, and what is wrong."""
    wrong = [view(2, type="decision"), view(3, data={"items": []}), 7, view(4, subject="a b"), {}]
    results = await collected([view(1), *wrong, view(9)])
    assert statuses(results) == ["accepted", *["rejected"] * 5, "accepted"]
    assert (results.accepted, results.rejected, results.unavailable) == (2, 5, 0)
    assert "items" in (results.results[2]["detail"] or "")


async def test_absurd_times_are_refused() -> None:
    """A clock may be a little ahead, and an event may come late, within bounds."""
    times = [NOW + AHEAD, NOW + AHEAD + timedelta(seconds=1), NOW - BEHIND, NOW - BEHIND - timedelta(seconds=1)]
    results = await collected([view(n, time=time.isoformat()) for n, time in enumerate(times)])
    assert statuses(results) == ["accepted", "rejected", "accepted", "rejected"]


async def test_what_the_stream_did_not_accept_is_to_be_sent_again_and_is_not_remembered() -> None:
    """Nothing is acknowledged that could be lost."""
    notes = Notes()
    results = await collected([view(1), view(2, subject="ben")], Bulk(frozenset({"ben"})), notes)
    assert statuses(results) == ["accepted", "unavailable"]
    assert notes.noted == ["e1"]


async def test_without_fast_memory_events_are_accepted_all_the_same() -> None:
    """The stream has them."""
    assert statuses(await collected(view(), notes=Notes(down=True))) == ["accepted"]


GA4 = {
    "client_id": "123.456",
    "timestamp_micros": str(int(NOW.timestamp() * 1e6)),
    "events": [
        {
            "name": "add_to_cart",
            "params": {"session_id": 7, "items": [{"item_id": "milk", "quantity": 2, "price": 1.5}]},
        },
        {"name": "search", "params": {"search_term": "cheese"}},
        {"name": "select_promotion", "params": {"items": [{"promotion_id": "o1", "item_id": "milk"}]}},
        {"name": "page_view", "params": {}},
    ],
}


def test_google_analytics_events_are_read() -> None:
    """Products, search terms and promotions; the types that we have no use for are refused."""
    cart, search, click, other = read(json.dumps(GA4).encode(), NOW)
    assert isinstance(cart, Action)
    assert isinstance(search, Action)
    assert (cart.subject, cart.session, cart.time, cart.data.items[0].quantity) == ("123.456", "7", NOW, 2)
    assert search.data.search_term == "cheese"
    assert not isinstance(click, Rejected)
    assert click.type == "select_promotion"
    assert isinstance(other, Rejected)


def test_a_google_analytics_event_that_is_sent_again_is_the_same() -> None:
    """By its content; another client's is another."""
    first, again = (read(json.dumps(GA4).encode(), NOW + timedelta(seconds=n)) for n in (0, 5))
    other = read(json.dumps({**GA4, "client_id": "9.9"}).encode(), NOW)
    assert [each.id for each in first] == [each.id for each in again]
    assert first[0].id != other[0].id


@pytest.mark.parametrize("body", [b"", b"{", b"7", b"[]", b'{"events": []}', b'{"events": 3}', b"\xff"])
def test_a_body_that_holds_no_events_is_refused(body: bytes) -> None:
    """As a whole, saying what is wanted."""
    with pytest.raises(UnreadableBodyError):
        read(body, NOW)


def test_too_many_events_are_refused() -> None:
    """As a whole, with the limit."""
    with pytest.raises(UnreadableBodyError, match=str(MOST_EVENTS)):
        read(json.dumps([view()] * (MOST_EVENTS + 1)).encode(), NOW)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=10),
    lambda each: st.lists(each, max_size=3) | st.dictionaries(st.text(max_size=10), each, max_size=4),
    max_leaves=8,
)
keys = st.sampled_from(
    ["id", "name", "type", "params", "events", "client_id", "timestamp_micros", "data", "items", "time"]
)


@given(st.lists(st.dictionaries(keys, json_values, max_size=5), min_size=1, max_size=3))
def test_garbage_is_rejected_one_by_one(garbage: list[dict[str, Any]]) -> None:
    """Whatever it is, there is an answer for each and no error."""
    assert len(read(json.dumps(garbage).encode(), NOW)) == len(garbage)
