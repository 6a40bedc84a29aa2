"""What is counted of an event: decides what is an event, and says why one is none."""

from typing import Annotated, Literal

from pydantic import AwareDatetime, Field, TypeAdapter, ValidationError

from functions.events import (
    MAX_EVENT_BYTES,
    Id,
    Interaction,
    InteractionType,
    InvalidEventError,
    PerformanceData,
    Promotion,
    PromotionType,
    Record,
    Text,
)


class Counted(Record):
    """The part of the envelope that is needed to count an event once, in its minute."""

    id: Id
    subject: Id
    time: AwareDatetime


class CountedInteraction(Counted):
    """A shopper did something with products."""

    type: InteractionType
    data: Interaction


class CountedPromotion(Counted):
    """An offer was shown, clicked or redeemed."""

    type: PromotionType
    data: Promotion


class CountedVisit(Counted):
    """Counted by type alone."""

    type: Literal["session_start", "search"]


class Choice(Record):
    """What is counted of a decision."""

    offer: Id
    level: Text
    arm: Text
    model: Text
    path: Literal["warm", "cold"]
    placement: Text = ""
    segment: Text = ""
    degraded: Annotated[tuple[Text, ...], Field(max_length=10)] = ()


class CountedDecision(Counted):
    """A decision was made."""

    type: Literal["decision"]
    data: Choice


class CountedPerformance(Counted):
    """A decision's timings."""

    type: Literal["performance"]
    data: PerformanceData


type CountedEvent = CountedInteraction | CountedPromotion | CountedVisit | CountedDecision | CountedPerformance

_counted: TypeAdapter[CountedEvent] = TypeAdapter(
    Annotated[
        CountedInteraction | CountedPromotion | CountedVisit | CountedDecision | CountedPerformance,
        Field(discriminator="type"),
    ]
)


def read_counted(body: bytes) -> CountedEvent:
    """Read what is counted of an event, or raise `InvalidEventError`."""
    if len(body) > MAX_EVENT_BYTES:
        raise InvalidEventError(f"the event has {len(body)} bytes, {MAX_EVENT_BYTES} is the most")
    try:
        return _counted.validate_json(body)
    except ValidationError as error:
        fault = error.errors(include_url=False, include_input=False, include_context=False)[0]
        where = ".".join(map(str, fault["loc"])) or "event"
        raise InvalidEventError(f"{where}: {fault['msg']}") from None
