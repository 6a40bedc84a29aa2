"""What real exporters send: the spans and the names of figures."""

from collections.abc import Iterator
from contextlib import contextmanager

from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest

from local.traces.receiver import receiving
from local.traces.spans import Span, read


class Collector:
    """What was received so far."""

    def __init__(self) -> None:
        self.url = ""
        self.spans: list[Span] = []
        self.figures: set[str] = set()
        self.raw: list[bytes] = []

    def of_trace(self, trace: str) -> dict[str, Span]:
        """The spans of a trace, by name."""
        return {span.name: span for span in list(self.spans) if span.trace == trace}

    def linked_with(self, trace: str) -> set[str]:
        """Names of the spans that are linked with a trace."""
        return {span.name for span in list(self.spans) if trace in span.links}

    def take(self, path: str, body: bytes) -> None:
        """Keep what an exporter sent."""
        self.raw.append(body)
        if path == "/v1/traces":
            self.spans += read(body)
            return
        figures = ExportMetricsServiceRequest.FromString(body)
        scopes = [scope for resource in figures.resource_metrics for scope in resource.scope_metrics]
        self.figures |= {metric.name for scope in scopes for metric in scope.metrics}


@contextmanager
def collecting() -> Iterator[Collector]:
    """A collector on a free port."""
    collector = Collector()
    with receiving(0, collector.take) as collector.url:
        yield collector
