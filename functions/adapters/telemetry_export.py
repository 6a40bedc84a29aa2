"""Where traces and figures go: to the console, to an OTLP endpoint, or to whom Azure's worker set up before us."""

import logging
from collections.abc import Sequence

from opentelemetry import metrics, trace
from opentelemetry.context import Context
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import ConsoleMetricExporter, MetricExporter, PeriodicExportingMetricReader
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import SpanProcessor, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, ConsoleSpanExporter, SpanExporter
from opentelemetry.sdk.trace.sampling import ALWAYS_ON, ParentBased, Sampler, SamplingResult, TraceIdRatioBased
from opentelemetry.trace import Link, SpanKind, TraceState
from opentelemetry.util.types import Attributes

from functions.adapters.open_telemetry import OpenTelemetry
from functions.settings import Observation
from functions.telemetry import BATCH

NAME = "personalization"
WAIT, FIGURES_WAIT = 1_000, 10_000
"""Milliseconds after which spans and figures are sent."""


class Recorded(Sampler):
    """As the parent says; a batch when a recorded trace is in it; else a share of all traces."""

    def __init__(self, ratio: float) -> None:
        self._by_parent = ParentBased(TraceIdRatioBased(ratio))

    def should_sample(
        self,
        parent_context: Context | None,
        trace_id: int,
        name: str,
        kind: SpanKind | None = None,
        attributes: Attributes = None,
        links: Sequence[Link] | None = None,
        trace_state: TraceState | None = None,
    ) -> SamplingResult:
        """Whether a span is recorded."""
        found = BATCH in (attributes or {}) and any(link.context.trace_flags.sampled for link in links or ())
        sampler: Sampler = ALWAYS_ON if found else self._by_parent
        return sampler.should_sample(parent_context, trace_id, name, kind, attributes, links, trace_state)

    def get_description(self) -> str:
        """For who looks at the provider."""
        return "Recorded: as the parent, a batch by its links, else by ratio"


def open_telemetry(how: Observation) -> OpenTelemetry:
    """What tells as the settings say; it is sent in the background, and for the last time when the process ends."""
    if how.telemetry == "azure":
        return _telling(trace.get_tracer_provider(), metrics.get_meter_provider(), hosted=True)
    logging.getLogger("opentelemetry.exporter").setLevel(logging.ERROR)  # each attempt would be a warning
    spans, figures = _exporters(how)
    reader = PeriodicExportingMetricReader(figures, export_interval_millis=FIGURES_WAIT)
    processor = BatchSpanProcessor(spans, schedule_delay_millis=WAIT)
    return exporting(how, processor, MeterProvider([reader], _resource()))


def exporting(how: Observation, processor: SpanProcessor, meters: MeterProvider) -> OpenTelemetry:
    """The same with exporters that are given."""
    provider = TracerProvider(sampler=Recorded(how.ratio), resource=_resource())
    provider.add_span_processor(processor)
    return _telling(provider, meters, hosted=how.in_azure)


def _telling(tracers: trace.TracerProvider, meters: metrics.MeterProvider, *, hosted: bool) -> OpenTelemetry:
    return OpenTelemetry(tracers.get_tracer(NAME), meters.get_meter(NAME), hosted=hosted)


def _resource() -> Resource:
    """Who tells; `OTEL_RESOURCE_ATTRIBUTES` adds to it."""
    return Resource.create({"service.name": NAME})


def _exporters(how: Observation) -> tuple[SpanExporter, MetricExporter]:
    if how.telemetry == "console":
        return ConsoleSpanExporter(), ConsoleMetricExporter()
    from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter

    base = how.otlp_endpoint.rstrip("/")
    return OTLPSpanExporter(f"{base}/v1/traces"), OTLPMetricExporter(f"{base}/v1/metrics")
