"""The floor of the loop: two functions that pass a message on until its hops are used up, and do nothing else."""

import os

import azure.functions as func

app = func.FunctionApp()

ACTION, RESPONSE = (int(os.environ[name]) for name in ("ActionBytes", "ResponseBytes"))
"""Sizes of the messages that are passed on: those of the loop."""


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
