"""What the body of `POST /api/v1/events` is meant to be: published, while each event is validated by itself."""

from typing import Annotated, Any

from pydantic import Field, RootModel

from functions.events import ActionEvent, Id, Record
from functions.usecases.incoming_events import MOST_EVENTS

type Actions = Annotated[tuple[ActionEvent, ...], Field(min_length=1, max_length=MOST_EVENTS)]
"""CloudEvents."""


class EventBatch(Record):
    """CloudEvents, many at a time."""

    events: Actions


class Ga4Event(Record):
    """An event as Google Analytics 4 names it; `event_id` in `params` makes it idempotent."""

    name: Annotated[str, Field(min_length=1, max_length=40)]
    params: dict[str, Any] = Field(default_factory=dict)
    timestamp_micros: int | None = None


class Ga4Payload(Record):
    """What the Measurement Protocol of Google Analytics 4 sends; the shopper is `user_id`, else `client_id`."""

    client_id: Id
    user_id: Id | None = None
    timestamp_micros: int | None = None
    events: Annotated[tuple[Ga4Event, ...], Field(min_length=1, max_length=MOST_EVENTS)]


class EventsBody(RootModel[ActionEvent | Actions | EventBatch | Ga4Payload]):
    """One event, or up to 500: an event that is not valid is told in its result and does its neighbours no harm."""
