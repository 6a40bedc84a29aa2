"""Plain objects in the shape of the worker's protobuf messages.

The worker library takes the message classes from its caller. It only constructs
them by keyword and reads enum constants, so attributes are enough; the two that
it also reads (TypedData and ParameterBinding) answer `WhichOneof`.
"""

from types import SimpleNamespace
from typing import Any


class Message:
    """A message with the fields that it was made with; a field that was not set is None."""

    def __init__(self, **fields: Any) -> None:
        self.__dict__.update(fields)

    def __getattr__(self, name: str) -> Any:
        # Fields are lower case; the worker tells a value from a namespace by asking for `TypedData`.
        if name.startswith("__") or not name.islower():
            raise AttributeError(name)
        return None


class TypedData(Message):
    """A value: exactly one of string, json, bytes, int, double, http or collection_*."""

    def WhichOneof(self, _group: str) -> str | None:  # noqa: N802 - protobuf's own name
        """The field that is set."""
        return next((name for name, value in self.__dict__.items() if value is not None), None)


class ParameterBinding(Message):
    """A named value."""

    def WhichOneof(self, _group: str) -> str:  # noqa: N802 - protobuf's own name
        """Always the data itself: shared memory is not offered."""
        return "data"


class StatusResult(Message):
    """Whether a request worked."""

    Failure, Success, Cancelled = 0, 1, 2


class BindingInfo(Message):
    """A binding's direction and type of data."""

    out, inout = 1, 2
    undefined, string, binary, stream = 0, 1, 2, 3


setattr(BindingInfo, "in", 0)


class RpcHttpCookie(Message):
    """One cookie of a response."""

    SameSite = SimpleNamespace(**{"None": 0, "Lax": 1, "Strict": 2, "ExplicitNone": 3})


_PLAIN = (
    "FunctionEnvironmentReloadResponse",
    "FunctionLoadResponse",
    "FunctionMetadataResponse",
    "InvocationResponse",
    "NullableBool",
    "NullableDouble",
    "NullableString",
    "NullableTimestamp",
    "RpcException",
    "RpcFunctionMetadata",
    "RpcHttp",
    "RpcRetryOptions",
    "Timestamp",
    "WorkerInitResponse",
    "WorkerMetadata",
)

protos = SimpleNamespace(
    TypedData=TypedData,
    ParameterBinding=ParameterBinding,
    StatusResult=StatusResult,
    BindingInfo=BindingInfo,
    RpcHttpCookie=RpcHttpCookie,
    **{name: type(name, (Message,), {}) for name in _PLAIN},
)


def envelope(kind: str, body: object, **properties: object) -> SimpleNamespace:
    """A request as the worker's entry points expect it."""
    return SimpleNamespace(name=kind, request=SimpleNamespace(**{kind: body}), properties=properties)
