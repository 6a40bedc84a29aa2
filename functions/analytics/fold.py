"""Folding a run of the log into windows: each event once, in the minute in which it happened."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from functions.analytics.counting import Departments, count
from functions.analytics.reading import CountedEvent, read_counted
from functions.analytics.seen import Seen, hash_of
from functions.analytics.window import Window
from functions.events import InvalidEventError

LATENESS = 15
"""Minutes by which an event may arrive after it happened and still be counted in its window."""
SKEW = 5
"""Minutes by which a producer's clock may be ahead."""
HORIZON = LATENESS + SKEW
"""Minutes for which ids are remembered: a repeated event that arrives later is too late to be counted anyway."""


class Received(NamedTuple):
    """A message as the log holds it, one event or many; `enqueued` is the moment of arrival in epoch seconds."""

    sequence: int
    offset: str
    enqueued: float
    body: bytes


@dataclass(frozen=True, slots=True)
class Fault:
    """Something in the log that is no event of ours."""

    sequence: int
    offset: str
    reason: str


@dataclass(slots=True)
class Tally:
    """What a run of the log comes to.

    `clock` is the epoch minute of the last arrival and never goes back; `event_time` is the latest moment (epoch
    seconds) at which a counted event happened; `fresh` maps the hash of each new id to its minute of arrival.
    """

    clock: int
    event_time: float
    windows: dict[int, Window] = field(default_factory=dict)
    fresh: dict[int, int] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)
    counted: int = 0
    duplicates: int = 0
    late: int = 0


class _Arrival(NamedTuple):  # made for every event: a frozen dataclass takes four times as long
    event: CountedEvent
    happened: float
    arrived: int
    id_hash: int


def fold(records: Sequence[Received], seen: Seen, clock: int, event_time: float, department_of: Departments) -> Tally:
    """Count the records that were not seen before; neither bad ones nor late ones nor duplicates stop it."""
    tally = Tally(clock, event_time)
    arrivals = [arrival for record in records for arrival in _arrivals(record, tally)]
    hashes = np.fromiter((arrival.id_hash for arrival in arrivals), np.uint64, len(arrivals))
    minutes = np.fromiter((arrival.arrived for arrival in arrivals), np.int64, len(arrivals))
    for arrival, known in zip(arrivals, seen.known(hashes, minutes).tolist(), strict=True):
        if known or _repeated(arrival, tally):
            tally.duplicates += 1
        else:
            _count(arrival, tally, department_of)
    return tally


def _arrivals(record: Received, tally: Tally) -> Iterator[_Arrival]:
    """Those events of the record that can be counted; of the others it is noted in the tally why not."""
    tally.clock = clock = max(tally.clock, int(record.enqueued) // 60)
    for event in read_counted(record.body):
        if isinstance(event, InvalidEventError):
            tally.faults.append(Fault(record.sequence, record.offset, str(event)))
            continue
        happened = event.time.timestamp()
        age = clock - int(happened // 60)
        if age < -SKEW:
            reason = f"time: the event is dated {-age} minutes after its arrival, {SKEW} is the most"
            tally.faults.append(Fault(record.sequence, record.offset, reason))
        elif age > LATENESS:
            tally.late += 1
        else:
            yield _Arrival(event, happened, clock, hash_of(event.id))


def _repeated(arrival: _Arrival, tally: Tally) -> bool:
    first = tally.fresh.get(arrival.id_hash)
    return first is not None and arrival.arrived - first <= HORIZON


def _count(arrival: _Arrival, tally: Tally, department_of: Departments) -> None:
    tally.fresh[arrival.id_hash] = arrival.arrived
    tally.event_time = max(tally.event_time, arrival.happened)
    tally.counted += 1
    minute = int(arrival.happened // 60)
    window = tally.windows.get(minute)
    if window is None:
        window = tally.windows[minute] = Window()
    count(arrival.event, window, department_of)
