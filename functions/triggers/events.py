"""The door for what shoppers do."""

import azure.functions as func

from functions.app import app, now
from functions.triggers.operation import Operation
from functions.triggers.problems import BadRequestError, encode, serve
from functions.usecases.collect_events import EventResults
from functions.usecases.event_messages import EventsBody
from functions.usecases.incoming_events import MOST_BYTES, UnreadableBodyError, read

COLLECT = Operation(
    "collect_events",
    "POST",
    "api/v1/events",
    "Report what shoppers did, up to 500 events at once",
    {202: EventResults, 503: EventResults},
    body=EventsBody,
    max_body=MOST_BYTES,
    publishable=True,
)
OPERATIONS = (COLLECT,)

blueprint = func.Blueprint()  # type: ignore[no-untyped-call]


@blueprint.function_name(COLLECT.name)
@blueprint.route(COLLECT.route, methods=["POST"], auth_level=COLLECT.auth_level)
async def collect(req: func.HttpRequest) -> func.HttpResponse:
    """202 with what became of each event; 503 when the stream accepted none, to be sent again."""
    return await serve(COLLECT, req, _collect)


async def _collect(req: func.HttpRequest) -> func.HttpResponse:
    try:
        incoming = read(req.get_body(), now())
    except UnreadableBodyError as error:
        raise BadRequestError(str(error)) from error
    results = await app().collect_events(incoming)
    return encode(results, 503 if results.unavailable and not results.accepted else 202)
