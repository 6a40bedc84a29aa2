"""The one vocabulary of what happens: CloudEvents 1.0 whose types use the GA4 e-commerce names.

The same models are the door of every queue, of the Event Hub and of HTTP: what does not validate here is not an
event. A message of the Event Hub holds one event, or many as an array: that costs a fraction of it, as hub and SDK
count messages. Source: CloudEvents 1.0.2 JSON format and JSON batch format, with its documented `sequence`
and `traceparent` extensions; GA4 recommended events.
"""

from collections.abc import Iterable, Mapping
from typing import Annotated, Any, Literal, Self
from uuid import NAMESPACE_URL, uuid5

from pydantic import AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field, TypeAdapter, ValidationError
from pydantic_core import ErrorDetails, from_json

from functions.contracts import EVENT_SOURCE
from functions.telemetry import TraceContext, valid_parent, valid_state

ID_PATTERN = r"^[^\s|/\\?#]{1,128}$"
Id = Annotated[str, Field(pattern=ID_PATTERN)]
"""An identifier: fit for a Cosmos id, a Redis key and a URL."""
Text = Annotated[str, Field(max_length=256)]
Score = Annotated[float, Field(ge=-1e6, le=1e6, allow_inf_nan=False)]
InteractionType = Literal[
    "view_item", "view_item_list", "select_item", "add_to_wishlist", "add_to_cart", "remove_from_cart", "purchase"
]
PromotionType = Literal["view_promotion", "select_promotion", "coupon_redeemed"]
Milliseconds = Annotated[float, Field(ge=0, le=3_600_000, allow_inf_nan=False)]
TraceParent = Annotated[str | None, BeforeValidator(valid_parent)]
TraceState = Annotated[str | None, BeforeValidator(valid_state)]
"""As W3C Trace Context says; what is not valid is dropped, as an event is worth more than its trace."""

MAX_EVENT_BYTES = 32 * 1024
"""Our own largest are a few kB; a storage queue message holds 48 KiB after base64."""
MOST_TOGETHER = 500
"""Events of a message."""


class InvalidEventError(Exception):
    """The bytes are not an event of our vocabulary; the text names the first fields that are wrong."""


class Record(BaseModel):
    """Immutable; fields it does not know are dropped, so that newer producers can be read."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class Item(Record):
    """A product in an interaction; price in the shop's currency, for one unit.

    `tracking_id` is that of the list in which the shopper saw it: what becomes of a list is known by it.
    """

    item_id: Id
    quantity: Annotated[int, Field(ge=1, le=10_000)] = 1
    price: Annotated[float, Field(ge=0, le=1e6, allow_inf_nan=False)] | None = None
    tracking_id: Id | None = None


class Interaction(Record):
    """What a shopper did with products."""

    items: Annotated[tuple[Item, ...], Field(min_length=1, max_length=100)]
    placement: Text | None = None


class Search(Record):
    """What a shopper looked for."""

    search_term: Annotated[str, Field(min_length=1, max_length=256)]


class Promotion(Record):
    """What a shopper did with an offer; `decision_id` ties it to the decision that showed it.

    `tracking_id` is the one that came with the decision: what becomes of offers is told by what it says (placement,
    segment, path and model). `value` is what was paid for what the coupon was for, in the shop's currency.
    """

    promotion_id: Id
    decision_id: Id | None = None
    placement: Text | None = None
    tracking_id: Id | None = None
    value: Annotated[float, Field(ge=0, le=1e6, allow_inf_nan=False)] | None = None


class Visit(Record):
    """A shopper arrives."""

    placement: Text | None = None


class ScoredProduct(Record):
    """A product and its affinity for the shopper."""

    product: Id
    score: Score


class ScoredOffer(Record):
    """An offer that was considered; `refused` says why it was not eligible, empty when it was."""

    offer: Id
    score: Score
    refused: tuple[Text, ...] = ()


class DecisionData(Record):
    """What was decided for a shopper, and everything needed to understand it later."""

    action_id: Id
    """The event that asked for the decision."""
    offer: Id
    runner_up: Id | None = None
    placement: Text
    segment: Text = ""
    """The shopper's segment; empty when there is none, or when the shopper opted out."""
    level: Literal["affinity", "rule", "priority", "fallback"]
    """The step of the offer logic that found the offer."""
    arm: Literal["personalized", "exploration", "holdout"]
    probability: Annotated[float, Field(gt=0, le=1)]
    """Probability with which the policy shows this offer to this shopper at this moment."""
    model: Text
    """Version of the model that scored, `none` when pre-computed affinities were used."""
    path: Literal["warm", "cold"]
    """Warm: scored by the model, from history or from the clicks of the session. Cold: pre-computed affinities."""
    degraded: tuple[Text, ...] = ()
    """Dependencies that were down while deciding."""
    products: Annotated[tuple[ScoredProduct, ...], Field(max_length=50)]
    """The recommended products, best first."""
    considered: Annotated[tuple[ScoredOffer, ...], Field(max_length=20)]
    """The best-scored offers, eligible or not."""
    scored_by: Literal["redemption", "fit"] = "fit"
    """What their scores are: the probability of a redemption, or the share of what is likely that they cover."""
    reasons: Annotated[tuple[Text, ...], Field(max_length=10)]


