"""Where to go on in a log that may have changed since the checkpoint was written."""

import logging
from dataclasses import replace

from functions.analytics.partition import Checkpoint
from functions.usecases.stream_ports import Span

log = logging.getLogger(__name__)


def located(checkpoint: Checkpoint, span: Span) -> Checkpoint:
    """The checkpoint moved to the last record before the next that can be read; what was lost counts as missed."""
    sequence = checkpoint.sequence
    if _is_another_log(checkpoint, span):
        text = "%s: the log ends at %d, before the checkpoint %d: it is a new one, read from its beginning"
        log.error(text, span.partition, span.last, sequence)
        sequence = -1
    gone = max(0, span.first - sequence - 1)
    if gone:
        text = "%s: %d events (%d to %d) were deleted from the log before they were aggregated"
        log.error(text, span.partition, gone, sequence + 1, span.first - 1)
    return replace(checkpoint, sequence=sequence + gone, last_enqueued=span.last, missed=checkpoint.missed + gone)


def _is_another_log(checkpoint: Checkpoint, span: Span) -> bool:
    """A lower number alone may be an old answer, with another instance ahead of us; arrived later, it cannot be."""
    return span.last < checkpoint.sequence and int(span.enqueued) // 60 > checkpoint.clock
