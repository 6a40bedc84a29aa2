"""A decision is followed by one trace id from its call through the queues into the stream; nobody is named."""

import base64
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import uuid4

import httpx
import pytest

from functions.contracts import USER_ACTIONS
from functions.events import CloudEvent, DecisionEvent, parse_message
from local.stack import services
from local.stack.ports import free_ports
from local.stack.process import Process, running
from tests.e2e.collector import Collector, collecting
from tests.e2e.figures import read_log
from tests.stack import ROOT, SeededStack, until

NAME, EMAIL = "Marked-Name-Okonkwo", "marked.okonkwo@example.com"
IDS = ("marked-shopper-4711", "marked-visitor-4712")
BAD = ("", "00", "00-" + "0" * 32 + "-" + "0" * 16 + "-01", "ff" + "0" * 53, "x" * 4_000, "00-%s-01" % ("é" * 49))


@dataclass(frozen=True)
class Observed:
    """A host that tells a collector of its work, in place of the stack's own."""

    stack: SeededStack
    host: Process
    collector: Collector

    def call(self, method: str, path: str, trace: str, body: object = None) -> httpx.Response:
        """The answer to a caller that brings its own trace, and wants it recorded."""
        headers = {"traceparent": f"00-{trace}-00f067aa0ba902b7-01"}
        return httpx.request(method, f"{self.host.connection}{path}", headers=headers, json=body, timeout=30)

    def lines(self) -> list[str]:
        """What the host and the app logged."""
        return self.host.log.read_text().splitlines()


@pytest.fixture(scope="module")
def observed(stack: SeededStack) -> Iterator[Observed]:
    """Every trace recorded, sent by the real exporter; log lines are JSON."""
    stack.functions.stop()
    if stack.waiting(f"{USER_ACTIONS}-poison"):
        stack.queue(f"{USER_ACTIONS}-poison").clear_messages()
    with collecting() as collector:
        settings = {
            **stack.settings,
            "Telemetry": "otlp",
            "OTEL_EXPORTER_OTLP_ENDPOINT": collector.url,
            "LogFormat": "json",
        }
        host = services.functions(ROOT, free_ports(1)[0], settings, quiet=False, name="observed")
        with running(host) as process:
            yield Observed(stack, process, collector)
    stack.functions.start()


def new_trace() -> str:
    """An id of a trace."""
    return uuid4().hex


def carried(stack: SeededStack, trace: str) -> list[CloudEvent]:
    """The events of the stream that were caused in a trace."""
    events = [event for body in read_log(stack) for event in parse_message(body)]
    return [event for event in events if isinstance(event, CloudEvent) and trace in (event.traceparent or "")]


def test_one_trace_from_a_call_through_the_queues_into_the_stream(observed: Observed) -> None:
    """A call starts a shopper, two queues later an offer is made, and its events carry the same trace."""
    trace, collector = new_trace(), observed.collector
    started = observed.call("POST", "/api/v1/simulations", trace, {"shoppers": 1, "steps": 1, "run": "traced"})
    assert started.status_code == 202
    wanted = {"process user-responses", "process user-actions", "read shopper", "score", "send events"}
    until(lambda: wanted <= set(collector.of_trace(trace)), f"the spans of {trace}", 30)
    spans = collector.of_trace(trace)
    call = spans["POST /api/v1/simulations"]
    assert call.parent == "00f067aa0ba902b7"
    assert spans["process user-responses"].parent == call.id
    assert spans["process user-actions"].parent == spans["process user-responses"].id
    for step in ("read shopper", "score", "send events"):
        assert spans[step].parent == spans["process user-actions"].id
    events = carried(observed.stack, trace)
    assert len(events) == 3
    assert {event.id for event in events if isinstance(event, DecisionEvent)}
    behind = {"count events", "keep decisions", "archive events", "process user-responses"}
    until(lambda: behind <= collector.linked_with(trace), f"what is linked with {trace}", 30)


def test_a_page_that_asks_for_an_offer_is_followed(observed: Observed) -> None:
    """The shorter way: from the call of a storefront's server into the stream, without a queue."""
    trace = new_trace()
    answer = observed.call("POST", "/api/v1/offers/decide", trace, {"sessionId": IDS[1]})
    assert answer.status_code == 200
    until(lambda: "send events" in observed.collector.of_trace(trace), "its spans", 30)
    assert {event.subject for event in carried(observed.stack, trace)} == {IDS[1]}


