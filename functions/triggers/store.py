"""The demo store, the associate's till, the dashboard, and the simulated shoppers whom a visitor can be."""

import azure.functions as func

from functions.app import app
from functions.triggers.operation import Operation
from functions.triggers.problems import encode, problem, serve
from functions.usecases.sample_shoppers import Sample

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
"""Nothing but what this app serves is loaded, run or asked."""
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-cache",  # kept, but asked for by its ETag: page and modules are always of one version
}
STORE = Operation(
    name="store",
    method="GET",
    route="store/{*path}",
    summary="The demo store: its page, or a file of it",
    answers={200: None, 304: None, 308: None},
    media="*/*",
    anonymous=True,
    problems=(404,),
)
TILL = Operation(
    name="till",
    method="GET",
    route="till/{*path}",
    summary="The store associate's screens: their page, or a file of it",
    answers={200: None, 304: None, 308: None},
    media="*/*",
    anonymous=True,
    problems=(404,),
)
DASHBOARD = Operation(
    name="dashboard",
    method="GET",
    route="dashboard/{*path}",
    summary="The dashboard: its page, or a file of it; the figures need a function key",
    answers={200: None, 304: None, 308: None},
    media="*/*",
    anonymous=True,
    problems=(404,),
)
SHOPPERS = Operation(
    name="sample_shoppers",
    method="GET",
    route="store/shoppers.json",
    summary="Simulated shoppers, whom a visitor of the demo store can be",
    answers={200: Sample},
    anonymous=True,
)
OPERATIONS = (STORE, TILL, DASHBOARD, SHOPPERS)
blueprint = func.Blueprint()  # type: ignore[no-untyped-call]


@blueprint.function_name(STORE.name)
@blueprint.route(STORE.route, methods=[STORE.method], auth_level=STORE.auth_level)
async def store(req: func.HttpRequest) -> func.HttpResponse:
    """The demo store."""
    return await serve(STORE, req, _store)


@blueprint.function_name(TILL.name)
@blueprint.route(TILL.route, methods=[TILL.method], auth_level=TILL.auth_level)
async def till(req: func.HttpRequest) -> func.HttpResponse:
    """The store associate's screens."""
    return await serve(TILL, req, _till)


@blueprint.function_name(DASHBOARD.name)
@blueprint.route(DASHBOARD.route, methods=[DASHBOARD.method], auth_level=DASHBOARD.auth_level)
async def dashboard(req: func.HttpRequest) -> func.HttpResponse:
    """The dashboard."""
    return await serve(DASHBOARD, req, _dashboard)


@blueprint.function_name(SHOPPERS.name)
@blueprint.route(SHOPPERS.route, methods=[SHOPPERS.method], auth_level=SHOPPERS.auth_level)
async def sample_shoppers(req: func.HttpRequest) -> func.HttpResponse:
    """Simulated shoppers only: nobody's real id is told."""
    return await serve(SHOPPERS, req, _sample_shoppers)


async def _store(req: func.HttpRequest) -> func.HttpResponse:
    return await _page("store", req)


async def _till(req: func.HttpRequest) -> func.HttpResponse:
    return await _page("till", req)


async def _dashboard(req: func.HttpRequest) -> func.HttpResponse:
    return await _page("dashboard", req)


async def _sample_shoppers(req: func.HttpRequest) -> func.HttpResponse:  # noqa: ARG001 - nothing is asked
    return encode(await app().sample_shoppers())


async def _page(site: str, req: func.HttpRequest) -> func.HttpResponse:
    path = req.route_params.get("path") or ""
    address, mark, query = req.url.partition("?")
    if not path and not address.endswith("/"):  # links are relative to the page
        return func.HttpResponse(status_code=308, headers={"Location": f"{site}/{mark}{query}"})
    found = app().web.find(site, path)
    if found is None:
        return problem(404, "There is no such page.")
    headers = HEADERS | {"ETag": found.etag}
    if found.etag in req.headers.get("If-None-Match", ""):
        return func.HttpResponse(status_code=304, headers=headers)
    return func.HttpResponse(found.content, headers=headers | {"Content-Type": found.media_type})
