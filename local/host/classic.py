"""The worker's documented entry point, with message objects: used when the native path is gone."""

from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any

import azure_functions_runtime as runtime

from local.host.datum import Datum
from local.host.invocation import Invocation, Outcome
from local.host.protos import ParameterBinding, StatusResult, TypedData, envelope, protos


class ClassicPath:
    """Runs a function through `invocation_request`."""

    async def __call__(self, id_: str, invocation: Invocation, retries: int, retry_limit: int) -> Outcome:
        """Run the function once; a failure of the function is an Outcome, never an exception."""
        token = runtime.invocation_id_cv.set(id_)
        try:
            answer = await runtime.invocation_request(_request(id_, invocation, retries, retry_limit))
        finally:
            runtime.invocation_id_cv.reset(token)
        if answer.result.status != StatusResult.Success:
            failure = answer.result.exception
            return Outcome(id_, ok=False, error=failure.message, traceback=failure.stack_trace)
        outputs = ((parameter.name, _datum(parameter.data)) for parameter in answer.output_data or ())
        kept = {name: datum for name, datum in outputs if datum is not None}
        return Outcome(id_, ok=True, returned=_datum(answer.return_value), outputs=kept)


def _request(id_: str, invocation: Invocation, retries: int, retry_limit: int) -> SimpleNamespace:
    function = invocation.function
    body = SimpleNamespace(
        invocation_id=id_,
        function_id=function.id,
        input_data=[ParameterBinding(name=function.trigger.name, data=_typed_data(invocation.argument))],
        trigger_metadata={name: _typed_data(datum) for name, datum in invocation.metadata.items()},
        trace_context=SimpleNamespace(trace_parent=invocation.trace_parent, trace_state="", attributes={}),
        retry_context=SimpleNamespace(retry_count=retries, max_retry_count=retry_limit, exception=None),
    )
    return envelope("invocation_request", body)


def _typed_data(datum: Datum) -> TypedData:
    if datum.type == "http":
        parts = datum.value
        return TypedData(
            http=protos.RpcHttp(
                method=parts["method"].value,
                url=parts["url"].value,
                headers=_values(parts["headers"]),
                params=_values(parts["params"]),
                query=_values(parts["query"]),
                body=_typed_data(parts["body"]),
            )
        )
    return TypedData(**{datum.type or "string": datum.value})


def _values(data: Mapping[str, Datum]) -> dict[str, Any]:
    return {name: datum.value for name, datum in data.items()}


def _datum(message: Any) -> Datum | None:
    kind = None if message is None else message.WhichOneof("data")
    if kind is None:
        return None
    if kind != "http":
        return Datum(getattr(message, kind), kind)
    response = message.http
    return Datum(
        {
            "status_code": Datum(str(response.status_code), "string"),
            "headers": {name: Datum(value, "string") for name, value in response.headers.items()},
            "cookies": response.cookies,
            "body": _datum(response.body),
        },
        "http",
    )
