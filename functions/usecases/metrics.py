"""The answer to `GET /api/v1/metrics`, and the question. Times are UTC; shares are 0 to 1; latencies milliseconds."""

from datetime import datetime, timedelta
from typing import Annotated

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, model_validator
from pydantic.alias_generators import to_camel

DEFAULT_RANGE, LONGEST_RANGE = timedelta(hours=1), timedelta(days=1)

type Counts = dict[str, int]


class Answer(BaseModel):
    """Immutable, camelCase in JSON."""

    model_config = ConfigDict(frozen=True, alias_generator=to_camel, populate_by_name=True, serialize_by_alias=True)


class MetricsQuery(Answer):
    """Which minutes: from the one that contains `from` to before the one that contains `to`, at most a day.

    By default the last hour, the current minute included; with `from` alone, up to now or a day long.
    """

    start: Annotated[AwareDatetime | None, Field(alias="from")] = None
    end: Annotated[AwareDatetime | None, Field(alias="to")] = None
    top: Annotated[int, Field(ge=1, le=1_000, description="The most products, offers and departments listed")] = 20

    @model_validator(mode="after")
    def _a_range_has_bounds(self) -> "MetricsQuery":
        if self.start and self.end and not timedelta(0) < self.end - self.start <= LONGEST_RANGE:
            raise ValueError("`to` must be after `from`, by a day at most")
        return self

    def minutes(self, now: datetime) -> tuple[int, int]:
        """The first epoch minute, and the one after the last."""
        if self.start:
            end = self.end or min(now + timedelta(minutes=1), self.start + LONGEST_RANGE)
            start = self.start
        else:
            end = self.end or now + timedelta(minutes=1)
            start = end - DEFAULT_RANGE
        first = int(start.timestamp()) // 60
        return first, max(first + 1, int(end.timestamp()) // 60)


class Totals(Answer):
    """Everything in the range."""

    events: int
    decisions: int
    degraded: int
    views: int
    carts: int
    purchases: int
    shown: int
    clicked: int
    redeemed: int


class OfferFigures(Answer):
    """An offer: `ctr` is clicked / made with its 95 % Wilson interval; null when it was never made.

    `shown` counts the impressions that a storefront reports (`view_promotion`); not every storefront does.
    """

    offer: str
    made: int
    shown: int
    clicked: int
    redeemed: int
    ctr: float | None
    ctr_low: float | None
    ctr_high: float | None


class ProductFigures(Answer):
    """A product, or a department, and what shoppers did with it: number of events' items, not of units."""

    name: str
    views: int
    carts: int
    purchases: int


class Latency(Answer):
    """Milliseconds, within 2 %; null when nothing was measured."""

    count: int
    p50: float | None
    p90: float | None
    p99: float | None


class MinuteFigures(Answer):
    """A minute: `seconds` of it were aggregated."""

    start: datetime
    decisions: int
    seconds: float
    per_second: float


class PartitionFigures(Answer):
    """How far a partition of the event log was aggregated, and what became of its events since the beginning."""

    partition: str
    sequence: int
    last_enqueued: int
    lag: int
    event_time: datetime
    """When the latest counted event happened."""
    checked: datetime
    """When the aggregation wrote this: more than two minutes ago means that it does not run."""
    counted: int
    duplicates: int
    late: int
    invalid: int
    missed: int


class Lag(Answer):
    """What the figures do not contain yet: messages, each of one event or more."""

    messages: int
    partitions: list[PartitionFigures]


class InstanceFigures(Answer):
    """A process that serves: the version of its model, since when, and after how many swaps."""

    instance: str
    version: str
    since: datetime
    swaps: int
    seen: datetime
    """When it last said so: an idle process is not listed after a quarter of an hour."""


class FailureFigures(Answer):
    """A version that a process could not take; `time` is that of the last attempt."""

    instance: str
    version: str
    reason: str
    count: int
    time: datetime


class CalibrationFigures(Answer):
    """Redemptions foreseen and clicks that came; `low` to `high` is what chance does to the foreseen in 95 of 100."""

    decisions: int
    expected: float
    observed: int
    low: float
    high: float


class DriftFigures(Answer):
    """The last look for drift. Shares are null when nothing was seen."""

    version: str
    checked: datetime
    verdict: str
    retrain: bool
    events: int
    shoppers: int
    psi: dict[str, float]
    """Population stability index by feature: above 0.25 it moved much."""
    unknown_touched: float | None
    unknown_bought: float | None
    calibration: CalibrationFigures | None


class ModelFigures(Answer):
    """The model: decisions by version in the range; processes, failed swaps and drift as they are now."""

    decisions: Counts
    instances: list[InstanceFigures]
    failures: list[FailureFigures]
    drift: DriftFigures | None


class Metrics(Answer):
    """Exact figures of whole minutes by event time, of all partitions."""

    start: Annotated[datetime, Field(alias="from")]
    end: Annotated[datetime, Field(alias="to")]
    totals: Totals
    offers: list[OfferFigures]
    products: list[ProductFigures]
    departments: list[ProductFigures]
    total_ms: Latency
    scoring_ms: Latency
    minutes: list[MinuteFigures]
    paths: Counts
    levels: Counts
    arms: Counts
    models: ModelFigures
    degraded: Counts
    """By what was down."""
    events: Counts
    """By type."""
    lag: Lag
