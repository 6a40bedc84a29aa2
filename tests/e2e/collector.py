"""A small receiver of OTLP over HTTP: keeps the spans and the names of figures that real exporters send."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest


@dataclass(frozen=True)
class Received:
    """A span as it came."""

    name: str
    trace: str
    span: str
    parent: str
    links: tuple[str, ...]
    """Traces."""
    attributes: dict[str, str]


class Collector:
    """What was received so far."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.spans: list[Received] = []
        self.figures: set[str] = set()
        self.raw: list[bytes] = []

    def named(self, name: str) -> list[Received]:
        """The spans of a name."""
        return [span for span in list(self.spans) if span.name == name]

    def of_trace(self, trace: str) -> dict[str, Received]:
        """The spans of a trace, by name."""
        return {span.name: span for span in list(self.spans) if span.trace == trace}

    def linked_with(self, trace: str) -> set[str]:
        """Names of the spans that are linked with a trace."""
        return {span.name for span in list(self.spans) if trace in span.links}

    def take(self, path: str, body: bytes) -> None:
        """Keep what an exporter sent."""
        self.raw.append(body)
        if path == "/v1/metrics":
            figures = ExportMetricsServiceRequest.FromString(body)
            scopes = [scope for resource in figures.resource_metrics for scope in resource.scope_metrics]
            self.figures |= {metric.name for scope in scopes for metric in scope.metrics}
            return
        assert path == "/v1/traces", path
        traces = ExportTraceServiceRequest.FromString(body)
        for scope in (scope for resource in traces.resource_spans for scope in resource.scope_spans):
            self.spans += [
                Received(
                    name=span.name,
                    trace=span.trace_id.hex(),
                    span=span.span_id.hex(),
                    parent=span.parent_span_id.hex(),
                    links=tuple(link.trace_id.hex() for link in span.links),
                    attributes={each.key: str(each.value) for each in span.attributes},
                )
                for span in scope.spans
            ]


@contextmanager
def collecting() -> Iterator[Collector]:
    """A collector on a free port."""

    class Door(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            collector.take(self.path, self.rfile.read(int(self.headers["content-length"])))
            self.send_response(200)
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - as the library names it
            """Nobody reads it."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Door) as server:
        collector = Collector(f"http://127.0.0.1:{server.server_port}")
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield collector
        finally:
            server.shutdown()
            thread.join()
