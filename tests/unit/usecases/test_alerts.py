"""What is out of its band, judged."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.usecases.alerts import LONGEST_MS, MOST_DEGRADED, MOST_WAITING, STALE, ArchiveFigures, Signs, judge
from functions.usecases.metrics import (
    DriftFigures,
    FailureFigures,
    Lag,
    Latency,
    Metrics,
    ModelFigures,
    PartitionFigures,
    StepFigures,
    Totals,
)
from functions.usecases.stream_ports import Parked

NOW = datetime(2026, 11, 25, 18, 0, 30, tzinfo=UTC)


def step(ago: timedelta, seconds: int = 60, **more: Any) -> StepFigures:
    """A step of time that began so long ago, in which 100 decisions were made within 10 ms."""
    given: dict[str, Any] = {"decisions": 100, "degraded": 0, "p99": 10.0, "made": 0, "clicked": 0, **more}
    return StepFigures.model_construct(start=NOW - ago, seconds=seconds, **given)


def partition(**more: Any) -> PartitionFigures:
    """A partition that is looked after and was read to its end."""
    given: dict[str, Any] = {"lag": 0, "missed": 0, "checked": NOW, "event_time": NOW, "last_enqueued": 99, **more}
    return PartitionFigures.model_construct(partition="events-0", sequence=99, **given)


def figures(
    *partitions: PartitionFigures, degraded: int = 0, p99: float | None = 10.0, steps: tuple[StepFigures, ...] = ()
) -> Metrics:
    """Figures of ten minutes with a thousand decisions."""
    return Metrics.model_construct(
        totals=Totals.model_construct(decisions=1_000, degraded=degraded),
        total_ms=Latency(count=1_000, p50=5.0, p90=8.0, p99=p99),
        lag=Lag(messages=sum(one.lag for one in partitions), partitions=list(partitions)),
        degraded={"redis": degraded},
        series=list(steps),
        models=ModelFigures(decisions={}, instances=[], failures=[], drift=None),
    )


def archived(lag: int = 0, ago: timedelta = timedelta(minutes=1)) -> ArchiveFigures:
    """A partition of the lake that got its last message so long ago."""
    return ArchiveFigures(
        partition="events-0", archived=99 - lag, last_enqueued=99, lag=lag, written=NOW - ago
    )  # what waits may be more than the log ever had: nothing here looks at it


def clicks(*hours: tuple[int, int]) -> tuple[StepFigures, ...]:
    """Whole hours, each with offers made and clicked; the last one is just over."""
    count = len(hours)
    return tuple(
        step(timedelta(hours=count - place, seconds=30), 3_600, made=made, clicked=clicked)
        for place, (made, clicked) in enumerate(hours)
    )


WELL = Signs(NOW, figures(partition()), clicks(*[(400, 40)] * 5), [archived()], Parked())


def kinds(signs: Signs) -> list[str]:
    return [alert.kind for alert in judge(signs)]


def test_a_shop_that_is_well_has_no_alert() -> None:
    """Nothing to look at."""
    assert judge(WELL) == []


HOUR = timedelta(hours=1)
DRIFT = DriftFigures.model_construct(retrain=True, verdict="moved", psi={"a": 0.4}, checked=NOW)
FAILED = FailureFigures(instance="a", version="v2", reason="its hash is wrong", count=3, time=NOW - HOUR)


def with_models(**more: Any) -> Metrics:
    models = {"decisions": {}, "instances": [], "failures": [], "drift": None, **more}
    return figures(partition()).model_copy(update={"models": ModelFigures.model_construct(**models)})


SLOW_STEPS = tuple(step(timedelta(minutes=ago), p99=400.0 if ago < 4 else 5.0) for ago in range(9, 0, -1))
DEGRADED_STEPS = tuple(step(timedelta(minutes=ago), degraded=50 if ago < 3 else 0) for ago in range(9, 0, -1))
CASES: list[tuple[str, dict[str, Any], datetime | None]] = [
    ("aggregation", {"live": figures()}, None),
    ("aggregation", {"live": figures(partition(checked=NOW - STALE * 2))}, NOW - STALE * 2),
    ("lag", {"live": figures(partition(lag=MOST_WAITING + 1, event_time=NOW - HOUR / 2))}, NOW - HOUR / 2),
    ("missed", {"live": figures(partition(missed=7))}, None),
    ("archive", {"archive": None}, None),
    ("archive", {"archive": [archived(MOST_WAITING + 1)]}, NOW - HOUR / 60),
    ("archive", {"archive": [archived(100, HOUR)]}, NOW - HOUR),
    ("archive", {"archive": [archived(1)], "live": figures(partition(event_time=NOW - HOUR))}, NOW - HOUR / 60),
    ("parked", {"parked": Parked(2, NOW - HOUR / 4, "not JSON")}, NOW - HOUR / 4),
    ("degraded", {"live": figures(partition(), degraded=100, steps=DEGRADED_STEPS)}, NOW - HOUR / 30),
    ("slow", {"live": figures(partition(), p99=300.0, steps=SLOW_STEPS)}, NOW - HOUR / 20),
    ("model", {"live": with_models(failures=[FAILED])}, NOW - HOUR),
    ("drift", {"live": with_models(drift=DRIFT)}, NOW),
    ("ctr", {"hours": clicks(*[(400, 40)] * 5, (400, 100))}, NOW - HOUR - timedelta(seconds=30)),
    ("ctr", {"hours": clicks(*[(400, 40)] * 5, (400, 2))}, NOW - HOUR - timedelta(seconds=30)),
]


@pytest.mark.parametrize(("kind", "changed", "since"), CASES)
def test_each_thing_that_is_wrong_is_told(kind: str, changed: dict[str, Any], since: datetime | None) -> None:
    """Alone, with since when, by how much, and what to do."""
    (alert,) = judge(replace(WELL, **changed))
    assert (alert.kind, alert.since) == (kind, since)
    assert abs(alert.value) > abs(alert.threshold) or (kind == "ctr" and alert.value < alert.threshold)
    assert alert.says
    assert alert.advice


@pytest.mark.parametrize(
    "changed",
    [
        {"archive": [archived(50, HOUR)]},
        {"archive": [archived(0, HOUR * 24)]},
        {"hours": clicks(*[(400, 40)] * 5, (50, 20))},
        {"hours": clicks((50, 5), (400, 100))},
        {"hours": clicks(*[(400, 40)] * 5, (400, 45))},
        {"hours": ()},
    ],
)
def test_what_may_be_chance_is_not_told(changed: dict[str, Any]) -> None:
    """An event that has just come after an hour's silence, a click rate of few offers, or one that moved little."""
    assert kinds(replace(WELL, **changed)) == []


