"""Trace contexts as they come from anywhere, and what silence costs."""

import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from functions.events import VisitEvent, parse_event, to_json
from functions.telemetry import MOST_LINKS, SILENT, TraceContext, batch, traces_in

ROOT = Path(__file__).resolve().parents[2]
PARENT = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
VISIT = (
    '{"id": "v1", "source": "/shop", "subject": "anna", "time": "2026-11-01T10:00:00Z", "type": "session_start"%s}'
)


def parents(flags: str = "[0-9a-f]{2}") -> st.SearchStrategy[str]:
    """Valid `traceparent` texts."""
    return st.from_regex(rf"\A00-(?!0{{32}})[0-9a-f]{{32}}-(?!0{{16}})[0-9a-f]{{16}}-{flags}\Z")


@given(parents())
def test_a_valid_context_is_taken_as_it_is(parent: str) -> None:
    """Version 00, as everybody sends it."""
    assert TraceContext.read(parent, "vendor=1") == TraceContext(parent, "vendor=1")


@given(st.text() | st.binary() | st.none() | st.integers() | parents().map(lambda parent: parent + "-more"))
@example("00-" + "0" * 32 + "-00f067aa0ba902b7-01")
@example("00-4bf92f3577b34da6a3ce929d0e0e4736-" + "0" * 16 + "-01")
@example("ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01")
@example(PARENT.upper())
@example(PARENT + "\n")
@example(PARENT + "\r\nSet-Cookie: x=1")
@example("٠٠" + PARENT[2:])
@example(PARENT * 10_000)
def test_whatever_else_comes_is_as_if_it_was_not_there(text: object) -> None:
    """No text is an error, and none gets through that is no context."""
    assert TraceContext.read(text) is None


def test_a_newer_version_is_read_as_ours() -> None:
    """What a later version of the specification adds is left out (W3C Trace Context, 4.3)."""
    assert TraceContext.read(f"01{PARENT[2:]}-what-may-come") == TraceContext(PARENT)


@pytest.mark.parametrize("state", ["", "x" * 513, "a=1\r\nb: 2", "ä=1", 7])
def test_a_state_that_is_not_fit_is_dropped_alone(state: object) -> None:
    """The trace goes on without it."""
    assert TraceContext.read(PARENT, state) == TraceContext(PARENT)


@given(st.text() | st.integers() | st.lists(st.text()) | st.dictionaries(st.text(), st.text()))
def test_a_bad_context_is_no_reason_to_refuse_an_event(bad: object) -> None:
    """An event is worth more than its trace."""
    import json

    event = parse_event(VISIT % f', "traceparent": {json.dumps(bad)}, "tracestate": {json.dumps(bad)}')
    assert event.trace is None


def test_an_event_carries_its_trace() -> None:
    """In the attributes that CloudEvents has for it, through JSON and back; one without it says nothing of it."""
    event = parse_event(VISIT % f', "traceparent": "{PARENT}", "tracestate": "vendor=1"')
    assert event.trace == TraceContext(PARENT, "vendor=1")
    assert parse_event(to_json(event)) == event
    assert "trace" not in to_json(parse_event(VISIT % ""))


def test_the_trace_in_which_an_event_began_stays() -> None:
    """Whoever passes an event on does not put its own in the place of it."""
    event = parse_event(VISIT % "")
    assert isinstance(event, VisitEvent)
    first = event.caused_in(TraceContext(PARENT))
    assert first.trace == TraceContext(PARENT)
    assert first.caused_in(TraceContext(PARENT.replace("4bf9", "5bf9"))) is first
    assert event.caused_in(None) is event


def test_the_recorded_traces_of_a_batch_are_found() -> None:
    """Each once, in any of the forms of JSON; those that are not recorded lead nowhere."""
    quiet = PARENT[:-2] + "00"
    other = PARENT.replace("4bf9", "5bf9")
    bodies = [
        f'[{{"traceparent":"{PARENT}"}},{{"traceparent": "{other}"}}]'.encode(),
        f'{{"traceparent":"{PARENT}"}}'.encode(),
        f'{{"traceparent":"{quiet}"}}'.encode(),
        f'{{"search_term":"\\"traceparent\\":\\"{PARENT.replace("4bf9", "6bf9")}\\""}}'.encode(),
        b"\xff\x00 no JSON at all",
    ]
    assert list(traces_in(bodies)) == [TraceContext(PARENT), TraceContext(other)]


def test_a_batch_is_linked_with_so_many_traces_at_most() -> None:
    """A span has its limits."""
    bodies = [f'"traceparent":"00-{each:032x}-00f067aa0ba902b7-01"'.encode() for each in range(1, 1_000)]
    assert len(list(traces_in(bodies))) == MOST_LINKS


def test_in_silence_nothing_is_looked_at() -> None:
    """Spans are all the same nothing, and a batch is not searched for traces."""
    with SILENT.span("work") as span, batch(SILENT, "batch", [b""]) as other:
        span.set("name", 1)
        span.failed("Error")
        assert span is other
    assert SILENT.context() is SILENT.ids() is None  # type: ignore[func-returns-value]


def test_silence_imports_no_sdk() -> None:
    """A process that tells nobody never loads OpenTelemetry."""
    script = (
        "import sys\nfrom functions.app import telemetry\nfrom functions.telemetry import SILENT\n"
        "assert telemetry() is SILENT\nprint([name for name in sys.modules if name.startswith('opentelemetry')])"
    )
    found = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, env={}, capture_output=True, text=True, check=True
    )
    assert found.stdout.strip() == "[]"
