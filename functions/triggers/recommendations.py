"""What to show: every list, in one way."""

import azure.functions as func

from functions.app import app
from functions.triggers.operation import Operation
from functions.triggers.problems import decode, decode_query, encode, serve
from functions.usecases.recommendation_messages import RecommendationList, RecommendationQuery

ROUTE = "v1/recommendations/{list}"
GET = Operation(
    "recommend",
    "GET",
    ROUTE,
    "A page of a list of recommendations",
    {200: RecommendationList},
    query=RecommendationQuery,
    publishable=True,
)
POST = Operation(
    "recommend_for",
    "POST",
    ROUTE,
    "The same, where the question is too long for a URL",
    {200: RecommendationList},
    body=RecommendationQuery,
    publishable=True,
)
OPERATIONS = (GET, POST)

blueprint = func.Blueprint()  # type: ignore[no-untyped-call]


@blueprint.function_name(GET.name)
@blueprint.route(ROUTE, methods=["GET"])
async def recommend(req: func.HttpRequest) -> func.HttpResponse:
    """A list, asked for by a URL."""
    return await serve(GET, req, _by_url)


@blueprint.function_name(POST.name)
@blueprint.route(ROUTE, methods=["POST"])
async def recommend_for(req: func.HttpRequest) -> func.HttpResponse:
    """A list, asked for by a body."""
    return await serve(POST, req, _by_body)


async def _by_url(req: func.HttpRequest) -> func.HttpResponse:
    return await _answer(decode_query(RecommendationQuery, req), req)


async def _by_body(req: func.HttpRequest) -> func.HttpResponse:
    return await _answer(decode(RecommendationQuery, req), req)


async def _answer(query: RecommendationQuery, req: func.HttpRequest) -> func.HttpResponse:
    return encode(await app().recommend(req.route_params["list"], query))
