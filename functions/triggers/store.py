"""The demo store, the associate's till, and the simulated shoppers whom their visitor can be."""

import azure.functions as func

from functions.app import app
from functions.triggers.problems import answering, encode, problem

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
blueprint = func.Blueprint()  # type: ignore[no-untyped-call]


@blueprint.function_name("store")
@blueprint.route("store/{*path}", methods=["GET"], auth_level=func.AuthLevel.ANONYMOUS)
async def store(req: func.HttpRequest) -> func.HttpResponse:
    """The demo store."""
    return await answering(_page("store", req))


@blueprint.function_name("till")
@blueprint.route("till/{*path}", methods=["GET"], auth_level=func.AuthLevel.ANONYMOUS)
async def till(req: func.HttpRequest) -> func.HttpResponse:
    """The store associate's screens."""
    return await answering(_page("till", req))


@blueprint.function_name("sample_shoppers")
@blueprint.route("store/shoppers.json", methods=["GET"], auth_level=func.AuthLevel.ANONYMOUS)
async def sample_shoppers(req: func.HttpRequest) -> func.HttpResponse:  # noqa: ARG001 - the binding needs it
    """Simulated shoppers only: nobody's real id is told."""
    return await answering(_sample_shoppers())


async def _sample_shoppers() -> func.HttpResponse:
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
