"""What is told of each call: a span around it, in the trace in which it was caused, and how long it took."""

import time
from collections.abc import Awaitable
from contextlib import AbstractContextManager

import azure.functions as func

from functions.app import telemetry
from functions.events import CloudEvent, DecisionEvent
from functions.telemetry import ANSWER_TIME, SILENT, Span, TraceContext, Work
from functions.triggers.operation import Operation


async def observed(
    operation: Operation, request: func.HttpRequest, answer: Awaitable[func.HttpResponse]
) -> func.HttpResponse:
    """The answer. Who may call with the key that browsers show, or with none, begins a trace of its own.

    Such a caller's context is linked, never followed: it must not decide what is recorded, nor fill another's trace.
    """
    telling = telemetry()
    if telling is SILENT:
        return await answer
    headers, started = request.headers, time.perf_counter()
    caller = TraceContext.read(headers.get("traceparent"), headers.get("tracestate"))
    route = {"http.request.method": operation.method, "http.route": f"/{operation.route}"}
    name, anybody = f"{operation.method} /{operation.route}", operation.publishable or operation.anonymous
    with telling.span(name, Work.ANSWER, route, parent=caller, afresh=anybody) as span:
        response = await answer
        status = response.status_code
        span.set("http.response.status_code", status)
        if status >= 500:
            span.failed(str(status))
    told = {**route, "http.response.status_code": status}
    telling.record(ANSWER_TIME, time.perf_counter() - started, told)
    return response


def processing(queue: str, event: CloudEvent) -> AbstractContextManager[Span]:
    """Around the work on a message: in the trace of what caused it.

    A reaction to a decision begins a trace of its own, or that of a simulated shopper would never end.
    """
    attributes = {"messaging.destination.name": queue, "messaging.operation.type": "process"}
    afresh = isinstance(event, DecisionEvent)
    return telemetry().span(f"process {queue}", Work.MESSAGE, attributes, parent=event.trace, afresh=afresh)
