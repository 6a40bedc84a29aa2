"""Telemetry that keeps what it would export."""

from collections.abc import Mapping
from typing import Any

from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import format_trace_id

from functions.adapters.open_telemetry import OpenTelemetry
from functions.adapters.telemetry_export import exporting
from functions.settings import Observation


class Listening:
    """Telemetry with what it exported."""

    def __init__(self, **settings: str) -> None:
        self.exporter = InMemorySpanExporter()
        self.reader = InMemoryMetricReader()
        how = Observation.read({"Telemetry": "otlp", **settings})
        self.telemetry: OpenTelemetry = exporting(
            how, SimpleSpanProcessor(self.exporter), MeterProvider([self.reader])
        )

    def spans(self) -> Mapping[str, ReadableSpan]:
        """What was exported, by name."""
        return {span.name: span for span in self.exporter.get_finished_spans()}

    def figures(self) -> Mapping[str, Any]:
        """The data points, by name."""
        data = self.reader.get_metrics_data()
        assert data is not None
        scopes = [scope for resource in data.resource_metrics for scope in resource.scope_metrics]
        return {metric.name: metric.data.data_points for scope in scopes for metric in scope.metrics}


def trace_of(span: ReadableSpan) -> str:
    """The trace that a span belongs to."""
    assert span.context is not None
    return format_trace_id(span.context.trace_id)


def links_of(span: ReadableSpan) -> list[str]:
    """The traces that a span is linked with."""
    return [format_trace_id(link.context.trace_id) for link in span.links]
