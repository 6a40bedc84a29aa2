"""The answer to `GET /api/v1/metrics`. Times are UTC; shares are 0 to 1; latencies milliseconds."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

type Counts = dict[str, int]


class Answer(BaseModel):
    """Immutable, camelCase in JSON."""

    model_config = ConfigDict(frozen=True, alias_generator=to_camel, populate_by_name=True, serialize_by_alias=True)


class Totals(Answer):
    """Everything in the range. Revenue is in the shop's currency, of purchased items that carry a price.

    `shoppers` are distinct shoppers and sessions, within 1.6 % in two of three cases.
    """

    events: int
    shoppers: int
    decisions: int
    degraded: int
    views: int
    clicks: int
    carts: int
    purchases: int
    revenue: float
    shown: int
    clicked: int
    redeemed: int


class Outcome(Answer):
    """What became of offers: `ctr` is clicked / made with its 95 % Wilson interval; null when none was made.

    `shown` counts the impressions that a storefront reports (`view_promotion`); not every storefront does.
    `conversion` is redeemed / made, `revenue` what redemptions reported.
    """

    made: int
    shown: int
    clicked: int
    redeemed: int
    ctr: float | None
    ctr_low: float | None
    ctr_high: float | None
    conversion: float | None
    revenue: float


class OfferFigures(Outcome):
    """What became of an offer."""

    offer: str


class PartFigures(Outcome):
    """What became of the offers of a part of all decisions: `unknown` of reports that came without a tracking id."""

    name: str


class BreakdownFigures(Answer):
    """What became of offers by what is known of their decisions."""

    placements: list[PartFigures]
    segments: list[PartFigures]
    paths: list[PartFigures]
    models: list[PartFigures]


class StepFigures(Outcome):
    """A step of time, and what happened in it; the last one may not be over."""

    start: datetime
    seconds: int
    events: int
    decisions: int
    degraded: int
    shoppers: int
    views: int
    clicks: int
    carts: int
    purchases: int
    p50: float | None
    """Milliseconds that a decision took."""
    p99: float | None
    sales: float
    """Revenue of all purchases."""


class ListFigures(Answer):
    """What became of a list as a model made it: `ctr` is clicks / impressions with its 95 % Wilson interval."""

    list: str
    model: str
    impressions: int
    clicks: int
    carts: int
    purchases: int
    revenue: float
    ctr: float | None
    ctr_low: float | None
    ctr_high: float | None


class ProductFigures(Answer):
    """A product, or a department, and what shoppers did with it: number of events' items, not of units."""

    name: str
    views: int
    clicks: int
    carts: int
    purchases: int
    revenue: float


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
    watermark: datetime
    """Before it no figure can change any more: what comes later for it is counted as `late`."""
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
    """Exact figures of whole minutes by event time, of all partitions.

    `placement`, `segment`, `path` and `model` of the question choose among offers: `offers`, `breakdown`, and what
    the totals and `series` tell of offers. Everything else is of all decisions and of everyone.
    """

    start: Annotated[datetime, Field(alias="from")]
    end: Annotated[datetime, Field(alias="to")]
    step: Literal["minute", "hour", "day"]
    """Width of the steps of `series`: minutes up to six hours, hours up to two weeks, days (UTC) beyond."""
    totals: Totals
    offers: list[OfferFigures]
    breakdown: BreakdownFigures
    lists: list[ListFigures]
    series: list[StepFigures]
    products: list[ProductFigures]
    departments: list[ProductFigures]
    total_ms: Latency
    scoring_ms: Latency
    minutes: list[MinuteFigures]
    """Decisions by minute, where `step` is a minute."""
    paths: Counts
    levels: Counts
    arms: Counts
    models: ModelFigures
    degraded: Counts
    """By what was down."""
    events: Counts
    """By type."""
    lag: Lag
