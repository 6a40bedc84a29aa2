"""The body of `POST /api/v1/events`: CloudEvents, or what Google Analytics 4 sends, each event read by itself."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from pydantic import TypeAdapter, ValidationError

from functions.actions import Action, quick, read_actions
from functions.contracts import EVENT_SOURCE
from functions.events import InvalidEventError, action_of

MOST_EVENTS = 500
MOST_BYTES = 1_000_000
GA4_SOURCE = "/ga4"
PROMOTION_FIELDS = ("promotion_id", "decision_id", "tracking_id")

_actions = TypeAdapter[dict[str, Any] | list[Any]](dict[str, Any] | list[Any])


class UnreadableBodyError(Exception):
    """The body as a whole is not what events come in; the text says what is."""


@dataclass(frozen=True, slots=True)
class Rejected:
    """An event that is none, with the id that it claims, and why."""

    id: str | None
    fault: str


type Incoming = Action | Rejected


def read(body: bytes, now: datetime) -> list[Incoming]:
    """Each event of the body in its order; raises `UnreadableBodyError`.

    A CloudEvent, an array of them or `{"events": [...]}`; or GA4's Measurement Protocol, `{"client_id": ...,
    "events": [{"name": ..., "params": ...}]}`.
    """
    if (actions := read_actions(body)) is not None:
        return [*actions]
    try:
        content = _actions.validate_json(body)
    except ValidationError:
        raise UnreadableBodyError("The body is not a JSON object or array of events.") from None
    events = content if isinstance(content, list) else content.get("events", [content])
    if not isinstance(events, list) or not events:
        raise UnreadableBodyError("There is no event: give one, an array of them, or an object with `events`.")
    if len(events) > MOST_EVENTS:
        raise UnreadableBodyError(f"There are {len(events)} events, {MOST_EVENTS} are the most.")
    sender = content if isinstance(content, dict) else {}
    return [_one(event, sender, now) for event in events]


def _one(event: object, sender: Mapping[str, Any], now: datetime) -> Incoming:
    if not isinstance(event, dict):
        return Rejected(None, "event: it is not an object")
    try:
        return quick(action_of(_from_ga4(event, sender, now) if "name" in event and "type" not in event else event))
    except InvalidEventError as error:
        return Rejected(str(event["id"])[:128] if "id" in event else None, str(error))


def _from_ga4(event: Mapping[str, Any], sender: Mapping[str, Any], now: datetime) -> Mapping[str, Any]:
    """The CloudEvent of a GA4 event. Without an `event_id` its id is made of its content, time included."""
    params = event.get("params") if isinstance(event.get("params"), dict) else {}
    assert isinstance(params, dict)
    told = event.get("timestamp_micros") or sender.get("timestamp_micros")
    subject = str(sender.get("user_id") or sender.get("client_id") or params.get("client_id") or "")
    content = json.dumps([subject, told, event], sort_keys=True, default=str)
    return {
        "id": params.get("event_id") or str(uuid5(NAMESPACE_URL, f"{EVENT_SOURCE}{GA4_SOURCE}/{content}")),
        "source": GA4_SOURCE,
        "subject": subject,
        "time": _moment(told, now),
        "type": event["name"],
        "session": str(params["session_id"]) if "session_id" in params else None,
        "data": dict(_data(params)),
    }


def _data(params: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """The fields that the vocabulary has; those it lacks are dropped when the event is validated."""
    items = params.get("items")
    yield from ((name, value) for name, value in params.items() if name != "items")
    yield "items", items
    first = items[0] if isinstance(items, list) and items and isinstance(items[0], dict) else {}
    yield from ((name, first[name]) for name in PROMOTION_FIELDS if name in first and name not in params)


def _moment(micros: object, now: datetime) -> object:
    """Microseconds since 1970 as a time; what is none stays, to be refused as a time."""
    if micros is None:
        return now
    try:
        return datetime.fromtimestamp(int(str(micros)) / 1e6, UTC)
    except (ValueError, OverflowError, OSError):
        return str(micros)
