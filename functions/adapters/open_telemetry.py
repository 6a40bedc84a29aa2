"""Traces and figures through the API of OpenTelemetry. Who exports them is decided elsewhere, in Azure by Azure."""

from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractContextManager
from types import TracebackType
from typing import Self

from opentelemetry import context as contexts
from opentelemetry import trace
from opentelemetry.metrics import Meter
from opentelemetry.trace import Link, NonRecordingSpan, SpanContext, SpanKind, Status, StatusCode, TraceFlags
from opentelemetry.trace.span import TraceState, format_span_id, format_trace_id

from functions.telemetry import SILENT, Attributes, Figure, Span, TraceContext, Value, Work

KINDS: Mapping[Work, SpanKind] = {
    Work.ANSWER: SpanKind.SERVER,
    Work.MESSAGE: SpanKind.CONSUMER,
    Work.BATCH: SpanKind.CONSUMER,
    Work.SENDING: SpanKind.PRODUCER,
    Work.STEP: SpanKind.INTERNAL,
}
ENTRIES = frozenset({Work.ANSWER, Work.MESSAGE, Work.BATCH})
"""What the Functions host of Azure tells of as well: as a request, which must not be counted twice."""
STEPS = frozenset({Work.STEP, Work.SENDING})
SECONDS = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5)
"""Bounds of histograms."""

type Recorder = Callable[[float, dict[str, Value]], None]


class OpenTelemetry:
    """Implements `Telemetry`. `hosted`: the host tells of every call itself, ours are steps inside of it."""

    def __init__(self, tracer: trace.Tracer, meter: Meter, *, hosted: bool = False) -> None:
        self._tracer = tracer
        self._meter = meter
        self._kinds = {**KINDS, **dict.fromkeys(ENTRIES, SpanKind.INTERNAL)} if hosted else KINDS
        self._recorders: dict[str, Recorder] = {}

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
        """A piece of work, current while it lasts."""
        here = trace.get_current_span().get_span_context()
        if work in STEPS and here.is_valid and not here.is_remote and not here.trace_flags.sampled:
            return SILENT.span()  # a part of what is not recorded
        given = _remote(parent) if parent is not None else here
        # Whether the host began its own step in the caller's trace.
        within = here.is_valid and here.trace_id == given.trace_id
        around = _around(given, afresh=afresh, within=within)
        others = ([here] if afresh or not within else []) + ([given] if afresh and not within else [])
        span = self._tracer.start_span(
            name,
            context=around,
            kind=self._kinds[work],
            attributes=dict(attributes or {}),
            links=[Link(one) for one in (*map(_remote, links), *others) if one.is_valid],
            record_exception=False,
            set_status_on_exception=False,
        )
        return _Current(span)

    def context(self) -> TraceContext | None:
        """Where we are; None when it is not recorded."""
        found = trace.get_current_span().get_span_context()
        if not (found.is_valid and found.trace_flags.sampled):
            return None
        parent = f"00-{format_trace_id(found.trace_id)}-{format_span_id(found.span_id)}-01"
        return TraceContext(parent, found.trace_state.to_header() or None)

    def ids(self) -> tuple[str, str] | None:
        """Trace and span."""
        found = trace.get_current_span().get_span_context()
        return (format_trace_id(found.trace_id), format_span_id(found.span_id)) if found.is_valid else None

    def record(self, figure: Figure, value: float, attributes: Attributes | None = None) -> None:
        """Add to a counter, or tell a value."""
        recorder = self._recorders.get(figure.name) or self._recorders.setdefault(figure.name, self._made(figure))
        recorder(value, dict(attributes or {}))

    def _made(self, figure: Figure) -> Recorder:
        if figure.kind == "counter":
            return self._meter.create_counter(figure.name, figure.unit, figure.says).add
        if figure.kind == "gauge":
            return self._meter.create_gauge(figure.name, figure.unit, figure.says).set
        return self._meter.create_histogram(
            figure.name, figure.unit, figure.says, explicit_bucket_boundaries_advisory=SECONDS
        ).record


class _Current:
    """A span that is the current one between enter and exit."""

    __slots__ = ("_span", "_token")

    def __init__(self, span: trace.Span) -> None:
        self._span = span

    def __enter__(self) -> Self:
        self._token = contexts.attach(trace.set_span_in_context(self._span))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, where: TracebackType | None
    ) -> None:
        contexts.detach(self._token)
        if kind is not None:
            self.failed(kind.__name__)
        self._span.end()

    def set(self, name: str, value: Value) -> None:
        """Say something of it."""
        self._span.set_attribute(name, value)

    def failed(self, kind: str) -> None:
        """Say that it failed."""
        self._span.set_attribute("error.type", kind)
        self._span.set_status(Status(StatusCode.ERROR))


def _around(given: SpanContext, *, afresh: bool, within: bool) -> contexts.Context | None:
    """What a span is inside of: nothing, what is current (None), or what was given."""
    if afresh:
        return contexts.Context()
    return None if within or not given.is_valid else trace.set_span_in_context(NonRecordingSpan(given))


def _remote(context: TraceContext) -> SpanContext:
    _, trace_id, span_id, flags = context.traceparent.split("-")
    state = TraceState.from_header([context.tracestate]) if context.tracestate else None
    return SpanContext(int(trace_id, 16), int(span_id, 16), True, TraceFlags(int(flags, 16) & 1), state)