def test_a_browsers_context_is_linked_and_not_followed(observed: Observed) -> None:
    """Whoever calls with the key that browsers show begins a trace of its own."""
    trace = new_trace()
    assert observed.call("GET", "/api/v1/recommendations/popular", trace).status_code == 200
    until(lambda: bool(observed.collector.linked_with(trace)), "the link", 30)
    assert observed.collector.of_trace(trace) == {}
    event = {
        "id": uuid4().hex,
        "source": "/shop",
        "type": "search",
        "subject": IDS[1],
        "data": {"search_term": "tea"},
    }
    collected = observed.call("POST", "/api/v1/events", trace, event | {"time": datetime.now(UTC).isoformat()})
    assert collected.json()["accepted"] == 1
    assert carried(observed.stack, trace) == []


@pytest.mark.parametrize("bad", BAD)
def test_no_context_is_bad_enough_to_be_an_error(observed: Observed, bad: str) -> None:
    """In a header as in an event, what is not valid is as if it was not there."""
    headers = [(b"traceparent", bad.encode()), (b"tracestate", b"=,;" * 300)]
    url = f"{observed.host.connection}/api/v1/offers/decide"
    event = {
        "id": uuid4().hex,
        "source": "/shop",
        "type": "search",
        "subject": IDS[1],
        "data": {"search_term": "tea"},
    }
    assert httpx.post(url, json={"sessionId": IDS[1]}, headers=headers, timeout=30).status_code == 200
    sent = event | {"time": datetime.now(UTC).isoformat(), "traceparent": bad, "tracestate": bad}
    collected = httpx.post(f"{observed.host.connection}/api/v1/events", json=sent, timeout=30).json()
    assert collected["accepted"] == 1


def test_figures_arrive(observed: Observed) -> None:
    """Counted and measured whatever is recorded of traces."""
    wanted = {
        "personalization.decisions",
        "personalization.decision.duration",
        "personalization.list.duration",
        "personalization.stream.lag",
        "personalization.answer.duration",
    }
    until(lambda: wanted <= observed.collector.figures, "the figures", 30)


def test_nobody_is_named(observed: Observed) -> None:
    """Marked people do what people do, rightly and wrongly: no log line, span or figure names one of them."""
    stack, host = observed.stack, observed.host.connection
    wrong = {"id": "e", "source": "/s", "type": "view_item", "subject": IDS[0], "time": "2026-11-01T00:00:00Z"}
    body = {"name": NAME, "email": EMAIL}
    with httpx.Client(base_url=host, timeout=30) as http:
        for path in (
            f"/api/v1/shoppers/{IDS[0]}",
            f"/api/v1/shoppers/{IDS[0]}/decisions",
            f"/api/v1/recommendations/picks?userId={IDS[0]}&sessionId={IDS[1]}",
            f"/api/v1/recommendations/search?q={EMAIL}&userId={IDS[0]}",
            f"/api/v1/recommendations/{NAME}",
        ):
            assert http.get(path).status_code < 500
        http.put(f"/api/v1/shoppers/{IDS[0]}/consent", json=body | {"personalize": False})
        http.post("/api/v1/offers/decide", json={"userId": IDS[0], "placement": EMAIL})
        http.post("/api/v1/events", json=[wrong | {"data": body}, wrong | {"type": EMAIL}])
        http.post("/api/v1/events", json={"client_id": IDS[0], "events": [{"name": NAME, "params": body}]})
        http.delete(f"/api/v1/shoppers/{IDS[0]}")
    queue = stack.queue(USER_ACTIONS)
    unknown = wrong | {"data": {"items": [{"item_id": "1"}]}}
    for text in (json.dumps(wrong | body), json.dumps(unknown), json.dumps(unknown | {"type": EMAIL}), EMAIL):
        queue.send_message(base64.b64encode(text.encode()).decode())
    poison = f"{USER_ACTIONS}-poison"
    until(lambda: stack.waiting(poison) == 4, "all are parked", 60)
    stack.queue(poison).clear_messages()  # other tests look for their own
    written = "\n".join(observed.lines()) + b"\n".join(observed.collector.raw).decode(errors="replace")
    for mark in (NAME, EMAIL, *IDS):
        assert mark not in written


def test_log_lines_are_objects_and_tell_their_trace(observed: Observed) -> None:
    """From the first call on each line by itself is JSON; what is said of a message has its trace."""
    lines = observed.lines()
    objects = [json.loads(line) for line in lines if line.startswith("{")]
    first = next(number for number, line in enumerate(lines) if line.startswith("{"))
    assert all(line.startswith("{") for line in lines[first:])
    assert {"time", "level", "logger", "message"} <= set.intersection(*(set(each) for each in objects))
    parked = [each for each in objects if "is parked" in each["message"]]
    assert any(len(each.get("trace_id", "")) == 32 for each in parked)