counts = st.integers(0, 50_000)
signs = st.builds(
    lambda lag, missed, degraded, p99, behind, silent, parked, hours: Signs(
        NOW,
        figures(partition(lag=lag, missed=missed), degraded=degraded, p99=p99),
        clicks(*((made, min(made, clicked)) for made, clicked in hours)),
        [archived(behind, timedelta(minutes=silent))],
        Parked(parked, NOW if parked else None, "x"),
    ),
    lag=counts,
    missed=counts,
    degraded=st.integers(0, 2_000),
    p99=st.none() | st.floats(0.1, 5_000),
    behind=counts,
    silent=st.integers(0, 120),
    parked=counts,
    hours=st.lists(st.tuples(st.integers(0, 2_000), st.integers(0, 2_000)), max_size=6),
)


@given(signs)
def test_an_alert_is_there_exactly_when_its_figure_is_beyond_the_threshold(found: Signs) -> None:
    """Whatever else is wrong at the same time; critical ones come first, none is of the future."""
    alerts = judge(found)
    told = [alert.kind for alert in alerts]
    live = found.live
    assert ("lag" in told) == (live.lag.messages > MOST_WAITING)
    assert ("missed" in told) == any(one.missed for one in live.lag.partitions)
    assert ("degraded" in told) == (live.totals.degraded / live.totals.decisions > MOST_DEGRADED)
    assert ("slow" in told) == (live.total_ms.p99 is not None and live.total_ms.p99 > LONGEST_MS)
    assert ("parked" in told) == bool(found.parked.count)
    assert len(set(told)) == len(told)
    severities = [alert.severity for alert in alerts]
    assert severities == sorted(severities)
    assert all(alert.since is None or alert.since <= NOW for alert in alerts)


@given(signs, counts, counts)
def test_what_gets_worse_stays_told(found: Signs, more: int, further: int) -> None:
    """More messages that wait, longer for the lake: no alert goes away by that."""
    assert found.archive
    (one,), (lake,) = found.live.lag.partitions, found.archive
    worse = one.model_copy(update={"lag": one.lag + more})
    live = found.live.model_copy(update={"lag": Lag(messages=worse.lag, partitions=[worse])})
    archive = [lake.model_copy(update={"lag": lake.lag + further})]
    assert set(kinds(found)) <= set(kinds(replace(found, live=live, archive=archive)))
