"""Spans as OTLP brings them, and whole traces of them."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue
from opentelemetry.proto.trace.v1.trace_pb2 import Span as Wire
from opentelemetry.proto.trace.v1.trace_pb2 import Status


@dataclass(frozen=True, slots=True)
class Span:
    """A piece of work; `start` and `end` are nanoseconds since 1970, `links` are ids of traces."""

    name: str
    trace: str
    id: str
    parent: str
    """Empty, or the id of a span that may have stayed elsewhere."""
    start: int
    end: int
    failed: bool
    links: tuple[str, ...]
    attributes: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Line:
    """A span at its place in the tree of its trace."""

    depth: int
    span: Span


def read(body: bytes) -> list[Span]:
    """The spans of an export; raises `google.protobuf.message.DecodeError`."""
    request = ExportTraceServiceRequest.FromString(body)
    scopes = (scope for resource in request.resource_spans for scope in resource.scope_spans)
    return [_span(wire) for scope in scopes for wire in scope.spans]


def tree(spans: Sequence[Span]) -> Iterator[Line]:
    """The spans of a trace from the top, each before what is inside of it, in the order of time."""
    here = {span.id for span in spans}
    inside: dict[str, list[Span]] = {}
    for span in sorted(spans, key=lambda span: span.start):
        inside.setdefault(span.parent if span.parent in here else "", []).append(span)
    waiting = [Line(0, span) for span in reversed(inside.get("", []))]
    while waiting:
        yield (line := waiting.pop())
        waiting += [Line(line.depth + 1, span) for span in reversed(inside.get(line.span.id, []))]


def _span(wire: Wire) -> Span:
    return Span(
        name=wire.name,
        trace=wire.trace_id.hex(),
        id=wire.span_id.hex(),
        parent=wire.parent_span_id.hex(),
        start=wire.start_time_unix_nano,
        end=wire.end_time_unix_nano,
        failed=wire.status.code == Status.STATUS_CODE_ERROR,
        links=tuple(dict.fromkeys(link.trace_id.hex() for link in wire.links)),
        attributes={each.key: _text(each.value) for each in wire.attributes},
    )


def _text(value: AnyValue) -> str:
    kind = value.WhichOneof("value")
    return str(getattr(value, kind)) if kind else ""
