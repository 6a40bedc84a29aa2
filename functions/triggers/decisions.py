"""Decisions on their way from the event stream to where they can be looked at, and the doors to look at them."""

from typing import List

import azure.functions as func

from functions.app import app, telemetry
from functions.contracts import DECISIONS_GROUP
from functions.telemetry import batch
from functions.triggers.operation import Operation
from functions.triggers.problems import decode_query, encode, serve
from functions.usecases.decision_log import Trail, TrailQuery, keep_decisions, trail
from functions.usecases.offer_audience import OfferDetails

TRAIL = Operation(
    "shopper_decisions",
    "GET",
    "api/v1/shoppers/{id}/decisions",
    "Every decision for a shopper or a visitor, newest first, with its reasons",
    {200: Trail},
    query=TrailQuery,
    path={"id": "A shopper, or the session of a visitor"},
)
OFFER = Operation(
    "offer",
    "GET",
    "api/v1/offers/{id}",
    "An offer, its products, and what is known of the shoppers it was made to lately",
    {200: OfferDetails},
    problems=(404,),
    path={"id": "An offer"},
)
OPERATIONS = (TRAIL, OFFER)

blueprint = func.Blueprint()  # type: ignore[no-untyped-call]


@blueprint.function_name("keep_decisions")
@blueprint.event_hub_message_trigger(
    arg_name="messages",
    event_hub_name="%EventHubName%",
    connection="EventHubConnection",
    cardinality=func.Cardinality.MANY,
    consumer_group=DECISIONS_GROUP,
    data_type=func.DataType.BINARY,
)
@blueprint.retry(  # the checkpoint moves on when a function has failed for good: an outage is waited for
    strategy="exponential_backoff", max_retry_count="-1", minimum_interval="00:00:01", maximum_interval="00:01:00"
)
async def keep(messages: List[func.EventHubEvent]) -> None:
    """Keep the decisions among these events."""
    bodies = [message.get_body() for message in messages]
    with batch(telemetry(), "keep decisions", bodies):
        await keep_decisions(app().decisions, bodies)


@blueprint.function_name(TRAIL.name)
@blueprint.route(TRAIL.route, methods=[TRAIL.method], auth_level=TRAIL.auth_level)
async def shopper_decisions(req: func.HttpRequest) -> func.HttpResponse:
    """A shopper's trail."""
    return await serve(TRAIL, req, _trail)


@blueprint.function_name(OFFER.name)
@blueprint.route(OFFER.route, methods=[OFFER.method], auth_level=OFFER.auth_level)
async def offer(req: func.HttpRequest) -> func.HttpResponse:
    """An offer and its audience."""
    return await serve(OFFER, req, _offer)


async def _trail(req: func.HttpRequest) -> func.HttpResponse:
    made = app()
    response = encode(await trail(made.decisions, made.shelf, req.route_params["id"], decode_query(TrailQuery, req)))
    response.headers["Cache-Control"] = "private, no-store"
    return response


async def _offer(req: func.HttpRequest) -> func.HttpResponse:
    return encode(await app().offer_audience(req.route_params["id"]))
