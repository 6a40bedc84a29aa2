"""Floors: two functions that pass a message on until its hops are used up, one that answers a request, no more."""

import os

import azure.functions as func

app = func.FunctionApp()

ACTION, RESPONSE, ANSWER = (
    int(os.environ.get(name, "0")) for name in ("ActionBytes", "ResponseBytes", "AnswerBytes")
)
"""Sizes of the messages that are passed on, those of the loop, and of what a request is answered with, a list's."""


def _pass_on(message: func.QueueMessage, out: func.Out[str], size: int) -> None:
    hops = int(message.get_body())
    if hops:
        out.set(str(hops - 1).zfill(size))


@app.queue_trigger("message", "user-responses", "AzureWebJobsStorage")
@app.queue_output("out", "user-actions", "AzureWebJobsStorage")
async def simulate_nothing(message: func.QueueMessage, out: func.Out[str]) -> None:
    """In place of `simulate_shopper`."""
    _pass_on(message, out, ACTION)


@app.queue_trigger("message", "user-actions", "AzureWebJobsStorage")
@app.queue_output("out", "user-responses", "AzureWebJobsStorage")
async def offer_nothing(message: func.QueueMessage, out: func.Out[str]) -> None:
    """In place of `make_offer`."""
    _pass_on(message, out, RESPONSE)


@app.route("nothing", auth_level=func.AuthLevel.ANONYMOUS)
async def answer_nothing(req: func.HttpRequest) -> func.HttpResponse:
    """In place of a list."""
    return func.HttpResponse("x" * ANSWER)