class PerformanceData(Record):
    """How long a decision took, whole and scoring alone."""

    decision_id: Id
    total_ms: Milliseconds
    scoring_ms: Milliseconds
    path: Literal["warm", "cold"]
    degraded: bool = False


class CloudEvent(Record):
    """The envelope. `id` makes an event idempotent; `subject` is the shopper and the partition key."""

    specversion: Literal["1.0"] = "1.0"
    id: Id
    source: Annotated[str, Field(min_length=1, max_length=256)]
    subject: Id
    time: AwareDatetime
    session: Id | None = None
    sequence: Annotated[int, Field(ge=0, le=1_000_000)] | None = None
    """Position of the event within its session."""
    traceparent: TraceParent = None
    """Where in which trace the event was caused (CloudEvents' distributed tracing extension)."""
    tracestate: TraceState = None

    @property
    def trace(self) -> TraceContext | None:
        """What caused the event."""
        return TraceContext(self.traceparent, self.tracestate) if self.traceparent else None

    def caused_in(self, context: TraceContext | None) -> Self:
        """The event with what caused it, unless it says so already: a trace is told by where it began."""
        if context is None or self.traceparent:
            return self
        return self.model_copy(update={"traceparent": context.traceparent, "tracestate": context.tracestate})


class InteractionEvent(CloudEvent):
    """A shopper did something with products."""

    type: InteractionType
    data: Interaction


class SearchEvent(CloudEvent):
    """A shopper searched."""

    type: Literal["search"] = "search"
    data: Search


class PromotionEvent(CloudEvent):
    """An offer was shown, clicked or redeemed."""

    type: PromotionType
    data: Promotion


class VisitEvent(CloudEvent):
    """A session began."""

    type: Literal["session_start"] = "session_start"
    data: Visit = Visit()


class DecisionEvent(CloudEvent):
    """A decision was made; `id` is the decision's id."""

    type: Literal["decision"] = "decision"
    data: DecisionData


class PerformanceEvent(CloudEvent):
    """A decision's timings."""

    type: Literal["performance"] = "performance"
    data: PerformanceData


ActionEvent = InteractionEvent | SearchEvent | PromotionEvent | VisitEvent
"""What a shopper does: the messages of `user-actions`."""
ResponseEvent = VisitEvent | DecisionEvent
"""What a shopper reacts to: the messages of `user-responses`."""
Event = InteractionEvent | SearchEvent | PromotionEvent | VisitEvent | DecisionEvent | PerformanceEvent

_any = TypeAdapter[Event](Annotated[Event, Field(discriminator="type")])
_all = TypeAdapter[list[Event]](
    Annotated[list[Annotated[Event, Field(discriminator="type")]], Field(min_length=1, max_length=MOST_TOGETHER)]
)
_action = TypeAdapter[ActionEvent](Annotated[ActionEvent, Field(discriminator="type")])
_response = TypeAdapter[ResponseEvent](Annotated[ResponseEvent, Field(discriminator="type")])


