"""Reading many events at once."""

import json
from datetime import datetime
from itertools import chain
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.analytics.quick import Decision, Purchase, read_all
from functions.analytics.reading import read_counted
from functions.events import InvalidEventError
from tests.unit.analytics.shop_events import body, decision, numbered, performance, promotion, view

odd = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=140), st.just([]), st.just({}),
    st.sampled_from(["a b", "a|b", "a\\x00b", "a\u00a0b", "\u00fcber", "x" * 129, "2026-11-21T10:00:00", "3", 1e300]),
)  # fmt: skip


def judged(one: bytes) -> str:
    """What the authority says of an event: as JSON, or why it is none."""
    [event] = read_counted(one)
    if isinstance(event, InvalidEventError):
        return f"invalid: {event}"
    return json.dumps(event.model_dump(mode="json"), sort_keys=True)


@given(st.integers(0, 200), st.data())
def test_it_says_what_the_authority_says(number: int, data: st.DataObject) -> None:
    """With any member of an event replaced by anything, fast and slow accept the same and refuse with one reason."""
    event = json.loads(numbered(number))
    places: list[Any] = [event, event["data"], *event["data"].get("items", [])]
    place = data.draw(st.sampled_from(places))
    place[data.draw(st.sampled_from(sorted(place)))] = data.draw(odd)
    raw = json.dumps(event).encode()
    [[quick]] = read_all([raw])
    expected = judged(raw)
    assert isinstance(quick, InvalidEventError) == expected.startswith("invalid: ")
    if isinstance(quick, InvalidEventError):
        assert f"invalid: {quick}" == expected
    else:
        told = json.loads(expected)
        assert (quick.id, quick.subject) == (told["id"], told["subject"])
        assert quick.time == datetime.fromisoformat(told["time"])


def test_one_bad_name_does_no_harm_to_its_neighbours() -> None:
    """The fast check is of all names of a run at once; each event is judged by itself where it fails."""
    bodies = [view("1"), view("a b"), view("\u00fc"), view("2")]
    first, bad, strange, last = chain.from_iterable(read_all(bodies))
    assert isinstance(bad, InvalidEventError)
    assert [event.id for event in (first, strange, last)] == ["1", "\u00fc", "2"]  # type: ignore[union-attr]


@pytest.mark.parametrize("one", [decision("1"), promotion("view_promotion", "2"), performance("3", 1.5)])
def test_a_bad_name_within_is_found(one: bytes) -> None:
    """Offers and decisions have names as well."""
    told = json.loads(one)
    for name in ("offer", "promotion_id", "decision_id"):
        if name in told["data"]:
            changed = {**told, "data": {**told["data"], name: "a|b"}}
            assert isinstance(read_all([json.dumps(changed).encode()])[0][0], InvalidEventError)


@given(st.lists(st.integers(0, 200), min_size=1, max_size=6), st.integers(0, 6))
def test_events_of_one_message_are_read_as_if_each_came_alone(numbers: list[int], bad: int) -> None:
    """One that is none among them included."""
    events = [numbered(number) for number in numbers]
    events[bad:bad] = [view("a b")] if bad <= len(events) else []
    [together] = read_all([b"[" + b",".join(events) + b"]"])
    alone = [event for [event] in read_all(events)]
    told = [[str(each) if isinstance(each, InvalidEventError) else each for each in one] for one in (together, alone)]
    assert told[0] == told[1]


def test_what_only_the_authority_can_read_is_read() -> None:
    """Numbers as texts and times as numbers are events, too."""
    [[event]] = read_all([body("purchase", "1", items=[{"item_id": "p1", "quantity": "3", "price": "1.5"}])])
    assert isinstance(event, Purchase)
    assert (event.data.items[0].quantity, event.data.items[0].price) == (3, 1.5)


def test_decisions_of_before_have_no_segment() -> None:
    """Events that an older version sent are still read."""
    [[event]] = read_all([decision("1")])
    assert isinstance(event, Decision)
    assert (event.data.placement, event.data.segment) == ("home", "")
