"""What shoppers do, read and written many at a time: a tenth of what `functions.events` takes, which decides.

What is refused here may still be an event: a number as a text, a time as a number. `action_of` in `functions.events`
alone says what is one, and why one is none; `quick` brings what it accepted here.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Annotated, Any, Literal, Self, get_args

import msgspec
from msgspec import Meta, field

from functions.events import ID_PATTERN, MOST_TOGETHER, ActionEvent, InteractionType, PromotionType, to_json
from functions.telemetry import TraceContext, valid_parent, valid_state

type Name = Annotated[str, Meta(min_length=1, max_length=128)]
"""An identifier, whose characters `well_named` judges: of many at once."""
type Text = Annotated[str, Meta(max_length=256)]
type Money = Annotated[float, Meta(ge=0, le=1e6)]

_NO_NAME = b"\t\n\v\f\r\x1c\x1d\x1e\x1f |/\\?#"
_name = re.compile(ID_PATTERN.removesuffix("$") + r"\Z")


class Quick(msgspec.Struct, gc=False, omit_defaults=True):
    """Never part of a cycle, so that the garbage collector need not look at it; what is absent is not written."""


class Item(Quick):
    """A product in an interaction."""

    item_id: Name
    quantity: Annotated[int, Meta(ge=1, le=10_000)] = 1
    price: Money | None = None
    tracking_id: Name | None = None


class Items(Quick):
    """What a shopper did it with."""

    items: Annotated[list[Item], Meta(min_length=1, max_length=100)]
    placement: Text | None = None


class Sought(Quick):
    """What a shopper looked for."""

    search_term: Annotated[str, Meta(min_length=1, max_length=256)]


class Offered(Quick):
    """The offer that was shown, clicked or redeemed."""

    promotion_id: Name
    decision_id: Name | None = None
    placement: Text | None = None
    tracking_id: Name | None = None
    value: Money | None = None


class Arrival(Quick):
    """Where a session began."""

    placement: Text | None = None


class Action(Quick):
    """The envelope; `data` is one of the above, as the type wants it."""

    id: Name
    source: Annotated[str, Meta(min_length=1, max_length=256)]
    subject: Name
    time: Annotated[datetime, Meta(tz=True)]
    type: Literal[
        "view_item", "view_item_list", "select_item", "add_to_wishlist", "add_to_cart", "remove_from_cart",
        "purchase", "search", "view_promotion", "select_promotion", "coupon_redeemed", "session_start",
    ]  # fmt: skip
    data: Any = None
    session: Name | None = None
    sequence: Annotated[int, Meta(ge=0, le=1_000_000)] | None = None
    traceparent: str | None = None
    tracestate: str | None = None
    specversion: Literal["1.0"] = field(default_factory=lambda: "1.0")  # a mere default would not be written

    def caused_in(self, context: TraceContext | None) -> Self:
        """The action with what caused it, unless it says so already: a trace is told by where it began."""
        if context is None or self.traceparent:
            return self
        return msgspec.structs.replace(self, traceparent=context.traceparent, tracestate=context.tracestate)

    def to_json(self) -> bytes:
        """The event as CloudEvents JSON."""
        return _encoded(self)


class _Unread(Action):
    """An action whose data is to be read as its type wants it."""

    data: msgspec.Raw = msgspec.Raw(b"{}")


class _Batch(Quick):
    """Actions in an object."""

    events: Annotated[list[_Unread], Meta(min_length=1, max_length=MOST_TOGETHER)]


_encoded: Callable[[object], bytes] = msgspec.json.Encoder().encode
_one: Callable[[bytes], _Unread] = msgspec.json.Decoder(_Unread).decode
_many: Callable[[bytes], list[_Unread] | _Batch] = msgspec.json.Decoder(
    Annotated[list[_Unread], Meta(min_length=1, max_length=MOST_TOGETHER)] | _Batch
).decode
_TOUCHED, _OFFERED = msgspec.json.Decoder(Items).decode, msgspec.json.Decoder(Offered).decode
_DATA: Mapping[str, Callable[[msgspec.Raw], Quick]] = {
    **dict.fromkeys(get_args(InteractionType), _TOUCHED),
    **dict.fromkeys(get_args(PromotionType), _OFFERED),
    "search": msgspec.json.Decoder(Sought).decode,
    "session_start": msgspec.json.Decoder(Arrival).decode,
}


def read_actions(body: bytes) -> Sequence[Action] | None:
    """The actions of an array, or of an object with `events`; None when any of them is for `action_of` to judge."""
    try:
        found = _many(body)
        actions = [_read(each) for each in (found.events if isinstance(found, _Batch) else found)]
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None
    return actions if well_named([*_names(actions)]) else None


def quick(event: ActionEvent) -> Action:
    """What was judged to be an action."""
    return _read(_one(to_json(event).encode()))


def _read(action: _Unread) -> Action:
    read: Action = action
    read.data = _DATA[action.type](action.data)
    if read.traceparent is not None or read.tracestate is not None:
        read.traceparent, read.tracestate = valid_parent(read.traceparent), valid_state(read.tracestate)
    return read


def well_named(names: Sequence[str]) -> bool:
    """Whether all of these are identifiers, where each has a length that one may have."""
    joined = "".join(names)
    raw = joined.encode()
    if joined.isascii() and len(raw.translate(None, _NO_NAME)) == len(raw):
        return True
    return all(map(_name.match, names))


def _names(actions: Sequence[Action]) -> Iterator[str]:
    """Every identifier in some actions."""
    yield from [action.id for action in actions]
    yield from [action.subject for action in actions]
    for action in actions:
        told = action.data
        if action.session is not None:
            yield action.session
        if isinstance(told, Items):
            for item in told.items:
                yield item.item_id
                if item.tracking_id is not None:
                    yield item.tracking_id
        elif isinstance(told, Offered):
            yield from filter(None, (told.promotion_id, told.decision_id, told.tracking_id))
