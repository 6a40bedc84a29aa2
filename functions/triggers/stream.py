"""The event stream read back: windows and hot counters."""

import logging

import azure.functions as func

from functions.app import app

SECONDS = 8.0
"""How long a cycle may go on before it leaves the rest to the next."""

log = logging.getLogger(__name__)
blueprint = func.Blueprint()  # type: ignore[no-untyped-call]


@blueprint.function_name("aggregate")
@blueprint.timer_trigger("timer", "*/5 * * * * *")
async def aggregate(timer: func.TimerRequest) -> None:
    """Catch up with the stream; what fails is logged by the host, and the next cycle goes on from the checkpoint."""
    if timer.past_due:
        log.warning("Aggregation starts late: the last cycle, or the host, was not done in time")
    assortment = await app().shelf.current()
    cycle = await app().aggregation.run(assortment.catalog.department_of, SECONDS)
    if cycle.messages or cycle.lag:
        log.info("Aggregated %d messages in %d transactions, %d are left", cycle.messages, cycle.steps, cycle.lag)
