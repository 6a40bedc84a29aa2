"""The event stream read back: windows and hot counters."""

import logging
from typing import List

import azure.functions as func

from functions.app import app
from functions.contracts import AGGREGATE_STREAM_GROUP
from functions.triggers.seeding import once_seeded

SECONDS = 8.0
"""How long a cycle may go on before it leaves the rest to the next."""

type Came = tuple[int, str, float, bytes]
"""Sequence number, offset, arrival in epoch seconds, and body of an event."""

log = logging.getLogger(__name__)
blueprint = func.Blueprint()  # type: ignore[no-untyped-call]


@blueprint.function_name("aggregate")
@blueprint.timer_trigger("timer", "*/5 * * * * *")
async def aggregate(timer: func.TimerRequest) -> None:
    """Catch up with the stream; what fails is logged by the host, and the next cycle goes on from the checkpoint.

    While `aggregate_stream` is enabled it aggregates, and this looks after what no event comes for.
    """
    if timer.past_due:
        log.warning("Aggregation starts late: the last cycle, or the host, was not done in time")
    with once_seeded():
        await _aggregated()


async def _aggregated() -> None:
    await app().restore_offers(SECONDS)
    assortment = await app().shelf.current()
    if app().settings.aggregates_by_stream:
        await app().tending(assortment.catalog.department_of, SECONDS)
    elif await app().mode_guard.admits("timer"):
        cycle = await app().aggregation.run(assortment.catalog.department_of, SECONDS)
        if cycle.messages or cycle.lag:
            text = "Aggregated %d messages in %d transactions, %d are left"
            log.info(text, cycle.messages, cycle.steps, cycle.lag)


@blueprint.function_name("aggregate_stream")
@blueprint.event_hub_message_trigger(
    "events",
    event_hub_name="%EventHubName%",
    connection="EventHubConnection",
    consumer_group=AGGREGATE_STREAM_GROUP,
    cardinality="many",
    data_type="binary",
)
async def aggregate_stream(events: List[func.EventHubEvent]) -> None:
    """Count a batch of a partition; disabled by default, for more than one instance of the timer's speed."""
    if not await app().mode_guard.admits("stream"):
        return  # nothing is lost: whoever aggregates goes on from the checkpoint
    metadata = events[0].metadata
    assert metadata is not None
    partition = f"{app().settings.event_hub_name}-{metadata['PartitionContext']['PartitionId']}"
    with once_seeded():  # as above
        assortment = await app().shelf.current()
        came = [_came(event) for event in events]
        await app().stream_aggregation.take(partition, came, assortment.catalog.department_of)


def _came(event: func.EventHubEvent) -> Came:
    sequence, enqueued = event.sequence_number, event.enqueued_time
    assert sequence is not None
    assert enqueued is not None
    return int(sequence), str(event.offset), enqueued.timestamp(), event.get_body()
