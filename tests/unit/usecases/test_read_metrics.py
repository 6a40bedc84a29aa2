"""Figures of a range of minutes."""

import csv
import io
import json
from datetime import UTC, datetime, timedelta
from typing import get_args

import pytest
from pydantic import ValidationError

from functions.analytics.cells import segment_code
from functions.analytics.drift import Calibration, Drift, Seen
from functions.analytics.model_documents import Failure, Instance, ModelStatus
from functions.usecases.aggregate import Aggregation
from functions.usecases.metrics import Metrics
from functions.usecases.metrics_csv import as_csv
from functions.usecases.metrics_query import MetricsQuery, Table
from functions.usecases.ports import StoreUnavailableError
from functions.usecases.read_metrics import ReadMetrics
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
    return await ReadMetrics(store, lambda: MOMENT)(MetricsQuery.model_validate(query))


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


async def test_offers_are_told_by_placement_segment_path_and_model() -> None:
    """Clicks find the cell of their decision by its tracking id; without one they are of an unknown model."""
    told = f"home~{segment_code('young')}~warm~m1"
    store = await aggregated(
        [
            decision("1", segment="young"),
            decision("2", segment="old"),
            decision("3", placement="basket", path="cold"),
        ],
        [
            body("select_promotion", "4", promotion_id="o1", tracking_id=told),
            body("coupon_redeemed", "5", promotion_id="o1", tracking_id=told, value=12.34),
            promotion("select_promotion", "6"),
        ],
    )
    by = (await ask(store)).breakdown
    young = next(one for one in by.segments if one.name == "young")
    assert (young.made, young.clicked, young.redeemed, young.revenue, young.conversion) == (1, 1, 1, 12.34, 1.0)
    assert {one.name: one.made for one in by.segments} == {"young": 1, "old": 1, "none": 1, "unknown": 0}
    assert {one.name: one.made for one in by.placements} == {"home": 2, "basket": 1, "unknown": 0}
    assert {one.name: one.clicked for one in by.models} == {"m1": 1, "unknown": 1}
    chosen = await ask(store, segment="young", placement="home")
    assert [(one.offer, one.made, one.clicked) for one in chosen.offers] == [("o1", 1, 1)]
    assert (chosen.totals.clicked, chosen.totals.redeemed, chosen.series[0].made) == (1, 1, 1)
    assert (await ask(store, segment="nobody")).offers == []


async def test_revenue_adds_up_to_the_cent() -> None:
    """Prices are counted in hundredths: ten times 0.1 is 1."""
    sold = [body("purchase", str(n), items=[{"item_id": "p1", "price": 0.1, "quantity": 1}]) for n in range(10)]
    more = body("purchase", "more", items=[{"item_id": "p2", "price": 2.675, "quantity": 3}, {"item_id": "p3"}])
    metrics = await ask(await aggregated([*sold, more]))
    assert metrics.totals.revenue == 9.04
    assert {one.name: one.revenue for one in metrics.products} == {"p1": 1.0, "p2": 8.04, "p3": 0.0}


async def test_what_becomes_of_a_list_is_told_for_each_model() -> None:
    """Impressions, clicks, carts, purchases and revenue of its tracking ids; an id of ours alone counts."""

    def item(product: str, of: str) -> dict[str, object]:
        return {"item_id": product, "tracking_id": of, "price": 3.5}

    store = await aggregated(
        [body("view_item_list", "1", items=[item("p1", "picks~m1~r1~1"), item("p2", "picks~m1~r1~2")])],
        [
            body("select_item", "2", items=[item("p2", "picks~m1~r1~2")]),
            body("add_to_cart", "3", items=[item("p2", "picks~m1~r1~2")]),
            body("purchase", "4", items=[item("p2", "picks~m1~r1~2"), item("p9", "somebody-s-own")]),
            body("view_item_list", "5", items=[item("p1", "picks~m2~r2~1")]),
        ],
    )
    first, second = (await ask(store)).lists
    assert (first.list, first.model, first.impressions, first.clicks, first.carts) == ("picks", "m1", 2, 1, 1)
    assert (first.purchases, first.revenue, first.ctr) == (1, 3.5, 0.5)
    assert (second.list, second.model, second.impressions, second.ctr) == ("picks", "m2", 1, 0.0)


