"""Simulated shoppers: the run that starts them, and each one's reaction to what it was shown."""

from typing import List

import azure.functions as func

from functions.app import app, now, telemetry
from functions.contracts import USER_ACTIONS, USER_RESPONSES
from functions.events import parse_response, to_json
from functions.triggers.operation import Operation
from functions.triggers.parking import parking
from functions.triggers.problems import decode, encode, serve
from functions.usecases.start_simulation import SimulationAnswer, SimulationRequest, start_simulation

STORAGE = "AzureWebJobsStorage"
blueprint = func.Blueprint()  # type: ignore[no-untyped-call]


START = Operation(
    name="start_simulation",
    method="POST",
    route="api/v1/simulations",
    summary="Start simulated shoppers",
    body=SimulationRequest,
    answers={202: SimulationAnswer},
    problems=(409,),
)
OPERATIONS = (START,)


@blueprint.function_name(START.name)
@blueprint.route(START.route, methods=[START.method])
@blueprint.queue_output("arrivals", USER_RESPONSES, STORAGE)
async def start(req: func.HttpRequest, arrivals: func.Out[List[str]]) -> func.HttpResponse:
    """Put shoppers on the queue of what was shown, where their run begins."""

    async def answer(req: func.HttpRequest) -> func.HttpResponse:
        started = await start_simulation(app().simulations, decode(SimulationRequest, req), now())
        here = telemetry().context()
        arrivals.set([to_json(visit.caused_in(here)) for visit in started.arrivals])
        run = started.run
        return encode(SimulationAnswer(run=run.name, shoppers=len(started.arrivals), steps=run.steps), 202)

    return await serve(START, req, answer)


@blueprint.function_name("simulate_shopper")
@blueprint.queue_trigger("message", USER_RESPONSES, STORAGE, data_type=func.DataType.BINARY)
@blueprint.queue_output("action", USER_ACTIONS, STORAGE)
@blueprint.queue_output("poison", f"{USER_RESPONSES}-poison", STORAGE)
async def simulate_shopper(message: func.QueueMessage, action: func.Out[str], poison: func.Out[bytes]) -> None:
    """A shopper reacts to what it was shown, or leaves."""
    with parking(USER_RESPONSES, message, poison) as handling:
        shown = handling.of(parse_response(message.get_body()))
        done = await app().simulate_shopper(shown, now())
        if done is not None:
            action.set(to_json(done.caused_in(telemetry().context())))
