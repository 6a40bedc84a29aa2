"""The door for offers."""

import azure.functions as func

from functions.app import app
from functions.triggers.operation import Operation
from functions.triggers.problems import decode, encode, serve
from functions.usecases.decide_offer import DecideRequest, OfferDecision

DECIDE = Operation(
    "decide",
    "POST",
    "v1/offers/decide",
    "Decide which offer to make to a shopper or a visitor",
    {200: OfferDecision},
    body=DecideRequest,
    problems=(409,),
)
OPERATIONS = (DECIDE,)

blueprint = func.Blueprint()  # type: ignore[no-untyped-call]


@blueprint.function_name(DECIDE.name)
@blueprint.route(DECIDE.route, methods=["POST"])
async def decide(req: func.HttpRequest) -> func.HttpResponse:
    """One offer, with its reasons and its probability."""
    return await serve(DECIDE, req, _decide)


async def _decide(req: func.HttpRequest) -> func.HttpResponse:
    return encode(await app().decide_offer(decode(DecideRequest, req)))
