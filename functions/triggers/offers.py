"""The decision: a shopper did something, an offer is made."""

import azure.functions as func

from functions.app import app
from functions.contracts import USER_ACTIONS, USER_RESPONSES
from functions.events import parse_action, to_json
from functions.triggers.parking import parking

STORAGE = "AzureWebJobsStorage"
blueprint = func.Blueprint()  # type: ignore[no-untyped-call]


@blueprint.function_name("make_offer")
@blueprint.queue_trigger("message", USER_ACTIONS, STORAGE, data_type=func.DataType.BINARY)
@blueprint.queue_output("response", USER_RESPONSES, STORAGE)
@blueprint.queue_output("poison", f"{USER_ACTIONS}-poison", STORAGE)
async def make_offer(message: func.QueueMessage, response: func.Out[str], poison: func.Out[bytes]) -> None:
    """Decide what to offer; the message is completed only after the events were accepted."""
    with parking(USER_ACTIONS, message, poison) as handling:
        action = handling.of(parse_action(message.get_body()))
        response.set(to_json(await app().make_offer(action)))
