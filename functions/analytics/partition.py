"""The aggregation of one partition as a pure function: state and a run of the log give writes and the next state.

Everything that a step writes belongs into one transaction: then the numbers are exact whenever the process is killed.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import msgspec

from functions.analytics.counting import Departments
from functions.analytics.fold import HORIZON, LATENESS, Fault, Received, Tally, fold
from functions.analytics.rollup import Rollup
from functions.analytics.seen import Seen, hash_of
from functions.analytics.window import Window

BATCH_OPERATIONS = 100
BATCH_BYTES = 1_700_000
"""Limits of a transactional batch in Cosmos: 100 operations, 2 MB with the envelopes and what is parked."""
PART_BYTES = 24_000
"""Size up to which a part of a window is written again and again; beyond it a new one is begun."""
_DROPS = 40
_BYTES_AROUND = 400


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """How far a partition was aggregated, and what became of its events since the beginning.

    `sequence` is the last sequence number that was aggregated, -1 before the first; `last_enqueued` the last one
    known to be in the log; `clock` the epoch minute of the last arrival, or one before which none can come any more;
    `event_time` and `checked` are epoch seconds; hours and days are written up to before the epoch hour `rolled`.
    `counted`, `duplicates`, `late`, `invalid` and `missed` (gone from the log before they were read) add up to the
    events that were ever enqueued.
    """

    sequence: int = -1
    last_enqueued: int = -1
    clock: int = 0
    event_time: float = 0.0
    checked: float = 0.0
    counted: int = 0
    duplicates: int = 0
    late: int = 0
    invalid: int = 0
    missed: int = 0
    rolled: int = 0

    @property
    def watermark(self) -> int:
        """The epoch minute before which no window can change."""
        return self.clock - LATENESS

    @property
    def lag(self) -> int:
        """Events in the log that were not aggregated yet."""
        return max(0, self.last_enqueued - self.sequence)


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a minute's window; the window is the sum of its parts. `size` is in bytes of JSON."""

    minute: int
    number: int
    window: Window
    size: int


@dataclass(frozen=True, slots=True)
class Block:
    """Ids that one step counted, written once; `last` is the last minute in which one of them arrived."""

    sequence: int
    last: int


@dataclass(frozen=True, slots=True)
class State:
    """What must be known of a partition to go on: all of it can be loaded from what was written."""

    checkpoint: Checkpoint = Checkpoint()
    parts: Mapping[int, Part] = field(default_factory=dict)
    """The last part of each window that can still change, by minute."""
    blocks: tuple[Block, ...] = ()
    seen: Seen = field(default_factory=lambda: Seen(HORIZON))
    erased: Mapping[int, int] = field(default_factory=dict)
    """Shoppers who were erased, by hash, with the epoch minute up to which nothing counts for them by name."""


@dataclass(frozen=True, slots=True)
class Step:
    """Everything that one transaction writes, and the state that holds once it is written."""

    state: State
    taken: int
    """Records that the step took from the front of its run."""
    tally: Tally
    parts: tuple[Part, ...] = ()
    block: Block | None = None
    forgotten: tuple[Block, ...] = ()
    rollups: tuple[Rollup, ...] = ()

    @property
    def fits(self) -> bool:
        """Whether it can be written in one transactional batch."""
        size = sum(part.size + _BYTES_AROUND for part in self.parts) + 28 * len(self.tally.fresh)
        return 3 + len(self.parts) + len(self.forgotten) <= BATCH_OPERATIONS and size <= BATCH_BYTES


def advance(state: State, records: Sequence[Received], department_of: Departments) -> Step:
    """Take as many records from the front of a run as one transaction can hold, at least one of those given."""
    step = _step(state, records, department_of)
    while not step.fits and len(records) > 1:
        records = records[: len(records) // 2]
        step = _step(state, records, department_of)
    return step if step.fits else _refused(state, records[0])


def _refused(state: State, record: Received) -> Step:
    """The step that passes over a message that counts more than a transaction holds: it must not stop the others."""
    step = _step(state, [record._replace(body=b"")], str)
    reason = f"the message of {len(record.body)} bytes counts more than a transaction holds"
    step.tally.faults[:] = [Fault(record.sequence, record.offset, reason)]
    return step


def beat(state: State, clock: int = 0) -> Step:
    """A step that takes nothing and writes the checkpoint alone; `clock` is a minute before which none can arrive."""
    checkpoint = replace(state.checkpoint, clock=max(state.checkpoint.clock, clock))
    return Step(replace(state, checkpoint=checkpoint), 0, Tally(checkpoint.clock, checkpoint.event_time))


def roll(state: State, rolled: int, rollups: tuple[Rollup, ...]) -> Step:
    """A step that takes nothing and writes hours and days, and the checkpoint that knows of them."""
    step = beat(replace(state, checkpoint=replace(state.checkpoint, rolled=rolled)))
    return replace(step, rollups=rollups)


def _step(state: State, records: Sequence[Received], department_of: Departments) -> Step:
    before = state.checkpoint
    tally = fold(records, state.seen, before.clock, before.event_time, department_of)
    _forget(state.erased, tally.windows)
    checkpoint = replace(
        before,
        sequence=records[-1].sequence,
        last_enqueued=max(before.last_enqueued, records[-1].sequence),
        clock=tally.clock,
        event_time=tally.event_time,
        counted=before.counted + tally.counted,
        duplicates=before.duplicates + tally.duplicates,
        late=before.late + tally.late,
        invalid=before.invalid + len(tally.faults),
    )
    parts = tuple(_part(state.parts.get(minute), minute, window) for minute, window in tally.windows.items())
    block = Block(checkpoint.sequence, max(tally.fresh.values())) if tally.fresh else None
    forgotten = tuple(old for old in state.blocks if old.last < tally.clock - HORIZON)[:_DROPS]
    after = State(
        checkpoint,
        _open(state.parts, parts, tally.clock),
        tuple(old for old in state.blocks if old not in forgotten) + ((block,) if block else ()),
        state.seen.adding(tally.fresh, tally.clock),
        state.erased,
    )
    return Step(after, len(records), tally, parts, block, forgotten)


def _forget(erased: Mapping[int, int], windows: Mapping[int, Window]) -> None:
    """Take out who was erased; what they did still counts, but for nobody."""
    if not erased:
        return
    for minute, window in windows.items():
        for counter in (window.shopper_views, window.shopper_made, window.shopper_clicked):
            for key in [key for key in counter if minute <= erased.get(hash_of(key.partition("|")[0]), -1)]:
                del counter[key]


def _part(last: Part | None, minute: int, window: Window) -> Part:
    """The last part of the minute with the window added, or a new part when that would become too large."""
    size = size_of(window)
    if last is None:
        return Part(minute, 0, window, size)
    if last.size + size > PART_BYTES:
        return Part(minute, last.number + 1, window, size)
    total = last.window + window
    return Part(minute, last.number, total, size_of(total))


def size_of(window: Window) -> int:
    """Bytes of a window's counters as JSON."""
    return len(msgspec.json.encode(window.to_counts()))


def _open(parts: Mapping[int, Part], written: Sequence[Part], clock: int) -> dict[int, Part]:
    after = {**parts, **{part.minute: part for part in written}}
    return {minute: part for minute, part in after.items() if minute >= clock - LATENESS}
