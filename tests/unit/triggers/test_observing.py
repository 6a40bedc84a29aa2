"""What is told of calls and messages."""

import azure.functions as func
import pytest
from opentelemetry.trace import StatusCode

from functions.events import DecisionEvent, VisitEvent
from functions.triggers import observing, parking
from functions.triggers.observing import observed, processing
from functions.triggers.operation import Operation
from functions.usecases.make_offer import UnknownShopperError
from tests.unit.listening import Listening, links_of, trace_of
from tests.unit.personalization.shop import NOW
from tests.unit.triggers.test_parking import Slot, fail, message
from tests.unit.usecases.offering import making, view

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
PARENT = f"00-{TRACE}-00f067aa0ba902b7-01"
DECIDE = Operation("decide", "POST", "v1/decide/{id}", "Decide", {200: None})
LISTS = Operation("lists", "GET", "v1/lists", "Lists", {200: None}, publishable=True)


@pytest.fixture
def heard(monkeypatch: pytest.MonkeyPatch) -> Listening:
    """Telemetry in the place of the process's own."""
    listening = Listening()
    for module in (observing, parking):
        monkeypatch.setattr(module, "telemetry", lambda: listening.telemetry)
    return listening


async def call(operation: Operation, traceparent: str, status: int = 200) -> func.HttpResponse:
    """The answer to a request of a shopper whom nobody else is to know of."""

    async def answer() -> func.HttpResponse:
        return func.HttpResponse(status_code=status)

    headers = {"traceparent": traceparent, "tracestate": "v=1"}
    request = func.HttpRequest(
        operation.method, "/v1/decide/anna?userId=anna", headers=headers, params={"userId": "anna"}, body=b"anna"
    )
    return await observed(operation, request, answer())


async def test_a_server_with_its_key_is_followed(heard: Listening) -> None:
    """Its trace goes on through us; what is told of the call names its route, never who it is about."""
    await call(DECIDE, PARENT)
    [span] = heard.spans().values()
    assert trace_of(span) == TRACE
    assert span.name == "POST /v1/decide/{id}"
    assert span.attributes == {
        "http.request.method": "POST",
        "http.route": "/v1/decide/{id}",
        "http.response.status_code": 200,
    }
    assert "anna" not in span.to_json()
    [taken] = heard.figures()["personalization.answer.duration"]
    assert taken.attributes == span.attributes


async def test_a_browser_is_linked(heard: Listening) -> None:
    """Its context has no say in what is recorded, and does not fill the trace of somebody else."""
    await call(LISTS, PARENT)
    [span] = heard.spans().values()
    assert trace_of(span) != TRACE
    assert links_of(span) == [TRACE]


@pytest.mark.parametrize("bad", ["", "00", PARENT + "\r\nX: y", "00-" + "0" * 32 + "-" + "0" * 16 + "-01", "\ud800"])
async def test_a_bad_context_is_no_error(heard: Listening, bad: str) -> None:
    """The call is answered in a trace of its own."""
    assert (await call(DECIDE, bad)).status_code == 200
    [span] = heard.spans().values()
    assert span.parent is None
    assert not span.links


async def test_a_call_that_fails_is_told_as_one(heard: Listening) -> None:
    """A caller's own fault is not ours."""
    await call(DECIDE, PARENT, 404)
    await call(LISTS, PARENT, 503)
    refused = heard.spans()["POST /v1/decide/{id}"]
    assert refused.status.status_code is StatusCode.UNSET
    failed = heard.spans()["GET /v1/lists"]
    assert failed.attributes is not None
    assert failed.attributes["error.type"] == "503"


async def test_in_silence_the_answer_is_the_answer() -> None:
    """Nothing is told, nothing is in the way."""
    assert (await call(LISTS, PARENT)).status_code == 200


def visit(traceparent: str | None = PARENT) -> VisitEvent:
    """A message."""
    return VisitEvent(id="v1", source="/shop", subject="anna", time=NOW, traceparent=traceparent)


def test_a_message_is_worked_on_in_the_trace_that_it_came_with(heard: Listening) -> None:
    """From the call or message that caused it, through the queue, to here."""
    with processing("user-actions", visit()):
        pass
    [span] = heard.spans().values()
    assert (span.name, trace_of(span)) == ("process user-actions", TRACE)
    assert "anna" not in span.to_json()


async def test_a_reaction_to_a_decision_begins_anew(heard: Listening) -> None:
    """A simulated shopper's steps are a trace each, linked with the one before."""
    decided = (await making()(view())).model_copy(update={"traceparent": PARENT})
    assert isinstance(decided, DecisionEvent)
    with processing("user-responses", decided):
        pass
    [span] = heard.spans().values()
    assert trace_of(span) != TRACE
    assert links_of(span) == [TRACE]


def test_a_message_that_is_parked_is_counted(heard: Listening) -> None:
    """And its span tells the kind of fault, as the text may name somebody."""
    with parking.parking("user-actions", message(), Slot()) as handling:
        handling.of(visit())
        fail(UnknownShopperError())
    [counted] = heard.figures()["personalization.messages.parked"]
    assert counted.value == 1
    [span] = heard.spans().values()
    assert span.attributes is not None
    assert span.attributes["error.type"] == "UnknownShopperError"
    assert "anna" not in span.to_json()


async def test_a_decision_is_followed_into_the_stream() -> None:
    """The steps of a decision are in the trace of its call, and the events that leave it carry it on."""
    heard, made = Listening(), making()
    decide = making(stream=made.stream, telemetry=heard.telemetry)
    with heard.telemetry.span("answer"):
        decided = await decide(view())
    spans = heard.spans()
    assert {"read shopper", "score", "send events"} <= set(spans)
    assert len({trace_of(span) for span in spans.values()}) == 1
    [events] = made.stream.batches  # type: ignore[attr-defined]
    assert {event.traceparent for event in events} == {decided.traceparent}
    assert decided.traceparent is not None
    assert trace_of(spans["answer"]) in decided.traceparent
    [counted] = heard.figures()["personalization.decisions"]
    assert dict(counted.attributes) == {"path": "warm", "degraded": False, "level": decided.data.level}


async def test_what_is_not_recorded_costs_the_stream_nothing() -> None:
    """Events carry no context that leads nowhere."""
    heard, made = Listening(OTEL_TRACES_SAMPLER_ARG="0"), making()
    with heard.telemetry.span("answer"):
        await making(stream=made.stream, telemetry=heard.telemetry)(view())
    [events] = made.stream.batches  # type: ignore[attr-defined]
    assert {event.traceparent for event in events} == {None}
    assert heard.figures()["personalization.decisions"]
