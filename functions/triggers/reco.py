"""The routes of Microsoft's retired Intelligent Recommendations: its callers change nothing but the host name."""

from collections.abc import Mapping
from typing import Any

import azure.functions as func
from pydantic import ValidationError

from functions.app import app
from functions.triggers.operation import Operation
from functions.triggers.problems import bad_request, decode, encode, serve
from functions.usecases.intelligent_recommendations import Candidates, RecoList, answer, list_named, question
from functions.usecases.reco_parameters import RecoParameters

ROOT = "reco/v1.0"
ANSWERS = {200: RecoList}
PATH = {"list": "A list: picks, new, popular, bestselling, trending", "id": "A product, or a curated list"}


def _operation(name: str, route: str, summary: str, **more: Any) -> Operation:
    named = {key: told for key, told in PATH.items() if f"{{{key}}}" in route}
    more = {"method": "GET", "query": RecoParameters, "path": named, "problems": (404,), **more}
    return Operation(name=name, route=f"{ROOT}/{route}", summary=summary, answers=ANSWERS, publishable=True, **more)


LIST = _operation("reco_list", "{list}", "A list, as the retired service answered")
SIMILAR = _operation("reco_similar", "similar/{id}", "Similar products, or by algoType what is bought together")
CART = _operation("reco_cart", "cart/{id}", "What completes a basket of one product, or of seedItemIds")
CURATED = _operation("reco_curated", "lists/{id}", "A curated list")
RANK = _operation(
    "reco_personalization",
    "personalization",
    "The caller's own candidates, ranked for a shopper",
    method="POST",
    body=Candidates,
)
OPERATIONS = (LIST, SIMILAR, CART, CURATED, RANK)

blueprint = func.Blueprint()  # type: ignore[no-untyped-call]


@blueprint.function_name(LIST.name)
@blueprint.route(LIST.route, methods=["GET"], auth_level=LIST.auth_level)
async def reco_list(req: func.HttpRequest) -> func.HttpResponse:
    """Picks, new, popular, trending."""
    return await serve(LIST, req, _list)


@blueprint.function_name(SIMILAR.name)
@blueprint.route(SIMILAR.route, methods=["GET"], auth_level=SIMILAR.auth_level)
async def reco_similar(req: func.HttpRequest) -> func.HttpResponse:
    """What is beside a product."""
    return await serve(SIMILAR, req, _similar)


@blueprint.function_name(CART.name)
@blueprint.route(CART.route, methods=["GET"], auth_level=CART.auth_level)
async def reco_cart(req: func.HttpRequest) -> func.HttpResponse:
    """What completes a basket."""
    return await serve(CART, req, _cart)


@blueprint.function_name(CURATED.name)
@blueprint.route(CURATED.route, methods=["GET"], auth_level=CURATED.auth_level)
async def reco_curated(req: func.HttpRequest) -> func.HttpResponse:
    """What an editor chose."""
    return await serve(CURATED, req, _curated)


@blueprint.function_name(RANK.name)
@blueprint.route(RANK.route, methods=["POST"], auth_level=RANK.auth_level)
async def reco_personalization(req: func.HttpRequest) -> func.HttpResponse:
    """Candidates in the shopper's order."""
    return await serve(RANK, req, _rank)


async def _list(req: func.HttpRequest) -> func.HttpResponse:
    return await _answered(list_named(req.route_params["list"], req.params), req.params)


async def _similar(req: func.HttpRequest) -> func.HttpResponse:
    return await _answered(list_named("similar", req.params), req.params, seed=[req.route_params["id"]])


async def _cart(req: func.HttpRequest) -> func.HttpResponse:
    """The route `cart/items` has its products in a parameter."""
    seed = req.route_params["id"]
    return await _answered("basket", req.params, **({} if seed.lower() == "items" else {"seed": [seed]}))


async def _curated(req: func.HttpRequest) -> func.HttpResponse:
    return await _answered(req.route_params["id"].lower(), req.params)


async def _rank(req: func.HttpRequest) -> func.HttpResponse:
    wanted = decode(Candidates, req)
    return await _answered("rank", req.params, userId=wanted.user_id, items=list(wanted.items))


async def _answered(name: str, params: Mapping[str, str], **more: Any) -> func.HttpResponse:
    try:
        query = question(params, **more)
    except ValidationError as error:
        raise bad_request(error, "query") from None
    return encode(answer(await app().recommend(name, query)))
