"""What to show: every list, in one way."""

import azure.functions as func

from functions.app import app
from functions.triggers.operation import Operation
from functions.triggers.problems import decode, decode_query, encode, serve
from functions.usecases.recommendation_lists import TITLES
from functions.usecases.recommendation_messages import RecommendationList, RecommendationQuery

ROUTE = "v1/recommendations/{list}"
LISTS = f"{', '.join(TITLES)}, or a list of curated products"
GET = Operation(
    "recommend",
    "GET",
    ROUTE,
    "A page of a list of recommendations",
    {200: RecommendationList},
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
    return await _answer(decode_query(RecommendationQuery, req), req)


async def _by_body(req: func.HttpRequest) -> func.HttpResponse:
    return await _answer(decode(RecommendationQuery, req), req)


async def _answer(query: RecommendationQuery, req: func.HttpRequest) -> func.HttpResponse:
    return encode(await app().recommend(req.route_params["list"], query))
