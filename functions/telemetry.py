"""What the system tells of its own work: traces and figures. No SDK is known here, and silence costs next to nothing.

A trace context travels as W3C Trace Context says, in the `traceparent` and `tracestate` of CloudEvents (distributed
tracing extension) and so in queues and in the Event Hub. Only contexts whose trace is recorded travel: others lead
nowhere, and the stream is paid for by bytes.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from enum import Enum
from itertools import islice
from typing import Literal, Protocol, Self

type Value = str | bool | int | float
type Attributes = Mapping[str, Value]

MOST_LINKS = 32
"""Traces that the work on a batch is linked to."""
MOST_STATE = 512
"""Characters of a `tracestate` that are carried on."""
_PARENT = re.compile(r"(?!ff)[0-9a-f]{2}-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}", re.ASCII)
_STATE = re.compile(r"[\x20-\x7e]+", re.ASCII)
_RECORDED = re.compile(rb'"traceparent"\s*:\s*"(00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f][13579bdf])"')


@dataclass(frozen=True, slots=True)
class TraceContext:
    """Where in which trace something was caused; valid by construction through `read`."""

    traceparent: str
    tracestate: str | None = None

    @classmethod
    def read(cls, traceparent: object, tracestate: object = None) -> Self | None:
        """The context that somebody claims, None when it is none: what is not valid is as if it was not there."""
        parent = valid_parent(traceparent)
        return cls(parent, valid_state(tracestate)) if parent is not None else None


def valid_parent(text: object) -> str | None:
    """A `traceparent` of version 00, None for anything else (W3C Trace Context, 3.2.2)."""
    if not isinstance(text, str) or not _PARENT.match(text):
        return None
    parent, rest = text[:55], text[55:]
    if rest and (text.startswith("00") or not rest.startswith("-")):
        return None
    return f"00{parent[2:]}"  # what a newer version adds is not ours to carry on


def valid_state(text: object) -> str | None:
    """A `tracestate` that is fit to be carried on, None for anything else."""
    fit = isinstance(text, str) and len(text) <= MOST_STATE and _STATE.fullmatch(text)
    return text if fit and isinstance(text, str) else None


def traces_in(messages: Iterable[bytes]) -> Iterator[TraceContext]:
    """The recorded traces that messages of CloudEvents carry, each once, `MOST_LINKS` at the most.

    Looked for in the bytes: to parse a batch twice would cost more than all the rest of tracing.
    """
    found = (match[1].decode() for body in messages for match in _RECORDED.finditer(body))
    seen = set[str]()
    fresh = (parent for parent in found if parent not in seen and not seen.add(parent))  # type: ignore[func-returns-value]
    yield from (TraceContext(parent) for parent in islice(fresh, MOST_LINKS))


class Work(Enum):
    """What a span is about: an answer to a caller, a message, a batch of messages, a request, or a step inside."""

    ANSWER, MESSAGE, BATCH, SENDING, STEP = range(5)


@dataclass(frozen=True, slots=True)
class Figure:
    """Something that is counted or measured; `unit` is in UCUM, as OpenTelemetry wants it."""

    name: str
    kind: Literal["counter", "histogram", "gauge"]
    unit: str
    says: str


DECISIONS = Figure("personalization.decisions", "counter", "{decision}", "Decisions, by path, level and degraded")
DECISION_TIME = Figure("personalization.decision.duration", "histogram", "s", "From an action to its sent events")
LIST_TIME = Figure("personalization.list.duration", "histogram", "s", "From a question to a list of products")
# Not OpenTelemetry's own name for it: Application Insights would add it to the requests that the host tells of.
ANSWER_TIME = Figure("personalization.answer.duration", "histogram", "s", "From a request to its answer")
LAG = Figure("personalization.stream.lag", "gauge", "{message}", "Messages that wait to be aggregated")
PARKED = Figure("personalization.messages.parked", "counter", "{message}", "Messages put into a poison queue")
MODEL_SWAPS = Figure("personalization.model.swaps", "counter", "{swap}", "Versions taken, and those that failed")


class Span(Protocol):
    """A piece of work under way."""

    def set(self, name: str, value: Value) -> None:
        """Say something of it; never whom it is about."""

    def failed(self, kind: str) -> None:
        """Say that it failed, and with what kind of error; never with which text, which may name somebody."""


class Telemetry(Protocol):
    """Who is told. Nothing here ever raises, or waits."""

    def span(
        self,
        name: str,
        work: Work = Work.STEP,
        attributes: Attributes | None = None,
        *,
        parent: TraceContext | None = None,
        links: Iterable[TraceContext] = (),
        afresh: bool = False,
    ) -> AbstractContextManager[Span]:
        """A piece of work, current while it lasts; an exception that leaves it is its failure.

        It belongs to `parent`, else to what is current. With `afresh` it begins a trace of its own, sampled by our
        own dice, that is only linked with both.
        """

    def context(self) -> TraceContext | None:
        """Where we are, for what we cause; None when it is not recorded."""

    def ids(self) -> tuple[str, str] | None:
        """Trace and span, for the log; None outside of any."""

    def record(self, figure: Figure, value: float, attributes: Attributes | None = None) -> None:
        """Add to a counter, or tell a value."""


class _Nothing:
    """A span that nobody looks at, and its own context manager: it can be entered any number of times."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        return None

    def set(self, *_: object, **__: object) -> None:
        """Nobody listens."""

    def failed(self, *_: object, **__: object) -> None:
        """Nobody listens."""


_NOTHING = _Nothing()


class Silent:
    """Implements `Telemetry`: nobody is told anything."""

    def span(self, *_: object, **__: object) -> _Nothing:
        """Nothing."""
        return _NOTHING

    def context(self) -> None:
        """Nowhere."""

    def ids(self) -> None:
        """None."""

    def record(self, *_: object, **__: object) -> None:
        """Nobody counts."""


SILENT = Silent()


BATCH = "messaging.batch.message_count"
"""What a span of a batch has for an attribute."""


def batch(telemetry: Telemetry, name: str, messages: Sequence[bytes]) -> AbstractContextManager[Span]:
    """The work on messages of the stream, linked to the traces in which their events were caused."""
    if telemetry is SILENT:
        return _NOTHING
    return telemetry.span(name, Work.BATCH, {BATCH: len(messages)}, links=traces_in(messages))
