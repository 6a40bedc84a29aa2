"""The contract of the HTTP API: its document, a page to read it, and what browsers ask before they call."""

import json
import re
from collections.abc import Callable, Iterable, Sequence
from functools import cache
from hashlib import sha256
from pathlib import Path
from types import ModuleType

import azure.functions as func

from functions.triggers.guard import guard
from functions.triggers.operation import Operation
from functions.triggers.problems import answering, serve
from functions.triggers.specification import openapi

WEB = Path(__file__).parent.parent / "web" / "contract"
GUIDE = Path(__file__).parents[2] / "docs" / "api.md"
"""How a shop calls all this: it opens the page, and is deployed for it."""
LINK = re.compile(r"\[([^\]]+)\]\((?!https?:)[^)]*\)")
CACHE = "public, max-age=300"
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
"""The viewer styles its elements one by one; nothing comes from elsewhere, and nothing goes there."""

DOCUMENT = Operation(
    name="openapi",
    method="GET",
    route="api/openapi.json",
    summary="This document",
    answers={200: None, 304: None},
    media="application/json",
    anonymous=True,
)
PAGE = Operation(
    name="docs",
    method="GET",
    route="api/docs",
    summary="This document as a page",
    answers={200: None, 304: None},
    media="text/html",
    anonymous=True,
)
VIEWER = Operation(
    name="docs_viewer",
    method="GET",
    route="api/docs/viewer.js",
    summary="The viewer of that page: RapiDoc, under the MIT licence",
    answers={200: None, 304: None},
    media="text/javascript",
    anonymous=True,
)
OPERATIONS = (DOCUMENT, PAGE, VIEWER)


def operations_of(rooms: Iterable[ModuleType]) -> tuple[Operation, ...]:
    """The operations of all rooms that have some."""
    return tuple(operation for room in rooms for operation in getattr(room, "OPERATIONS", ()))


def contract(operations: Sequence[Operation]) -> func.Blueprint:
    """The functions that publish these operations, and their own."""
    blueprint = func.Blueprint()  # type: ignore[no-untyped-call]
    described = (*operations, *OPERATIONS)
    _publish(blueprint, DOCUMENT, lambda: json.dumps(openapi(described, _guide()), ensure_ascii=False).encode())
    _publish(blueprint, PAGE, (WEB / "index.html").read_bytes)
    _publish(blueprint, VIEWER, (WEB / "rapidoc-min.js").read_bytes)

    @blueprint.function_name("preflight")
    @blueprint.route("{*path}", methods=["OPTIONS"], auth_level=func.AuthLevel.ANONYMOUS)
    async def preflight(req: func.HttpRequest) -> func.HttpResponse:
        """What a browser asks before a page of another site may call."""
        return await answering(_preflight(req))

    return blueprint


def _publish(blueprint: func.Blueprint, operation: Operation, make: Callable[[], bytes]) -> None:
    content = cache(make)

    @blueprint.function_name(operation.name)
    @blueprint.route(operation.route, methods=[operation.method], auth_level=operation.auth_level)
    async def page(req: func.HttpRequest) -> func.HttpResponse:
        async def answer(req: func.HttpRequest) -> func.HttpResponse:
            return unchanging(req, content(), operation.media)

        return await serve(operation, req, answer)


def unchanging(request: func.HttpRequest, body: bytes, media: str | None) -> func.HttpResponse:
    """The body, or 304 when the caller has it; it changes only with the deployment."""
    tag = f'"{sha256(body).hexdigest()[:32]}"'
    headers = {"ETag": tag, "Cache-Control": CACHE, "X-Content-Type-Options": "nosniff"}
    if tag in request.headers.get("if-none-match", ""):
        return func.HttpResponse(status_code=304, headers=headers)
    if media == "text/html":
        headers |= {"Content-Security-Policy": POLICY, "Referrer-Policy": "no-referrer"}
    return func.HttpResponse(body, headers=headers, mimetype=media, charset="utf-8")


def _guide() -> str:
    """The guide without its title, and without links into the repository."""
    _, _, text = GUIDE.read_text("utf-8").partition("\n")
    return LINK.sub(r"\1", text).strip()


async def _preflight(request: func.HttpRequest) -> func.HttpResponse:
    return guard().preflight(request)
