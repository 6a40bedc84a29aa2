"""The event stream put away: raw events by date and hour, for training and for anybody's questions."""

import logging
from typing import List

import azure.functions as func

from functions.app import app, telemetry
from functions.contracts import ARCHIVE_GROUP
from functions.lake.rows import Message
from functions.telemetry import batch

SECONDS = 120.0
"""How long a compaction may go on before it leaves the rest to the next."""
_FAULTS_LOGGED = 5

log = logging.getLogger(__name__)
blueprint = func.Blueprint()  # type: ignore[no-untyped-call]


@blueprint.function_name("archive")
@blueprint.event_hub_message_trigger(
    "events",
    connection="EventHubConnection",
    event_hub_name="%EventHubName%",
    consumer_group=ARCHIVE_GROUP,
    cardinality=func.Cardinality.MANY,
    data_type=func.DataType.BINARY,
)
@blueprint.retry(
    strategy="exponential_backoff", max_retry_count="-1", minimum_interval="00:00:01", maximum_interval="00:00:30"
)
async def archive(events: List[func.EventHubEvent]) -> None:
    """Write a delivery to the lake; while the storage is away it is tried again, and the checkpoint stays."""
    partition = (events[0].metadata or {})["PartitionContext"]["PartitionId"]
    with batch(telemetry(), "archive events", [event.get_body() for event in events]):
        done = await app().archive_events.archive(str(partition), [_message(event) for event in events])
    for letter in done.dead_letters[:_FAULTS_LOGGED]:
        log.warning("%s-%d is a dead letter: %s", partition, letter.sequence, letter.reason)
    if len(done.dead_letters) > _FAULTS_LOGGED:
        log.warning("%s: and %d more dead letters", partition, len(done.dead_letters) - _FAULTS_LOGGED)


@blueprint.function_name("compact")
@blueprint.timer_trigger("timer", "30 */5 * * * *")
async def compact(timer: func.TimerRequest) -> None:  # noqa: ARG001 - the binding needs its parameter
    """Make few files of many, delete what is too old, and erase who is to be; the next run does what fails."""
    done = await app().compact_lake.run(SECONDS)
    if done.files or done.deleted:
        log.info("Compacted %d files of the lake into %d, deleted %d", done.files, done.into, done.deleted)
    if replaced := await app().erase_from_lake.run(SECONDS):
        log.info("Erased shoppers from %d files of the lake", replaced)


def _message(event: func.EventHubEvent) -> Message:
    sequence, enqueued = event.sequence_number, event.enqueued_time
    assert sequence is not None
    assert enqueued is not None
    return Message(sequence, enqueued, event.get_body())