async def test_distinct_shoppers_are_told_for_the_range_and_each_step() -> None:
    """Whoever comes again counts once in the range, and once in each step."""
    store = await aggregated(
        [view("1", shopper="s1"), view("2", shopper="s2", minute=NOW - 1)], [view("3", shopper="s1", minute=NOW - 1)]
    )
    metrics = await ask(store)
    assert metrics.totals.shoppers == 2
    assert [one.shoppers for one in metrics.series] == [2, 1]


async def test_a_table_can_be_had_as_csv() -> None:
    """A header with the names of the JSON answer, then rows; a spreadsheet calculates nothing of it."""
    store = await aggregated([decision("1", "=1+1"), promotion("select_promotion", "2", "=1+1"), view("3")])
    metrics = await ask(store)
    header, row = as_csv(metrics, "offers").splitlines()
    assert header.split(",")[:5] == ["offer", "made", "shown", "clicked", "redeemed"]
    assert row.split(",")[:4] == ["'=1+1", "1", "0", "1"]
    assert as_csv(metrics, "series").splitlines()[1].startswith(metrics.series[0].start.isoformat())
    for table in get_args(Table):
        lines = list(csv.DictReader(io.StringIO(as_csv(metrics, table))))
        whole = metrics.breakdown if table in {"placements", "segments", "paths", "models"} else metrics
        assert len(lines) == len(getattr(whole, table))


async def test_pages_of_a_table_fit_together() -> None:
    """One after the other they are the whole table, of every table, and then there is nothing more."""
    sold = [
        body("view_item", f"v{n}", items=[{"item_id": f"p{number}"}])
        for number in range(7)
        for n in (number, -number)
    ]
    made = [decision(f"d{number}", offer=f"o{number}", segment=f"s{number}") for number in range(7)]
    store = await aggregated([*sold, *made])
    for table in ("products", "offers", "segments"):
        whole = as_csv(await ask(store, top=100), table).splitlines()
        pages = [as_csv(await ask(store, top=3, skip=skip), table).splitlines() for skip in (0, 3, 6, 9)]
        assert len(whole) == 8
        assert [line for page in pages for line in page[1:]] == whole[1:]
        assert [len(page) - 1 for page in pages] == [3, 3, 1, 0]


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
    """Without an end a range is never longer than a day, and one of a day begins at a full hour."""
    hours_ago = MetricsQuery(start=MOMENT - timedelta(hours=3))
    days_ago = MetricsQuery(start=MOMENT - timedelta(days=3))
    assert hours_ago.minutes(MOMENT) == (NOW - 180, NOW + 1)
    assert days_ago.minutes(MOMENT) == (NOW - NOW % 60 - 3 * 1440, NOW - 2 * 1440)


@pytest.mark.parametrize(("length", "step", "first"), [(6, "minute", 360), (7, "hour", 440), (24 * 15, "day", None)])
def test_a_long_range_begins_where_its_steps_do(length: int, step: str, first: int | None) -> None:
    """Charts have steps of minutes, hours or days, all of them whole."""
    query = MetricsQuery(start=MOMENT - timedelta(hours=length), end=MOMENT)
    start, end = query.minutes(MOMENT)
    assert (query.step(MOMENT), end) == (step, NOW)
    assert start % {"minute": 1, "hour": 60, "day": 1440}[step] == 0
    assert first is None or NOW - start == first


@pytest.mark.parametrize(
    "query",
    [
        {"from": "2026-11-21T10:00:00Z", "to": "2026-11-21T10:00:00Z"},
        {"from": "2026-07-21T10:00:00Z", "to": "2026-11-21T10:01:00Z"},
        {"from": "2026-11-21T10:00:00"},
        {"from": "yesterday"},
        {"from": "9999-12-31T23:00:00Z"},
        {"to": "9999-12-31T23:59:59-14:00"},
        {"from": "0001-01-01T00:00:00+14:00", "to": "0001-01-02T00:00:00Z"},
        {"top": "0"},
    ],
)
def test_a_range_that_makes_no_sense_is_refused(query: dict[str, str]) -> None:
    """Empty, too long, without a zone, not a time, at the end of the calendar, no rows."""
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
