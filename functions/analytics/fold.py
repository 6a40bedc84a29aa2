"""Folding a run of the log into windows: each event once, in the minute in which it happened."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import NamedTuple

import numpy as np

from functions.analytics.counting import Departments, count
from functions.analytics.quick import QuickEvent, read_all
from functions.analytics.seen import Seen, hashes_of
from functions.analytics.window import Window
from functions.events import InvalidEventError

LATENESS = 15
"""Minutes by which an event may arrive after it happened and still be counted in its window."""
SKEW = 5
"""Minutes by which a producer's clock may be ahead."""
HORIZON = LATENESS + SKEW
"""Minutes for which ids are remembered: a repeated event that arrives later is too late to be counted anyway."""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


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


type _Arrival = tuple[QuickEvent, int, int]
"""An event, and the minutes in which it happened and arrived: made for every event, so it is a plain tuple."""


def fold(records: Sequence[Received], seen: Seen, clock: int, event_time: float, department_of: Departments) -> Tally:
    """Count the records that were not seen before; neither bad ones nor late ones nor duplicates stop it."""
    tally = Tally(clock, event_time)
    arrivals = _arrivals(records, tally)
    fresh = _fresh(arrivals, seen, tally)
    by_minute: dict[int, list[QuickEvent]] = {}
    for event, minute, _ in fresh:
        by_minute.setdefault(minute, []).append(event)
    for minute, events in by_minute.items():
        window = tally.windows[minute] = Window()
        count(events, window, department_of)
    if fresh:
        latest = max([event.time for event, _, _ in fresh])
        tally.event_time = max(tally.event_time, latest.timestamp())
    return tally


def _arrivals(records: Sequence[Received], tally: Tally) -> list[_Arrival]:
    """The events that can be counted; of the others it is noted in the tally why not."""
    arrivals = []
    clock = tally.clock
    for record, events in zip(records, read_all([record.body for record in records]), strict=True):
        clock = max(clock, int(record.enqueued) // 60)
        for event in events:
            if isinstance(event, InvalidEventError):
                tally.faults.append(Fault(record.sequence, record.offset, str(event)))
                continue
            since = event.time - _EPOCH
            minute = since.days * 1440 + since.seconds // 60
            if clock - LATENESS <= minute <= clock + SKEW:
                arrivals.append((event, minute, clock))
            elif minute < clock:
                tally.late += 1
            else:
                reason = f"time: the event is dated {minute - clock} minutes after its arrival, {SKEW} is the most"
                tally.faults.append(Fault(record.sequence, record.offset, reason))
    tally.clock = clock
    return arrivals


def _fresh(arrivals: Sequence[_Arrival], seen: Seen, tally: Tally) -> list[_Arrival]:
    """Those that were not counted before, each once."""
    hashes = hashes_of([event.id for event, _, _ in arrivals])
    minutes = np.fromiter([arrived for _, _, arrived in arrivals], np.int64, len(arrivals))
    known = seen.known(hashes, minutes).tolist()
    fresh, first_seen = [], tally.fresh
    for arrival, id_hash, is_known in zip(arrivals, hashes.tolist(), known, strict=True):
        if is_known or (id_hash in first_seen and arrival[2] - first_seen[id_hash] <= HORIZON):
            continue
        first_seen[id_hash] = arrival[2]
        fresh.append(arrival)
    tally.counted, tally.duplicates = len(fresh), len(arrivals) - len(fresh)
    return fresh
