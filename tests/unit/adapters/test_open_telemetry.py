"""Spans and figures as an exporter gets them."""

import re

import pytest
from opentelemetry.trace import SpanKind

from functions.telemetry import DECISION_TIME, DECISIONS, LAG, TraceContext, Work, batch
from tests.unit.listening import Listening, links_of, trace_of

TRACE, OTHER = "4bf92f3577b34da6a3ce929d0e0e4736", "0" * 31 + "1"
RECORDED = TraceContext(f"00-{TRACE}-00f067aa0ba902b7-01", "vendor=1")
QUIET = TraceContext(f"00-{TRACE}-00f067aa0ba902b7-00")
CHOSEN = TraceContext(f"00-{OTHER}-00f067aa0ba902b7-01")
"""An id that every sampler by ratio would take."""


def test_work_belongs_to_what_caused_it() -> None:
    """A message's trace goes on, steps are inside of it, and what they cause carries it on."""
    heard = Listening()
    with heard.telemetry.span("message", Work.MESSAGE, {"queue": "actions"}, parent=RECORDED):
        with heard.telemetry.span("step"):
            here = heard.telemetry.context()
        assert heard.telemetry.ids() is not None
    message, step = heard.spans()["message"], heard.spans()["step"]
    assert trace_of(message) == trace_of(step) == TRACE
    assert message.kind is SpanKind.CONSUMER
    assert message.attributes == {"queue": "actions"}
    assert step.parent is not None
    assert step.parent == message.context
    assert here is not None
    assert re.fullmatch(rf"00-{TRACE}-[0-9a-f]{{16}}-01", here.traceparent)
    assert here.tracestate == "vendor=1"
    assert heard.telemetry.ids() is None


def test_a_stranger_does_not_decide_what_is_recorded() -> None:
    """Afresh, neither the flag nor the id of a caller's trace counts: with a ratio of 0 nothing is recorded."""
    heard = Listening(OTEL_TRACES_SAMPLER_ARG="0")
    for _ in range(50):
        with heard.telemetry.span("answer", Work.ANSWER, parent=CHOSEN, afresh=True):
            assert heard.telemetry.context() is None
    assert not heard.spans()


def test_a_stranger_is_linked() -> None:
    """So whoever called finds what came of it; the trace is ours."""
    heard = Listening()
    with heard.telemetry.span("answer", Work.ANSWER, parent=RECORDED, afresh=True):
        pass
    answer = heard.spans()["answer"]
    assert answer.parent is None
    assert trace_of(answer) != TRACE
    assert links_of(answer) == [TRACE]


def test_the_share_that_is_recorded_is_a_setting() -> None:
    """A quarter of 2,000 traces, give or take; whole traces, never parts of them."""
    heard = Listening(OTEL_TRACES_SAMPLER_ARG="0.25")
    for _ in range(2_000):
        with heard.telemetry.span("answer", Work.ANSWER), heard.telemetry.span("step"):
            pass
    names = [span.name for span in heard.exporter.get_finished_spans()]
    assert 400 < names.count("answer") < 600
    assert names.count("step") == names.count("answer")


@pytest.mark.parametrize(("parent", "recorded"), [(RECORDED, True), (QUIET, False)])
def test_a_trusted_parent_decides(parent: TraceContext, recorded: bool) -> None:
    """Whatever the ratio: a trace is whole or not at all."""
    heard = Listening(OTEL_TRACES_SAMPLER_ARG="0" if recorded else "1")
    with heard.telemetry.span("message", Work.MESSAGE, parent=parent):
        pass
    assert ("message" in heard.spans()) is recorded


def test_a_batch_is_recorded_for_the_traces_in_it() -> None:
    """A recorded decision is followed to the batch that counted it, even where few traces are recorded."""
    heard = Listening(OTEL_TRACES_SAMPLER_ARG="0")
    for name, parent in (("with", RECORDED), ("without", QUIET)):
        with batch(heard.telemetry, name, [f'{{"traceparent":"{parent.traceparent}"}}'.encode()]):
            pass
    assert list(heard.spans()) == ["with"]
    assert links_of(heard.spans()["with"]) == [TRACE]
    assert heard.spans()["with"].attributes == {"messaging.batch.message_count": 1}


def test_a_failure_is_told_by_its_kind_alone() -> None:
    """The text of an error may name somebody."""
    heard = Listening()
    with pytest.raises(ValueError, match="anna"), heard.telemetry.span("step"):
        raise ValueError("there is no shopper 'anna'")
    step = heard.spans()["step"]
    assert not step.status.is_ok
    assert step.attributes == {"error.type": "ValueError"}
    assert "anna" not in step.to_json()


def test_in_azure_the_host_tells_of_calls() -> None:
    """Ours are steps inside of its own, so that no call is counted twice."""
    heard = Listening(WEBSITE_SITE_NAME="shop")
    with heard.telemetry.span("answer", Work.ANSWER), heard.telemetry.span("send", Work.SENDING):
        pass
    assert heard.spans()["answer"].kind is SpanKind.INTERNAL
    assert heard.spans()["send"].kind is SpanKind.PRODUCER


def test_the_hosts_own_trace_is_linked_where_a_message_brings_another() -> None:
    """The host of Azure begins a trace for each message; ours is the one that the message came with."""
    heard = Listening()
    with (
        heard.telemetry.span("host", parent=CHOSEN),
        heard.telemetry.span("message", Work.MESSAGE, parent=RECORDED),
    ):
        pass
    assert trace_of(heard.spans()["message"]) == TRACE
    assert links_of(heard.spans()["message"]) == [OTHER]


def test_the_hosts_step_is_the_parent_within_the_callers_trace() -> None:
    """Caller, host, app: the app's work is inside of the host's, not beside it."""
    heard = Listening()
    with (
        heard.telemetry.span("host", parent=RECORDED),
        heard.telemetry.span("answer", Work.ANSWER, parent=RECORDED),
    ):
        pass
    assert heard.spans()["answer"].parent == heard.spans()["host"].context
    assert not heard.spans()["answer"].links


def test_figures_are_told() -> None:
    """Counters add up by their attributes, histograms have bounds fit for milliseconds, a gauge is what it is."""
    heard = Listening()
    for path in ("warm", "warm", "cold"):
        heard.telemetry.record(DECISIONS, 1, {"path": path})
    heard.telemetry.record(DECISION_TIME, 0.004)
    heard.telemetry.record(LAG, 7)
    heard.telemetry.record(LAG, 3)
    figures = heard.figures()
    counted = {point.attributes["path"]: point.value for point in figures["personalization.decisions"]}
    assert counted == {"warm": 2, "cold": 1}
    [taken] = figures["personalization.decision.duration"]
    assert (taken.count, taken.sum) == (1, 0.004)
    assert min(taken.explicit_bounds) == 0.001
    assert [point.value for point in figures["personalization.stream.lag"]] == [3]
