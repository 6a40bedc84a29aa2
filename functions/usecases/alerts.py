"""What is out of its band, judged from figures: pure, so that a page, a monitor and a test see the same."""

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated, Literal

from pydantic import Field

from functions.usecases.metrics import Answer, Metrics, StepFigures
from functions.usecases.stream_ports import Parked

STALE = timedelta(minutes=2)
"""Without a word of the aggregation, which writes each minute; and for which an event may wait for the lake."""
MOST_WAITING = 10_000
"""Messages that may wait to be counted, or for the lake."""
MOST_DEGRADED = 0.01
"""Share of the decisions that may go without something."""
LONGEST_MS = 250.0
"""Milliseconds within which 99 of 100 decisions are made."""
QUIET, FEW = timedelta(minutes=15), 100
"""Without a file in the lake while so many messages wait for it."""
Z = 3.29
"""Standard errors: chance alone leaves the band once in a thousand hours."""
LEAST_MADE, LEAST_BEFORE = 100, 300
"""Offers made in an hour, and before it, below which nothing is said of their click rate."""

type Kind = Literal[
    "aggregation", "lag", "missed", "archive", "parked", "degraded", "slow", "model", "drift", "ctr"
]  # fmt: skip
type Severity = Literal["critical", "warning"]


class Alert(Answer):
    """Something that somebody should look at: `value` is beyond `threshold`; `since` is null where it is unknown."""

    kind: Kind
    severity: Severity
    says: str
    value: float
    threshold: float
    since: datetime | None
    advice: str


class ArchiveFigures(Answer):
    """How far the lake is: the last message of a partition that is in it, null when nothing is known of any."""

    partition: str
    archived: int | None
    last_enqueued: int
    lag: int
    written: datetime | None
    """When the lake got something of the partition for the last time."""


class Alerts(Answer):
    """The answer to `GET /api/v1/metrics/alerts`: what is out of its band, the worst first, and the lake's lag."""

    checked: datetime
    alerts: list[Alert]
    archive: Annotated[list[ArchiveFigures] | None, Field(description="Null while the lake does not answer")]


@dataclass(frozen=True, slots=True)
class Signs:
    """What is judged: `live` of the last ten minutes, `hours` of the last day, the lake (None: no answer)."""

    now: datetime
    live: Metrics
    hours: Sequence[StepFigures]
    archive: Sequence[ArchiveFigures] | None
    parked: Parked


def judge(signs: Signs) -> list[Alert]:
    """What is out of its band, critical things first."""
    found = [alert for look in _LOOKS for alert in look(signs)]
    return sorted(found, key=lambda alert: alert.severity)


def _aggregation(signs: Signs) -> Iterable[Alert]:
    partitions = signs.live.lag.partitions
    oldest = min((one.checked for one in partitions), default=None)
    if oldest is None:
        says = "Nothing was counted yet."
    elif signs.now - oldest > STALE:
        says = "Figures stand still: the aggregation does not run."
    else:
        return
    seconds = (signs.now - oldest).total_seconds() if oldest else math.inf
    advice = "See the log of `aggregate` (or `aggregate_stream`), and whether Event Hubs and Cosmos DB answer."
    value = min(seconds, 86_400.0 * 3_650)  # JSON knows no infinity
    yield _critical("aggregation", says, value, STALE.total_seconds(), oldest, advice)


def _lag(signs: Signs) -> Iterable[Alert]:
    waiting = signs.live.lag.messages
    if waiting > MOST_WAITING:
        latest = min(one.event_time for one in signs.live.lag.partitions if one.lag)
        advice = "If it grows, enable `aggregate_stream`: it works on as many instances as the hub has partitions."
        yield _warning("lag", f"{waiting:,} messages wait to be counted.", waiting, MOST_WAITING, latest, advice)


def _missed(signs: Signs) -> Iterable[Alert]:
    missed = sum(one.missed for one in signs.live.lag.partitions)
    if missed:
        says = f"{missed:,} messages left the hub before they were counted."
        advice = "The hub's retention is shorter than an outage was: raise it. The lake may still have them."
        yield _critical("missed", says, missed, 0, None, advice)


def _archive(signs: Signs) -> Iterable[Alert]:
    advice = "See the log of the function `archive`, and whether the storage of the lake answers."
    if signs.archive is None:
        yield _critical("archive", "The lake does not answer.", 1, 0, None, advice)
        return
    latest = max((one.event_time for one in signs.live.lag.partitions), default=signs.now)
    waiting = sum(one.lag for one in signs.archive)
    known = [one.written for one in signs.archive if one.lag and one.written]
    quiet = any(one.lag >= FEW and (one.written is None or signs.now - one.written > QUIET) for one in signs.archive)
    if waiting > MOST_WAITING or quiet or (waiting and signs.now - latest > STALE):
        says = f"{waiting:,} messages are not in the lake yet."
        threshold = MOST_WAITING if waiting > MOST_WAITING else 0
        yield _warning("archive", says, waiting, threshold, min(known, default=None), advice)


