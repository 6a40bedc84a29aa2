"""Requests and responses, without the web server around them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from local.cosmos.codec import InvalidJsonError, decode, encode
from local.cosmos.errors import BadRequestError


@dataclass(frozen=True, slots=True)
class Request:
    """A request; header names are lower case, `segments` are the decoded parts of the path."""

    method: str
    origin: str
    segments: Sequence[str]
    headers: Mapping[str, str]
    body: bytes = b""

    def header(self, name: str) -> str | None:
        """A header's value; empty counts as absent."""
        return self.headers.get(name) or None

    def flag(self, name: str) -> bool:
        """Whether a header says true."""
        return self.headers.get(name, "").lower() == "true"

    def json(self) -> Any:
        """The body; raises BadRequestError if it is no JSON."""
        try:
            return decode(self.body)
        except InvalidJsonError as error:
            raise BadRequestError(f"The request payload is invalid JSON: {error}") from error


@dataclass(frozen=True, slots=True)
class Response:
    """A response; the body is JSON text or empty."""

    status: int
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)


def json_response(status: int, value: Any, headers: Mapping[str, str] | None = None) -> Response:
    """Response with a JSON value."""
    return Response(status, encode(value), headers or {})


def listing(rid: str, name: str, items: Sequence[bytes], headers: Mapping[str, str]) -> Response:
    """A page of resources, each of them JSON text already."""
    start = encode({"_rid": rid})[:-1]
    body = b"".join((start, b',"', name.encode(), b'":[', b",".join(items), b'],"_count":%d}' % len(items)))
    return Response(200, body, {**headers, "x-ms-item-count": str(len(items))})
