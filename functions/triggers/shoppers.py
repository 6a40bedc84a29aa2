"""Shoppers, for the associate at the till, and their word on being personalized."""

import azure.functions as func

from functions.app import app
from functions.triggers.operation import Operation
from functions.triggers.problems import decode, encode, serve
from functions.usecases.personal_data import Erasure, PersonalExport
from functions.usecases.shopper_data import Consent, ShopperSummary

PATH = {"id": "A shopper with a profile"}
ANYBODY = {"id": "A shopper, or the session of a visitor"}
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
EXPORT = Operation(
    "export_shopper",
    "GET",
    "api/v1/shoppers/{id}/export",
    "Everything that is held of a shopper or a visitor",
    {200: PersonalExport},
    problems=(404,),
    path=ANYBODY,
)
ERASE = Operation(
    "erase_shopper",
    "DELETE",
    "api/v1/shoppers/{id}",
    "Erase everything that is held of a shopper or a visitor; to do it again does no harm",
    {200: Erasure},
    problems=(404,),
    path=ANYBODY,
)
OPERATIONS = (READ, CONSENT, EXPORT, ERASE)

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


@blueprint.function_name(EXPORT.name)
@blueprint.route(EXPORT.route, methods=[EXPORT.method], auth_level=EXPORT.auth_level)
async def export(req: func.HttpRequest) -> func.HttpResponse:
    """Everything about a person."""
    return await serve(EXPORT, req, _export)


@blueprint.function_name(ERASE.name)
@blueprint.route(ERASE.route, methods=[ERASE.method], auth_level=ERASE.auth_level)
async def erase(req: func.HttpRequest) -> func.HttpResponse:
    """Nothing about a person any more."""
    return await serve(ERASE, req, _erase)


async def _read(req: func.HttpRequest) -> func.HttpResponse:
    return encode(await app().shopper_data.summary(req.route_params["id"]))


async def _consent(req: func.HttpRequest) -> func.HttpResponse:
    return encode(await app().shopper_data.say(req.route_params["id"], decode(Consent, req)))


async def _export(req: func.HttpRequest) -> func.HttpResponse:
    response = encode(await app().personal_data.export(req.route_params["id"]))
    response.headers["Cache-Control"] = "private, no-store"
    return response


async def _erase(req: func.HttpRequest) -> func.HttpResponse:
    return encode(await app().personal_data.erase(req.route_params["id"]))
