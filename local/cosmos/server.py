"""The web server: ASGI in, handlers in the middle, every error an answer."""

import logging
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any
from urllib.parse import unquote

from local.cosmos.codec import encode
from local.cosmos.errors import BadRequestError, CosmosError, TooLargeError
from local.cosmos.routes import answer
from local.cosmos.service import Service
from local.cosmos.sql.errors import QueryError
from local.cosmos.wire import Request, Response, json_response

MAX_BODY_BYTES = 4 * 1024 * 1024
_VERSION = "2020-07-15"
_WITHOUT_BODY = (204, 304)

type Message = MutableMapping[str, Any]
type Receive = Callable[[], Awaitable[Message]]
type Send = Callable[[Message], Awaitable[None]]

log = logging.getLogger("local.cosmos")


class Application:
    """The ASGI application. A handler never waits: one request is answered after the other."""

    def __init__(self, service: Service) -> None:
        self._service = service

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Answer one HTTP request."""
        if scope["type"] != "http":
            return
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        try:
            body = await _body(receive)
            response = self.respond(_request(scope, headers, body))
        except CosmosError as error:
            response = refused(error)
        await _send(response, headers.get("x-ms-activity-id", ""), send)

    def respond(self, request: Request) -> Response:
        """Answer a request, whatever happens."""
        try:
            return answer(self._service, request)
        except CosmosError as error:
            return refused(error)
        except QueryError as error:
            return _refused_query(error)
        except Exception:
            log.exception("%s /%s failed", request.method, "/".join(request.segments))
            return json_response(500, {"code": "InternalServerError", "message": "The stand-in failed: see its log."})


def refused(error: CosmosError) -> Response:
    """The response for an error."""
    body = {"code": error.code, "message": error.message}
    return json_response(error.status, body, {"x-ms-substatus": str(error.substatus)} if error.substatus else {})


def _refused_query(error: QueryError) -> Response:
    detail: dict[str, Any] = {"severity": "Error", "code": error.code, "message": error.message}
    if error.start is not None:
        detail["location"] = {"start": error.start, "end": error.end}
    message = encode({"errors": [detail]}).decode("utf-8", "replace")
    return json_response(400, {"code": "BadRequest", "message": message})


async def _body(receive: Receive) -> bytes:
    """The whole body; raises TooLargeError."""
    message = await receive()
    body: bytes = message.get("body", b"")
    if not message.get("more_body"):
        return body
    parts, size = [body], len(body)
    while message.get("more_body"):
        message = await receive()
        parts.append(message.get("body", b""))
        size += len(parts[-1])
        if size > MAX_BODY_BYTES:
            raise TooLargeError("Request size is too large: the body takes at most 4 MB.")
    return b"".join(parts)


def _request(scope: Message, headers: dict[str, str], body: bytes) -> Request:
    path: bytes = scope["raw_path"]
    try:
        segments = [unquote(part, errors="strict") for part in path.decode("ascii").split("/") if part]
    except UnicodeDecodeError:
        raise BadRequestError("The path is no UTF-8 text.") from None
    origin = f"{scope['scheme']}://{headers.get('host', 'localhost')}"
    return Request(scope["method"], origin, segments, headers, body)


async def _send(response: Response, activity: str, send: Send) -> None:
    body = b"" if response.status in _WITHOUT_BODY else response.body
    headers = [
        (b"content-type", b"application/json"),
        (b"content-length", str(len(body)).encode()),
        (b"x-ms-version", _VERSION.encode()),
        (b"x-ms-activity-id", activity.encode("latin-1")),
        *[(name.encode(), value.encode()) for name, value in response.headers.items()],
    ]
    if "x-ms-request-charge" not in response.headers:
        headers.append((b"x-ms-request-charge", b"1"))
    await send({"type": "http.response.start", "status": response.status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
