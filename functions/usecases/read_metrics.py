"""Figures of a range of minutes: the windows of all partitions added up."""

import asyncio
import heapq
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import asdict
from datetime import UTC, datetime

from functions.analytics.drift import Drift
from functions.analytics.histogram import Histogram
from functions.analytics.intervals import wilson
from functions.analytics.model_documents import ModelStatus
from functions.analytics.partition import Checkpoint
from functions.analytics.window import Window
from functions.usecases.metrics import (
    CalibrationFigures,
    DriftFigures,
    FailureFigures,
    InstanceFigures,
    Lag,
    Latency,
    ListFigures,
    Metrics,
    MinuteFigures,
    ModelFigures,
    PartitionFigures,
    ProductFigures,
    StepFigures,
    Totals,
)
from functions.usecases.metrics_query import WIDTHS, MetricsQuery
from functions.usecases.metrics_range import MetricsRanges, Ranged
from functions.usecases.offer_figures import Fates, Tally, breakdown, offers
from functions.usecases.stream_ports import MetricsStore


class ReadMetrics:
    """The use case; it remembers what can no longer change. `clock` gives the time with its zone."""

    def __init__(self, store: MetricsStore, clock: Callable[[], datetime]) -> None:
        self._store = store
        self._ranges = MetricsRanges(store)
        self._clock = clock

    async def __call__(self, query: MetricsQuery) -> Metrics:
        """Answer a question; raises `StoreUnavailableError`."""
        now = self._clock()
        first, last = query.minutes(now)
        step = query.step(now)
        checkpoints, status = await asyncio.gather(self._store.checkpoints(), self._store.models())
        ranged = await self._ranges.read(first, last, step, checkpoints)
        total, fates = ranged.total, Fates.of(ranged.total, query.wanted)
        return Metrics(
            start=_minute(first),
            end=_minute(last),
            step=step,
            totals=_totals(total, Tally.of(total, query.wanted)),
            offers=offers(fates, query.page),
            breakdown=breakdown(fates, total.segments, query.page),
            lists=_lists(total, query.page),
            series=[
                _step(start, window, WIDTHS[step], query.wanted) for start, window in sorted(ranged.steps.items())
            ],
            products=_ranked(total, "product", query.page),
            departments=_ranked(total, "department", query.page),
            total_ms=_latency(total.total_ms),
            scoring_ms=_latency(total.scoring_ms),
            minutes=_minutes(ranged, checkpoints) if step == "minute" else [],
            paths=_sorted(total.paths),
            levels=_sorted(total.levels),
            arms=_sorted(total.arms),
            models=_models(total, status),
            degraded=_sorted(total.degraded),
            events=_sorted(total.events),
            lag=_lag(checkpoints),
        )


def _models(total: Window, status: ModelStatus) -> ModelFigures:
    return ModelFigures(
        decisions=_sorted(total.models),
        instances=[
            InstanceFigures(instance=one.name, version=one.version, since=one.since, swaps=one.swaps, seen=one.seen)
            for one in status.instances
        ],
        failures=[FailureFigures(**asdict(one)) for one in status.failures],
        drift=_drift(status.drift) if status.drift else None,
    )


def _drift(drift: Drift) -> DriftFigures:
    found = drift.looked_at
    return DriftFigures(
        version=drift.version,
        checked=drift.checked,
        verdict=drift.verdict,
        retrain=bool(drift.reasons),
        events=found.events,
        shoppers=found.shoppers,
        psi=dict(found.psi or {}),
        unknown_touched=found.unknown_touched,
        unknown_bought=found.unknown_bought,
        calibration=CalibrationFigures(**asdict(found.calibration)) if found.calibration else None,
    )


def _totals(total: Window, fate: Tally) -> Totals:
    return Totals(
        events=total.events.total(),
        shoppers=total.shoppers.estimate,
        decisions=total.paths.total(),
        degraded=total.degraded.total(),
        views=total.department_views.total(),
        clicks=total.department_clicks.total(),
        carts=total.department_carts.total(),
        purchases=total.department_purchases.total(),
        revenue=total.department_revenue.total() / 100,
        shown=fate.shown,
        clicked=fate.clicked,
        redeemed=fate.redeemed,
    )


