"""Reading what is counted of many events, a tenth of the time that judging each of them takes.

What is refused here is judged by `read_counted`: it alone decides what is an event, and says why one is none.
"""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from typing import Annotated, Literal

import msgspec
from msgspec import Meta, field

from functions.actions import Items, Name, Offered, Quick, Text, well_named
from functions.analytics.reading import read_counted
from functions.events import MAX_EVENT_BYTES, MOST_TOGETHER, InvalidEventError

type Milliseconds = Annotated[float, Meta(ge=0, le=3_600_000)]


class Choice(Quick):
    """What is counted of a decision."""

    offer: Name
    level: Text
    arm: Text
    model: Text
    path: Literal["warm", "cold"]
    placement: Text = ""
    segment: Text = ""
    degraded: Annotated[list[Text], Meta(max_length=10)] = field(default_factory=list)


class Timings(Quick):
    """How long a decision took."""

    decision_id: Name
    total_ms: Milliseconds
    scoring_ms: Milliseconds
    path: Literal["warm", "cold"]
    degraded: bool = False


class Happened(Quick, tag_field="type"):
    """The part of the envelope that is needed to count an event once, in its minute."""

    id: Name
    subject: Name
    time: Annotated[datetime, Meta(tz=True)]


class Touched(Happened):
    """A shopper did something with products."""

    data: Items


class ViewItem(Touched, tag="view_item"): ...


class ViewItemList(Touched, tag="view_item_list"): ...


class SelectItem(Touched, tag="select_item"): ...


class AddToWishlist(Touched, tag="add_to_wishlist"): ...


class AddToCart(Touched, tag="add_to_cart"): ...


class RemoveFromCart(Touched, tag="remove_from_cart"): ...


class Purchase(Touched, tag="purchase"): ...


class Promoted(Happened):
    """An offer was shown, clicked or redeemed."""

    data: Offered


class ViewPromotion(Promoted, tag="view_promotion"): ...


class SelectPromotion(Promoted, tag="select_promotion"): ...


class CouponRedeemed(Promoted, tag="coupon_redeemed"): ...


class SessionStart(Happened, tag="session_start"): ...


class Search(Happened, tag="search"): ...


class Decision(Happened, tag="decision"):
    """A decision was made."""

    data: Choice


class Performance(Happened, tag="performance"):
    """A decision's timings."""

    data: Timings


type QuickEvent = (
    ViewItem | ViewItemList | SelectItem | AddToWishlist | AddToCart | RemoveFromCart | Purchase
    | ViewPromotion | SelectPromotion | CouponRedeemed | SessionStart | Search | Decision | Performance
)  # fmt: skip
type Read = list[QuickEvent | InvalidEventError]
"""The events of a message, and in place of each that is none the reason."""
_one: Callable[[bytes], QuickEvent] = msgspec.json.Decoder(QuickEvent).decode
_many: Callable[[bytes], list[QuickEvent]] = msgspec.json.Decoder(
    Annotated[list[QuickEvent], Meta(min_length=1, max_length=MOST_TOGETHER)]
).decode


def read_all(bodies: Sequence[bytes]) -> list[Read]:
    """The events of each message of a run."""
    messages = [_read(body) for body in bodies]
    events = [event for message in messages for event in message if not isinstance(event, InvalidEventError)]
    if not well_named([*_names(events)]):
        return [
            message if all(map(_well_named, message)) else _judged(body)
            for message, body in zip(messages, bodies, strict=True)
        ]
    return messages


def _read(body: bytes) -> Read:
    try:
        if body.startswith(b"["):
            return [*_many(body)]
        if len(body) <= MAX_EVENT_BYTES:
            return [_one(body)]
    except (msgspec.DecodeError, UnicodeDecodeError):
        pass  # they may still be events: numbers as texts, a time as a number, good ones beside bad ones
    return _judged(body)


def _judged(body: bytes) -> Read:
    """The events as the one that decides reads them."""
    return [
        event if isinstance(event, InvalidEventError) else msgspec.convert(event.model_dump(), QuickEvent)
        for event in read_counted(body)
    ]


def _well_named(event: QuickEvent | InvalidEventError) -> bool:
    return isinstance(event, InvalidEventError) or well_named([*_names([event])])


def _names(events: Sequence[QuickEvent]) -> Iterator[str]:
    """Every identifier in some events."""
    yield from [event.id for event in events]
    yield from [event.subject for event in events]
    for event in events:
        if isinstance(event, Touched):
            for item in event.data.items:
                yield item.item_id
                if item.tracking_id is not None:
                    yield item.tracking_id
        elif isinstance(event, Decision):
            yield event.data.offer
        elif isinstance(event, Performance):
            yield event.data.decision_id
        elif isinstance(event, Promoted):
            told = event.data
            yield from filter(None, (told.promotion_id, told.decision_id, told.tracking_id))