def parse_event(body: bytes | str) -> Event:
    """Read one event of any type, or raise `InvalidEventError`."""
    return _parse(_any, body)


def parse_message(body: bytes) -> list[Event | InvalidEventError]:
    """The events of a message, and in place of each that is none the reason."""
    return read_message(_any, _all, body)


def read_message[T](one: TypeAdapter[T], many: TypeAdapter[list[T]], body: bytes) -> list[T | InvalidEventError]:
    """The same for any reading of an event, `many` being that of a list with 1 to `MOST_TOGETHER` of them."""
    try:
        return [*many.validate_json(body)] if body.startswith(b"[") else [_parse(one, body)]
    except ValidationError as error:
        return _each(one, body, error)
    except InvalidEventError as error:
        return [error]


def _each[T](one: TypeAdapter[T], body: bytes, whole: ValidationError) -> list[T | InvalidEventError]:
    try:
        contents = from_json(body)
    except ValueError:
        return [invalid_event(whole)]
    if not 1 <= len(contents) <= MOST_TOGETHER:
        return [InvalidEventError(f"the message has {len(contents)} events, 1 to {MOST_TOGETHER} are allowed")]
    found: list[T | InvalidEventError] = []
    for content in contents:
        try:
            found.append(_checked(one, content))
        except InvalidEventError as error:
            found.append(error)
    return found


def parse_action(body: bytes | str) -> ActionEvent:
    """Read what a shopper did, or raise `InvalidEventError`."""
    return _parse(_action, body)


def action_of(content: Mapping[str, Any]) -> ActionEvent:
    """What a shopper did, of JSON that was read already, or raise `InvalidEventError`."""
    return _checked(_action, content)


def parse_response(body: bytes | str) -> ResponseEvent:
    """Read what a shopper was shown, or raise `InvalidEventError`."""
    return _parse(_response, body)


def decision_id(action_id: str) -> str:
    """The id of the decision that an action asks for: the same at every delivery of the action."""
    return _caused("decision", action_id)


def performance_id(action_id: str) -> str:
    """The id of the event with the timings of the decision that an action asks for."""
    return _caused("performance", action_id)


def to_json(event: CloudEvent) -> str:
    """The event as CloudEvents JSON, absent attributes left out."""
    return event.model_dump_json(exclude_none=True)


def to_json_batch(events: Iterable[bytes]) -> bytes:
    """Events that are JSON already, as one message."""
    return b"[" + b",".join(events) + b"]"


def _caused(effect: str, cause: str) -> str:
    return str(uuid5(NAMESPACE_URL, f"{EVENT_SOURCE}/{effect}/{cause}"))


def _parse[T](adapter: TypeAdapter[T], body: bytes | str) -> T:
    if len(body) > MAX_EVENT_BYTES:
        raise InvalidEventError(f"the event has {len(body)} bytes, {MAX_EVENT_BYTES} is the most")
    try:
        return adapter.validate_json(body)
    except ValidationError as error:
        raise invalid_event(error) from None


def _checked[T](adapter: TypeAdapter[T], content: object) -> T:
    try:
        return adapter.validate_python(content)
    except ValidationError as error:
        raise invalid_event(error) from None


def invalid_event(error: ValidationError) -> InvalidEventError:
    """The first faults in words, none of them the event's own: they end in logs."""
    faults = error.errors(include_url=False, include_input=False)[:3]
    return InvalidEventError("; ".join(f"{_path(fault['loc'])}: {_says(fault)}" for fault in faults))


def _says(fault: ErrorDetails) -> str:
    if fault["type"] == "union_tag_invalid":  # whose text quotes the type that came
        return f"its type is none of {fault['ctx']['expected_tags']}"
    return fault["msg"]


def _path(loc: tuple[int | str, ...]) -> str:
    return ".".join(str(part) for part in loc) or "event"
