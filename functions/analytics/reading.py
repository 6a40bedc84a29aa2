"""What is counted of an event: decides what is an event, and says why one is none."""

from typing import Annotated, Literal

from pydantic import AwareDatetime, Field, TypeAdapter

from functions.events import (
    MOST_TOGETHER,
    Id,
    Interaction,
    InteractionType,
    InvalidEventError,
    PerformanceData,
    Promotion,
    PromotionType,
    Record,
    Text,
    read_message,
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


_Counted = CountedInteraction | CountedPromotion | CountedVisit | CountedDecision | CountedPerformance
type CountedEvent = _Counted

_one: TypeAdapter[CountedEvent] = TypeAdapter(Annotated[_Counted, Field(discriminator="type")])
_many: TypeAdapter[list[CountedEvent]] = TypeAdapter(
    Annotated[list[Annotated[_Counted, Field(discriminator="type")]], Field(min_length=1, max_length=MOST_TOGETHER)]
)


def read_counted(body: bytes) -> list[CountedEvent | InvalidEventError]:
    """What is counted of each event of a message, and in place of each that is none the reason."""
    return read_message(_one, _many, body)
