"""Figures of a range of minutes."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from pydantic import ValidationError

from functions.analytics.drift import Calibration, Drift, Seen
from functions.analytics.model_documents import Failure, Instance, ModelStatus
from functions.usecases.aggregate import Aggregation
from functions.usecases.metrics import Metrics, MetricsQuery
from functions.usecases.ports import StoreUnavailableError
from functions.usecases.read_metrics import read_metrics
from tests.unit.analytics.shop_events import NOW, body, decision, log_of, performance, promotion, view
from tests.unit.usecases.stream_fakes import FakeHot, FakeLog, FakeMetrics

MOMENT = datetime.fromtimestamp(NOW * 60 + 30, UTC)


async def aggregated(*partitions: list[bytes]) -> FakeMetrics:
    """A store after the partitions were aggregated."""
    store = FakeMetrics()
    log = FakeLog({f"events-{number}": log_of(bodies) for number, bodies in enumerate(partitions)})
    await Aggregation(log, store, FakeHot(), MOMENT.timestamp).run({"p1": "GROCERY"}.get, 8)
    return store


async def ask(store: FakeMetrics, **query: object) -> Metrics:
    return await read_metrics(store, MetricsQuery.model_validate(query), MOMENT)


async def test_partitions_and_minutes_are_added_up() -> None:
    """Totals are of everything in the range, wherever it was counted."""
    store = await aggregated(
        [decision("1"), view("2"), promotion("view_promotion", "3")],
        [decision("4", minute=NOW - 1), view("5", minute=NOW - 1), body("purchase", "6", items=[{"item_id": "p1"}])],
    )
    totals = (await ask(store)).totals
    assert (totals.events, totals.decisions, totals.views, totals.purchases, totals.shown) == (6, 2, 2, 1, 1)


async def test_an_offer_shows_its_rate_and_how_sure_it_is() -> None:
    """CTR is clicked / made, with its 95 % interval; an offer that was never made has none."""
    made = [decision(f"d{n}") for n in range(10)]
    store = await aggregated(made, [promotion("view_promotion", "s", "o2"), promotion("select_promotion", "4")])
    first, second = (await ask(store)).offers
    assert (first.offer, first.made, first.shown, first.clicked, first.ctr) == ("o1", 10, 0, 1, 0.1)
    assert first.ctr_low == pytest.approx(0.0179, abs=1e-4)
    assert first.ctr_high == pytest.approx(0.4042, abs=1e-4)
    assert (second.offer, second.made, second.shown, second.ctr) == ("o2", 0, 1, None)


async def test_products_and_departments_are_ranked_by_views() -> None:
    """The most viewed first, no more than asked for."""
    store = await aggregated([view("1"), view("2", "p2"), view("3", "p2"), view("4", "p3")])
    metrics = await ask(store, top=2)
    assert [(one.name, one.views) for one in metrics.products] == [("p2", 2), ("p1", 1)]
    assert [(one.name, one.views) for one in metrics.departments] == [("unknown", 3), ("GROCERY", 1)]


async def test_the_model_s_state_is_told() -> None:
    """Decisions by version of the range, and which process serves what, what failed, and the last look for drift."""
    store = await aggregated([decision("1"), decision("2")])
    looked_at = Seen(events=9, psi={"recency": 0.4}, calibration=Calibration(10, 1.0, 3, 0.0, 2.9))
    store.status = ModelStatus(
        instances=[Instance("host-1", "v2", since=MOMENT, swaps=1, seen=MOMENT)],
        failures=[Failure("host-1", "v3", "out of memory", 2, MOMENT)],
        drift=Drift("v2", MOMENT, looked_at, ("recency moved",)),
    )
    told = json.loads((await ask(store)).model_dump_json())["models"]
    assert sum(told["decisions"].values()) == 2
    assert told["instances"][0].items() >= {"instance": "host-1", "version": "v2", "swaps": 1}.items()
    assert told["failures"][0].items() >= {"version": "v3", "reason": "out of memory", "count": 2}.items()
    assert told["drift"]["verdict"] == "train again: recency moved"
    assert (told["drift"]["retrain"], told["drift"]["calibration"]["observed"]) == (True, 3)
    store.status = ModelStatus()
    assert (await ask(store)).models.drift is None


async def test_latencies_of_all_partitions_make_one_distribution() -> None:
    """Quantiles are of all decisions, not averages of quantiles."""
    fast = [performance(f"f{n}", total_ms=2) for n in range(90)]
    slow = [performance(f"s{n}", total_ms=100) for n in range(10)]
    total = (await ask(await aggregated(fast, slow))).total_ms
    assert total.count == 100
    assert total.p50 == pytest.approx(2, rel=0.02)
    assert total.p99 == pytest.approx(100, rel=0.02)


async def test_the_latest_minute_is_as_long_as_it_was_aggregated() -> None:
    """Decisions per second do not sink at the start of each minute."""
    store = await aggregated(
        [decision(str(n), minute=NOW - 1) for n in range(60)] + [decision("now", minute=NOW + 0.5)]
    )
    before, now = (await ask(store)).minutes
    assert (before.decisions, before.seconds, before.per_second) == (60, 60, 1.0)
    assert (now.decisions, now.seconds) == (1, 30)


async def test_the_lag_tells_how_far_each_partition_is() -> None:
    """Sequence numbers, lag and what became of the events are published for each partition."""
    store = await aggregated([view("1"), view("1"), b"garbage"], [])
    first, second = (await ask(store)).lag.partitions
    assert (first.partition, first.sequence, first.lag, first.counted) == ("events-0", 2, 0, 1)
    assert (first.duplicates, first.invalid) == (1, 1)
    assert (second.sequence, second.checked) == (-1, MOMENT)


async def test_only_the_minutes_asked_for_count() -> None:
    """From the minute that contains `from` to before the one that contains `to`."""
    store = await aggregated([view(str(ago), minute=NOW - ago) for ago in range(10)])
    start = MOMENT - timedelta(minutes=5)
    metrics = await ask(store, **{"from": start.isoformat(), "to": MOMENT.isoformat()})
    assert metrics.totals.views == 5
    assert (metrics.start, metrics.end) == (start.replace(second=0), MOMENT.replace(second=0))


def test_by_default_it_is_the_last_hour_with_the_current_minute() -> None:
    """Whoever asks for nothing sees what is happening."""
    assert MetricsQuery().minutes(MOMENT) == (NOW - 59, NOW + 1)


def test_with_a_start_alone_it_is_up_to_now_or_a_day_long() -> None:
    """A range is never longer than a day."""
    hours_ago = MetricsQuery(start=MOMENT - timedelta(hours=3))
    days_ago = MetricsQuery(start=MOMENT - timedelta(days=3))
    assert hours_ago.minutes(MOMENT) == (NOW - 180, NOW + 1)
    assert days_ago.minutes(MOMENT) == (NOW - 3 * 1440, NOW - 2 * 1440)


@pytest.mark.parametrize(
    "query",
    [
        {"from": "2026-11-21T10:00:00Z", "to": "2026-11-21T10:00:00Z"},
        {"from": "2026-11-21T10:00:00Z", "to": "2026-11-22T10:01:00Z"},
        {"from": "2026-11-21T10:00:00"},
        {"from": "yesterday"},
        {"top": "0"},
    ],
)
def test_a_range_that_makes_no_sense_is_refused(query: dict[str, str]) -> None:
    """Empty, too long, without a zone, not a time, no rows."""
    with pytest.raises(ValidationError):
        MetricsQuery.model_validate(query)


async def test_nothing_counted_is_an_answer_too() -> None:
    """Before the first event all is zero, and what has no value is null."""
    metrics = await ask(FakeMetrics())
    assert metrics.totals.events == 0
    assert metrics.total_ms.p50 is None
    assert metrics.lag.partitions == []


async def test_without_cosmos_there_is_no_answer() -> None:
    """An outage is an error, not a row of zeros."""
    with pytest.raises(StoreUnavailableError):
        await ask(FakeMetrics(down=True))


async def test_the_answer_is_camel_case_json() -> None:
    """The names in JSON are those that are documented."""
    text = (await ask(await aggregated([decision("1")]))).model_dump_json(by_alias=True)
    for name in ('"from":', '"to":', '"ctrLow":', '"perSecond":', '"lastEnqueued":', '"totalMs":'):
        assert name in text
