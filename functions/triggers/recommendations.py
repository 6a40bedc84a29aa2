"""What to show: every list, in one way."""

import time
from hashlib import blake2b

import azure.functions as func

from functions.app import app, telemetry
from functions.telemetry import LIST_TIME, SILENT, Attributes
from functions.triggers.operation import Operation
from functions.triggers.problems import decode, decode_query, encode, serve
from functions.usecases.recommendation_lists import TITLES
from functions.usecases.recommendation_messages import RecommendationList, RecommendationQuery

ROUTE = "api/v1/recommendations/{list}"
MAX_AGE = 30
"""Seconds for which a list that is the same for everyone may be kept."""
LISTS = f"{', '.join(TITLES)}, or a list of curated products"
GET = Operation(
    "recommend",
    "GET",
    ROUTE,
    "A page of a list of recommendations",
    {200: RecommendationList, 304: None},
    query=RecommendationQuery,
    path={"list": LISTS},
    publishable=True,
    problems=(404,),
)
POST = Operation(
    "recommend_for",
    "POST",
    ROUTE,
    "The same, where the question is too long for a URL",
    {200: RecommendationList},
    body=RecommendationQuery,
    path={"list": LISTS},
    publishable=True,
    problems=(404,),
)
OPERATIONS = (GET, POST)

blueprint = func.Blueprint()  # type: ignore[no-untyped-call]


@blueprint.function_name(GET.name)
@blueprint.route(ROUTE, methods=["GET"], auth_level=GET.auth_level)
async def recommend(req: func.HttpRequest) -> func.HttpResponse:
    """A list, asked for by a URL."""
    return await serve(GET, req, _by_url)


@blueprint.function_name(POST.name)
@blueprint.route(ROUTE, methods=["POST"], auth_level=POST.auth_level)
async def recommend_for(req: func.HttpRequest) -> func.HttpResponse:
    """A list, asked for by a body."""
    return await serve(POST, req, _by_body)


async def _by_url(req: func.HttpRequest) -> func.HttpResponse:
    query = decode_query(RecommendationQuery, req)
    found = await _list(req, query)
    answer = encode(found.to_json())
    return _private(answer) if query.personal or found.degraded else _for_everyone(req, answer)


async def _by_body(req: func.HttpRequest) -> func.HttpResponse:
    return _private(encode(await _list(req, decode(RecommendationQuery, req))))


async def _list(req: func.HttpRequest, query: RecommendationQuery) -> RecommendationList:
    started = time.perf_counter()
    found = await app().recommend(req.route_params["list"], query)
    telling = telemetry()
    if telling is not SILENT:
        name = found.list if found.list in TITLES else "curated"
        told: Attributes = {"list": name, "path": found.path, "degraded": bool(found.degraded)}
        telling.record(LIST_TIME, time.perf_counter() - started, told)
    return found


def _private(response: func.HttpResponse) -> func.HttpResponse:
    """What is about somebody, or made while a service was down, is kept by nobody."""
    response.headers["Cache-Control"] = "private, no-store"
    return response


def _for_everyone(req: func.HttpRequest, response: func.HttpResponse) -> func.HttpResponse:
    """The answer that anybody gets, for browsers and proxies to keep; 304 to those who have it."""
    tag = f'"{blake2b(response.get_body(), digest_size=16).hexdigest()}"'
    if tag in req.headers.get("if-none-match", ""):
        response = func.HttpResponse(status_code=304)
    response.headers["ETag"] = tag
    response.headers["Cache-Control"] = f"public, max-age={MAX_AGE}"
    return response