def _parked(signs: Signs) -> Iterable[Alert]:
    parked = signs.parked
    if parked.count:
        says = f"{parked.count:,} events of the last hour were no events of ours: {parked.reason}"
        advice = "Find who sends them: the log tells their offsets, `dead-letter/` in the lake has them."
        yield _warning("parked", says, parked.count, 0, parked.since, advice)


def _degraded(signs: Signs) -> Iterable[Alert]:
    made, without = signs.live.totals.decisions, signs.live.totals.degraded
    share = min(1.0, without / made) if made else 0.0
    if share > MOST_DEGRADED:
        says = f"{share:.1%} of the decisions of the last minutes went without {', '.join(signs.live.degraded)}."
        since = _since(signs.live.series, lambda step: step.degraded > MOST_DEGRADED * step.decisions)
        advice = "GET /api/v1/health tells what does not answer; offers are made all the same, from less."
        yield _critical("degraded", says, share, MOST_DEGRADED, since, advice)


def _slow(signs: Signs) -> Iterable[Alert]:
    p99 = signs.live.total_ms.p99
    if p99 is not None and p99 > LONGEST_MS:
        since = _since(signs.live.series, lambda step: step.p99 is not None and step.p99 > LONGEST_MS)
        says = f"One of a hundred decisions takes longer than {p99:.0f} ms."
        advice = "See which dependency is slow (GET /api/v1/health), and whether instances are busy or cold."
        yield _warning("slow", says, p99, LONGEST_MS, since, advice)


def _model(signs: Signs) -> Iterable[Alert]:
    for one in signs.live.models.failures:
        says = f"{one.instance} cannot take model {one.version}: {one.reason}"
        advice = "The version before goes on serving. Publish a good one, or go back with `python -m model.rollback`."
        yield _critical("model", says, one.count, 0, one.time, advice)


def _drift(signs: Signs) -> Iterable[Alert]:
    drift = signs.live.models.drift
    if drift is not None and drift.retrain:
        psi = max(drift.psi.values(), default=1.0)
        advice = "Prepare newer data, train, look at the report, publish: docs/registry.md."
        says = f"Train the model again: {drift.verdict}"
        yield _warning("drift", says, psi, 0, drift.checked, advice)


def _ctr(signs: Signs) -> Iterable[Alert]:
    """The click rate of the last whole hour against that of the hours before: two shares, compared."""
    whole = [step for step in signs.hours if step.start + timedelta(seconds=step.seconds) <= signs.now]
    if not whole or signs.now - whole[-1].start > timedelta(hours=2):
        return
    *before, last = whole
    made, clicked = sum(one.made for one in before), sum(min(one.clicked, one.made) for one in before)
    if last.made < LEAST_MADE or made < LEAST_BEFORE:
        return
    usual, now = clicked / made, min(last.clicked, last.made) / last.made
    both = (clicked + min(last.clicked, last.made)) / (made + last.made)
    width = Z * math.sqrt(both * (1 - both) * (1 / made + 1 / last.made))
    if abs(now - usual) > width:
        bound = usual + math.copysign(width, now - usual)
        says = f"The click rate left its band: {now:.1%} in the last hour, {usual:.1%} in the day before."
        advice = "Look at it by model, placement and segment: a new model, a campaign, reports that stopped coming."
        yield _warning("ctr", says, now, bound, last.start, advice)


_LOOKS: Sequence[Callable[[Signs], Iterable[Alert]]] = (
    _aggregation, _missed, _archive, _degraded, _model, _lag, _parked, _slow, _ctr, _drift,
)  # fmt: skip


def _since(steps: Sequence[StepFigures], out: Callable[[StepFigures], bool]) -> datetime | None:
    """When the last run of steps began that are out of their band; None where none is by itself."""
    since = None
    for one in steps:
        if one.decisions:
            since = (since or one.start) if out(one) else None
    return since


def _critical(kind: Kind, says: str, value: float, most: float, since: datetime | None, advice: str) -> Alert:
    return _alert("critical", kind, says, value, most, since, advice)


def _warning(kind: Kind, says: str, value: float, most: float, since: datetime | None, advice: str) -> Alert:
    return _alert("warning", kind, says, value, most, since, advice)


def _alert(
    severity: Severity, kind: Kind, says: str, value: float, threshold: float, since: datetime | None, advice: str
) -> Alert:
    told = {"value": value, "threshold": threshold, "since": since, "advice": advice}
    return Alert.model_validate({"kind": kind, "severity": severity, "says": says, **told})
