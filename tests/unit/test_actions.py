"""What shoppers do, read many at a time: the same as when each is judged by itself."""

import json
from copy import deepcopy
from datetime import UTC, datetime, timedelta
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.actions import Action, Items, quick, read_actions
from functions.events import (
    MOST_TOGETHER,
    ActionEvent,
    InteractionType,
    InvalidEventError,
    PromotionType,
    action_of,
    parse_action,
)
from functions.telemetry import TraceContext
from functions.usecases.incoming_events import Rejected, read

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
PARENT = f"00-{'a' * 32}-{'b' * 16}-01"
ITEM = {"item_id": "milk", "quantity": 2, "price": 1.5, "tracking_id": "picks~0a~1"}
TOUCH = {"items": [ITEM, {"item_id": "bread"}], "placement": "home"}
PROMOTION = {"promotion_id": "o1", "decision_id": "d1", "placement": "home", "tracking_id": "o~1", "value": 3}
DATA: dict[str, dict[str, Any]] = {
    **dict.fromkeys(get_args(InteractionType), TOUCH),
    **dict.fromkeys(get_args(PromotionType), PROMOTION),
    "search": {"search_term": "cheese"},
    "session_start": {"placement": "home"},
}
ENVELOPE = {
    "specversion": "1.0", "source": "/shop", "subject": "anna", "time": "2026-11-21T11:59:58.25+01:00",
    "session": "visit-1", "sequence": 3, "traceparent": PARENT, "tracestate": "a=1",
}  # fmt: skip


def action(kind: str, number: int = 1) -> dict[str, Any]:
    """An action of this type that leaves nothing out; the caller's own."""
    return {"id": f"e{number}", "type": kind, "data": deepcopy(DATA[kind]), **ENVELOPE}


odd = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=140), st.just([]), st.just({}),
    st.sampled_from(["a b", "a|b", "a\x00b", "a\u00a0b", "\u00fcber", "x" * 129, "x" * 257, "3", 1e300, 3.0]),
    st.sampled_from(["2026-11-21T10:00:00", "2026-11-21 10:00Z", "2026-11-21T10:00:00.1234567Z", 1.79e9]),
    st.sampled_from([PARENT, f"{PARENT}-more", PARENT.replace("00-", "01-", 1), "search", "purchase"]),
)  # fmt: skip


def judged(content: dict[str, Any]) -> ActionEvent | str:
    """What the authority says of an event: the event, or why it is none."""
    try:
        return action_of(json.loads(json.dumps(content)))
    except InvalidEventError as error:
        return str(error)


def told(each: Action | Rejected) -> ActionEvent | str:
    """The same of what was read; an action as it is read from its JSON."""
    return each.fault if isinstance(each, Rejected) else parse_action(each.to_json())


def agree(one: ActionEvent | str, other: ActionEvent | str) -> bool:
    """Whether they say the same: what is beyond a microsecond is cut by one and rounded by the other."""
    if isinstance(one, str) or isinstance(other, str):
        return one == other
    near = abs(one.time - other.time) <= timedelta(microseconds=1)
    return near and one == other.model_copy(update={"time": one.time})


@given(st.sampled_from(sorted(DATA)), st.data())
def test_it_says_what_the_authority_says(kind: str, data: st.DataObject) -> None:
    """With any member of an action replaced by anything, or gone, both accept the same and refuse with one reason."""
    content = action(kind)
    place = data.draw(st.sampled_from([content, content["data"], *content["data"].get("items", [])]))
    name = data.draw(st.sampled_from(sorted(place)))
    place[name] = data.draw(odd)
    if data.draw(st.booleans()):
        del place[name]
    neighbour = action("search", 2)
    first, second = map(told, read(json.dumps([content, neighbour]).encode(), NOW))
    assert agree(first, judged(content))
    assert agree(second, judged(neighbour))


@pytest.mark.parametrize("kind", sorted(DATA))
@pytest.mark.parametrize("wrapped", [False, True])
def test_a_sound_action_need_not_be_judged(kind: str, *, wrapped: bool) -> None:
    """Of any type, with all that it may have or only with what it must."""
    least = {name: action(kind)[name] for name in ("id", "type", "source", "subject", "time", "data")}
    events = [action(kind), least]
    found = read_actions(json.dumps({"events": events} if wrapped else events).encode())
    assert found is not None
    assert [*map(told, found)] == [*map(judged, events)]
    assert found[0] == quick(parse_action(json.dumps(action(kind))))


def test_names_of_other_alphabets_need_not_be_judged() -> None:
    """Only what no name may have is refused."""
    content = {**action("view_item"), "subject": "\u00fcber"}
    assert read_actions(json.dumps([content]).encode())
    assert read_actions(json.dumps([{**content, "session": "a\u00a0b"}]).encode()) is None


def test_what_is_written_is_a_cloud_event() -> None:
    """With its version, and without what is absent."""
    content = {name: action("view_item")[name] for name in ("id", "type", "source", "subject", "data")}
    found = read_actions(json.dumps([{**content, "time": "2026-11-21T12:00:00Z", "more": 1}]).encode())
    assert found is not None
    [event] = found
    assert isinstance(event.data, Items)
    written = json.loads(event.to_json())
    assert written == {**content, "time": "2026-11-21T12:00:00Z", "specversion": "1.0", "data": written["data"]}
    assert written["data"]["items"][1] == {"item_id": "bread"}


@pytest.mark.parametrize("count", [0, MOST_TOGETHER + 1])
def test_none_and_too_many_are_not_read(count: int) -> None:
    """How many there may be is for the door to say."""
    assert read_actions(json.dumps([action("search")] * count).encode()) is None


def test_what_caused_an_action_is_told_once() -> None:
    """Its own word goes before ours."""
    here = TraceContext(PARENT.replace("b", "c"), "ours=1")
    own = quick(parse_action(json.dumps(action("search"))))
    bare = quick(parse_action(json.dumps({**action("search"), "traceparent": "nonsense", "tracestate": None})))
    assert own.caused_in(here) is own
    assert bare.caused_in(None) is bare
    caused = bare.caused_in(here)
    assert (caused.traceparent, caused.tracestate, bare.traceparent) == (here.traceparent, "ours=1", None)
