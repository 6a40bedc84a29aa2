"""Figures of a range of minutes: the windows of all partitions added up."""

import asyncio
import heapq
from collections import Counter
from collections.abc import Mapping, Sequence
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
    Metrics,
    MetricsQuery,
    MinuteFigures,
    ModelFigures,
    OfferFigures,
    PartitionFigures,
    ProductFigures,
    Totals,
)
from functions.usecases.stream_ports import MetricsStore, StoredWindow


async def read_metrics(store: MetricsStore, query: MetricsQuery, now: datetime) -> Metrics:
    """Answer a question about the last minutes; raises `StoreUnavailableError`."""
    first, last = query.minutes(now)
    windows, checkpoints, status = await asyncio.gather(
        store.windows(first, last), store.checkpoints(), store.models()
    )
    total = Window()
    for stored in windows:
        total.add(stored.window)
    return Metrics(
        start=_minute(first),
        end=_minute(last),
        totals=_totals(total),
        offers=_offers(total, query.top),
        products=_ranked(total.product_views, total.product_carts, total.product_purchases, query.top),
        departments=_ranked(total.department_views, total.department_carts, total.department_purchases, query.top),
        total_ms=_latency(total.total_ms),
        scoring_ms=_latency(total.scoring_ms),
        minutes=_minutes(windows, checkpoints),
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


def _totals(total: Window) -> Totals:
    return Totals(
        events=total.events.total(),
        decisions=total.paths.total(),
        degraded=total.degraded.total(),
        views=total.product_views.total(),
        carts=total.product_carts.total(),
        purchases=total.product_purchases.total(),
        shown=total.offers_shown.total(),
        clicked=total.offers_clicked.total(),
        redeemed=total.offers_redeemed.total(),
    )


def _offers(total: Window, count: int) -> list[OfferFigures]:
    """The offers that were made most; those that were only shown or clicked in the range come last."""
    known = total.offers_made.keys() | total.offers_shown.keys() | total.offers_clicked.keys()
    known |= total.offers_redeemed.keys()
    order = heapq.nsmallest(count, known, key=lambda offer: (-total.offers_made[offer], offer))
    return [_offer(offer, total) for offer in order]


def _offer(offer: str, total: Window) -> OfferFigures:
    made, clicked = total.offers_made[offer], total.offers_clicked[offer]
    interval = wilson(clicked, made)
    return OfferFigures(
        offer=offer,
        made=made,
        shown=total.offers_shown[offer],
        clicked=clicked,
        redeemed=total.offers_redeemed[offer],
        ctr=clicked / made if made else None,
        ctr_low=interval.low if interval else None,
        ctr_high=interval.high if interval else None,
    )


def _ranked(views: Counter[str], carts: Counter[str], purchases: Counter[str], count: int) -> list[ProductFigures]:
    known = views.keys() | carts.keys() | purchases.keys()
    order = heapq.nsmallest(count, known, key=lambda name: (-views[name], -carts[name], -purchases[name], name))
    return [
        ProductFigures(name=name, views=views[name], carts=carts[name], purchases=purchases[name]) for name in order
    ]


def _latency(histogram: Histogram) -> Latency:
    p50, p90, p99 = (histogram.quantile(share) for share in (0.5, 0.9, 0.99))
    return Latency(count=histogram.count, p50=p50, p90=p90, p99=p99)


def _minutes(windows: Sequence[StoredWindow], checkpoints: Mapping[str, Checkpoint]) -> list[MinuteFigures]:
    """Decisions by minute; of the latest, only the seconds up to the latest event are there to count."""
    until = max((checkpoint.event_time for checkpoint in checkpoints.values()), default=0.0)
    decisions: Counter[int] = Counter()
    for stored in windows:
        decisions[stored.minute] += stored.window.paths.total()
    return [_figures(minute, count, until) for minute, count in sorted(decisions.items())]


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