def _step(start: int, window: Window, width: int, wanted: Mapping[str, str]) -> StepFigures:
    p50, p99 = (window.total_ms.quantile(share) for share in (0.5, 0.99))
    return StepFigures(
        start=_minute(start),
        seconds=60 * width,
        events=window.events.total(),
        decisions=window.paths.total(),
        degraded=window.degraded.total(),
        shoppers=window.shoppers.estimate,
        views=window.department_views.total(),
        clicks=window.department_clicks.total(),
        carts=window.department_carts.total(),
        purchases=window.department_purchases.total(),
        sales=window.department_revenue.total() / 100,
        p50=p50,
        p99=p99,
        **Tally.of(window, wanted).figures(),
    )


def _lists(total: Window, page: slice) -> list[ListFigures]:
    shown, clicks = total.list_impressions, total.list_clicks
    known = shown.keys() | clicks.keys() | total.list_carts.keys() | total.list_purchases.keys()
    order = heapq.nsmallest(page.stop, known, key=lambda name: (-shown[name], -clicks[name], name))[page]
    return [_list(name, total) for name in order]


def _list(name: str, total: Window) -> ListFigures:
    own, _, model = name.partition("~")
    impressions, clicks = total.list_impressions[name], total.list_clicks[name]
    interval = wilson(clicks, impressions)
    return ListFigures(
        list=own,
        model=model,
        impressions=impressions,
        clicks=clicks,
        carts=total.list_carts[name],
        purchases=total.list_purchases[name],
        revenue=total.list_revenue[name] / 100,
        ctr=clicks / impressions if impressions else None,
        ctr_low=interval.low if interval else None,
        ctr_high=interval.high if interval else None,
    )


def _ranked(total: Window, of: str, page: slice) -> list[ProductFigures]:
    views, clicks, carts, purchases, revenue = (
        getattr(total, f"{of}_{what}") for what in ("views", "clicks", "carts", "purchases", "revenue")
    )
    known = views.keys() | clicks.keys() | carts.keys() | purchases.keys()
    places = heapq.nsmallest(page.stop, known, key=lambda name: (-views[name], -carts[name], -purchases[name], name))
    return [
        ProductFigures(
            name=name,
            views=views[name],
            clicks=clicks[name],
            carts=carts[name],
            purchases=purchases[name],
            revenue=revenue[name] / 100,
        )
        for name in places[page]
    ]


def _latency(histogram: Histogram) -> Latency:
    p50, p90, p99 = (histogram.quantile(share) for share in (0.5, 0.9, 0.99))
    return Latency(count=histogram.count, p50=p50, p90=p90, p99=p99)


def _minutes(ranged: Ranged, checkpoints: Mapping[str, Checkpoint]) -> list[MinuteFigures]:
    """Decisions by minute; of the latest, only the seconds up to the latest event are there to count."""
    until = max((checkpoint.event_time for checkpoint in checkpoints.values()), default=0.0)
    return [_figures(minute, window.paths.total(), until) for minute, window in sorted(ranged.steps.items())]


def _figures(minute: int, decisions: int, until: float) -> MinuteFigures:
    seconds = min(60.0, max(1.0, until - minute * 60))
    return MinuteFigures(start=_minute(minute), decisions=decisions, seconds=seconds, per_second=decisions / seconds)


def _lag(checkpoints: Mapping[str, Checkpoint]) -> Lag:
    partitions = [
        PartitionFigures(
            partition=name,
            sequence=checkpoint.sequence,
            last_enqueued=checkpoint.last_enqueued,
            lag=checkpoint.lag,
            event_time=datetime.fromtimestamp(checkpoint.event_time, UTC),
            watermark=_minute(max(checkpoint.watermark, 0)),
            checked=datetime.fromtimestamp(checkpoint.checked, UTC),
            counted=checkpoint.counted,
            duplicates=checkpoint.duplicates,
            late=checkpoint.late,
            invalid=checkpoint.invalid,
            missed=checkpoint.missed,
        )
        for name, checkpoint in sorted(checkpoints.items())
    ]
    return Lag(messages=sum(one.lag for one in partitions), partitions=partitions)


def _sorted(counts: Counter[str]) -> dict[str, int]:
    return dict(counts.most_common())


def _minute(minute: int) -> datetime:
    return datetime.fromtimestamp(minute * 60, UTC)
