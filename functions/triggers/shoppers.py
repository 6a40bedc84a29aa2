"""Shoppers, for the associate at the till, and their word on being personalized."""

import azure.functions as func

from functions.app import app
from functions.triggers.operation import Operation
from functions.triggers.problems import decode, encode, serve
from functions.usecases.shopper_data import Consent, ShopperSummary

PATH = {"id": "A shopper with a profile"}
READ = Operation(
    "shopper",
    "GET",
    "api/v1/shoppers/{id}",
    "A shopper at a glance: recent activity, affinities, what is bought most",
    {200: ShopperSummary},
    problems=(404, 409),
    path=PATH,
)
CONSENT = Operation(
    "consent",
    "PUT",
    "api/v1/shoppers/{id}/personalization",
    "Opt a shopper out of personalization, or in again: effective at the next request",
    {200: Consent},
    body=Consent,
    problems=(404,),
    path=PATH,
)
OPERATIONS = (READ, CONSENT)

blueprint = func.Blueprint()  # type: ignore[no-untyped-call]


@blueprint.function_name(READ.name)
@blueprint.route(READ.route, methods=[READ.method], auth_level=READ.auth_level)
async def shopper(req: func.HttpRequest) -> func.HttpResponse:
    """A shopper at a glance."""
    return await serve(READ, req, _read)


@blueprint.function_name(CONSENT.name)
@blueprint.route(CONSENT.route, methods=[CONSENT.method], auth_level=CONSENT.auth_level)
async def consent(req: func.HttpRequest) -> func.HttpResponse:
    """The shopper's word."""
    return await serve(CONSENT, req, _consent)


async def _read(req: func.HttpRequest) -> func.HttpResponse:
    return encode(await app().shopper_data.summary(req.route_params["id"]))


async def _consent(req: func.HttpRequest) -> func.HttpResponse:
    return encode(await app().shopper_data.say(req.route_params["id"], decode(Consent, req)))
