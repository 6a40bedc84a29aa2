"""Traces as a person sees them."""

import random
from http.client import HTTPConnection

import httpx
import pytest
from opentelemetry.exporter.otlp.proto.common.trace_encoder import encode_spans

from functions.telemetry import TraceContext, Work, batch
from local.traces.__main__ import Traces, main, shown
from local.traces.receiver import MOST_BYTES, receiving
from local.traces.spans import Span, read, tree
from tests.unit.listening import Listening

PARENT = TraceContext("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01")


def exported() -> bytes:
    """What an exporter sends of a call with two steps, the second of which failed, and of a batch."""
    heard = Listening()
    with heard.telemetry.span("call", Work.ANSWER, {"http.response.status_code": 200}, parent=PARENT):
        with heard.telemetry.span("read"):
            pass
        with heard.telemetry.span("send") as send:
            send.failed("TimeoutError")
    with batch(heard.telemetry, "count", [f'"traceparent":"{PARENT.traceparent}"'.encode()]):
        pass
    return bytes(encode_spans(heard.exporter.get_finished_spans()).SerializeToString())


def test_a_trace_is_a_tree() -> None:
    """What is inside of something is below it, indented, in the order of time; whoever caused it may be elsewhere."""
    call = [span for span in read(exported()) if span.trace in PARENT.traceparent]
    random.Random(1).shuffle(call)
    assert [(line.depth, line.span.name) for line in tree(call)] == [(0, "call"), (1, "read"), (1, "send")]
    text = shown(call)
    assert "trace 4bf92f3577b34da6a3ce929d0e0e4736" in text
    assert "status_code=200" in text
    assert "FAILED type=TimeoutError" in text


def test_a_batch_tells_what_it_is_linked_with() -> None:
    """So one finds the decisions in it."""
    [count] = [span for span in read(exported()) if span.name == "count"]
    assert f"message_count=1 linked with {count.links[0]}" in shown([count])
    assert count.links == ("4bf92f3577b34da6a3ce929d0e0e4736",)


def test_a_circle_of_spans_does_not_hang() -> None:
    """Nonsense from outside is left out."""
    circle = [Span(name, "t", name, other, 0, 1, False, (), {}) for name, other in (("a", "b"), ("b", "a"))]
    assert list(tree(circle)) == []


def test_a_trace_is_shown_once_when_nothing_more_comes() -> None:
    """Exporters send parts; figures are passed over."""
    traces = Traces()
    traces.take("/v1/traces", exported())
    traces.take("/v1/metrics", b"anything")
    assert traces.whole(quiet=60) == []
    assert sorted(len(spans) for spans in traces.whole(quiet=0)) == [1, 3]
    assert traces.whole(quiet=0) == []


def test_what_is_no_export_is_refused() -> None:
    """And the next one is received."""
    traces = Traces()
    with receiving(0, traces.take) as url:
        assert httpx.post(f"{url}/v1/traces", content=b"\xff\xff no export").status_code == 400
        connection = HTTPConnection(url.removeprefix("http://"), timeout=5)
        connection.putrequest("POST", "/v1/traces")
        connection.putheader("content-length", str(MOST_BYTES + 1))
        connection.endheaders()
        assert connection.getresponse().status == 413
        connection.close()
        assert httpx.post(f"{url}/v1/traces", content=exported()).status_code == 200
    assert len(traces.whole(quiet=0)) == 2


def test_a_port_that_is_taken_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    """With what to do."""
    with receiving(0, lambda _path, _body: None) as url:
        port = url.rpartition(":")[2]
        assert main(["--port", port]) == 1
    assert f"port {port}: Address already in use; choose another with --port" in capsys.readouterr().err
