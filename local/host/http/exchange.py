"""HTTP requests and responses as the worker sees them."""

import json
from collections.abc import Mapping
from email.utils import formatdate
from http.cookies import SimpleCookie
from typing import Any
from urllib.parse import parse_qsl

from aiohttp import web

from local.host.datum import Datum, text
from local.host.functions import Function
from local.host.invocation import Invocation, Outcome
from local.host.protos import RpcHttpCookie

_SAME_SITE = {1: "Lax", 2: "Strict", 3: "None"}
# The server computes these itself.
_FRAMING = frozenset({"content-length", "transfer-encoding", "connection"})


def query_of(request: web.BaseRequest) -> dict[str, str]:
    """The query parameters; a repeated one has its values joined by commas, as in Azure."""
    query: dict[str, str] = {}
    for name, value in parse_qsl(request.rel_url.raw_query_string, keep_blank_values=True):
        query[name] = f"{query[name]},{value}" if name in query else value
    return query


def request_datum(
    request: web.BaseRequest, body: bytes, query: Mapping[str, str], parameters: Mapping[str, str]
) -> Datum:
    """The request for the worker: header names in lower case, values of repeated ones joined."""
    headers: dict[str, Datum] = {}
    for name, value in request.headers.items():
        key = name.lower()
        headers[key] = text(f"{headers[key].value},{value}" if key in headers else value)
    return Datum(
        {
            "method": text(request.method),
            "url": text(str(request.url)),
            "headers": headers,
            # Azure leaves out parameters that have no value.
            "query": {name: text(value) for name, value in query.items() if value},
            "params": {name: text(value) for name, value in parameters.items()},
            "body": Datum(body, "bytes"),
        },
        "http",
    )


def invocation_by_hand(function: Function, content: str, url: str) -> Invocation:
    """The invocation of an HTTP function through the admin API: a POST with this body."""
    empty: dict[str, Datum] = {}
    parts = {"method": text("POST"), "url": text(url), "headers": empty, "query": empty, "params": empty}
    return Invocation(function, Datum(parts | {"body": Datum(content.encode(), "bytes")}, "http"), "admin API")


def response_of(function: Function, outcome: Outcome) -> web.Response:
    """The response for a finished invocation: a failed one is a 500 without a body."""
    if not outcome.ok:
        return web.Response(status=500)
    result = outcome.returned if _returns_http(function) else None
    if result is None:
        result = next((outcome.outputs[name] for name in _http_names(function) if name in outcome.outputs), None)
    if result is None:
        return web.Response(status=204)
    if result.type == "http":
        return _full_response(result.value)
    if result.type == "bytes":
        return web.Response(body=result.value)
    return _text_response(result)


def _returns_http(function: Function) -> bool:
    return "$return" in _http_names(function)


def _http_names(function: Function) -> list[str]:
    return [binding.name for binding in function.outputs if binding.kind == "http"]


def _full_response(parts: Mapping[str, Any]) -> web.Response:
    headers = {name: datum.value for name, datum in parts["headers"].items() if name.lower() not in _FRAMING}
    body = parts["body"].value if parts["body"] is not None else b""
    response = web.Response(status=int(parts["status_code"].value), body=body, headers=headers)
    for cookie in parts.get("cookies") or ():
        for line in _cookie_lines(cookie):
            response.headers.add("Set-Cookie", line)
    return response


def _cookie_lines(cookie: SimpleCookie | RpcHttpCookie) -> list[str]:
    if isinstance(cookie, SimpleCookie):
        return [morsel.OutputString() for morsel in cookie.values()]
    line = [f"{cookie.name}={cookie.value}"]
    for attribute, value in (("Domain", cookie.domain), ("Path", cookie.path)):
        line += [f"{attribute}={value.value}"] if value and value.value else []
    line += [f"Max-Age={cookie.max_age.value:g}"] if cookie.max_age and cookie.max_age.value is not None else []
    line += [f"Expires={formatdate(cookie.expires.value.seconds, usegmt=True)}"] if cookie.expires else []
    line += ["Secure"] if cookie.secure and cookie.secure.value else []
    line += ["HttpOnly"] if cookie.http_only and cookie.http_only.value else []
    line += [f"SameSite={_SAME_SITE[cookie.same_site]}"] if cookie.same_site else []
    return ["; ".join(line)]


def _text_response(result: Datum) -> web.Response:
    if not isinstance(result.value, str):
        return web.json_response(result.value)
    described = _response_object(result.value)
    if described is None:
        return web.Response(text=result.value)
    body = described["body"]
    return web.Response(
        text=body if isinstance(body, str) else json.dumps(body),
        status=int(described.get("statuscode") or described.get("status") or 200),
        headers={name: str(value) for name, value in (described.get("headers") or {}).items()},
    )


def _response_object(value: str) -> dict[str, Any] | None:
    """A returned JSON text with a `body` member describes a whole response, as in Azure."""
    if not value.startswith("{"):
        return None
    try:
        members = json.loads(value)
    except ValueError:
        return None
    lowered = {name.lower(): member for name, member in members.items()}
    return lowered if "body" in lowered else None
