"""The question of `GET /api/v1/metrics`."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Annotated, Literal

from pydantic import AwareDatetime, Field, model_validator

from functions.analytics.cells import fitting, segment_code
from functions.usecases.metrics import Answer

type StepName = Literal["minute", "hour", "day"]

WIDTHS: Mapping[StepName, int] = {"minute": 1, "hour": 60, "day": 1440}
"""Minutes of a step of a chart over time."""
DEFAULT_RANGE, LONGEST_RANGE = timedelta(hours=1), timedelta(days=92)
OPEN_RANGE = timedelta(days=1)
"""Length of a range with `from` alone."""
BY_MINUTE, BY_HOUR = timedelta(hours=6), timedelta(days=14)
"""The longest ranges whose charts have steps of minutes, and of hours."""

Table = Literal["series", "offers", "placements", "segments", "paths", "models", "lists", "products", "departments"]
Part = Annotated[str | None, Field(max_length=256)]
Moment = Annotated[AwareDatetime, Field(ge=datetime(2000, 1, 1, tzinfo=UTC), lt=datetime(2100, 1, 1, tzinfo=UTC))]
"""A time that figures may be of: with others a calendar ends in the middle of a calculation."""


class MetricsQuery(Answer):
    """Which minutes: from the one that contains `from` to before the one that contains `to`, at most 92 days.

    By default the last hour, the current minute included; with `from` alone, up to now or a day long. A range of more
    than six hours begins at a full hour, one of more than two weeks at a full day (UTC).
    """

    start: Annotated[Moment | None, Field(alias="from")] = None
    end: Annotated[Moment | None, Field(alias="to")] = None
    top: Annotated[int, Field(ge=1, le=1_000, description="The most products, offers and departments listed")] = 20
    skip: Annotated[int, Field(ge=0, le=100_000, description="Entries of those lists on the pages before")] = 0
    placement: Annotated[Part, Field(description="Only offers at this placement")] = None
    segment: Annotated[Part, Field(description="Only offers to shoppers of this segment")] = None
    path: Annotated[Literal["warm", "cold"] | None, Field(description="Only offers decided in this way")] = None
    model: Annotated[Part, Field(description="Only offers decided with this version of the model")] = None
    format: Annotated[Literal["json", "csv"] | None, Field(description="`csv`: one table; so does `Accept`")] = None
    table: Annotated[Table, Field(description="Which table a CSV answer has")] = "series"

    @model_validator(mode="after")
    def _a_range_has_bounds(self) -> "MetricsQuery":
        if self.start and self.end and not timedelta(0) < self.end - self.start <= LONGEST_RANGE:
            raise ValueError("`to` must be after `from`, by 92 days at most")
        return self

    def minutes(self, now: datetime) -> tuple[int, int]:
        """The first epoch minute, and the one after the last."""
        start, end = self._bounds(now)
        first, last = int(start.timestamp()) // 60, int(end.timestamp()) // 60
        first -= first % WIDTHS[_step(end - start)]
        return first, max(first + 1, last)

    def step(self, now: datetime) -> StepName:
        """How wide the steps of a chart over time are."""
        start, end = self._bounds(now)
        return _step(end - start)

    @property
    def page(self) -> slice:
        """Which entries are listed, of all in their order."""
        return slice(self.skip, self.skip + self.top)

    @property
    def wanted(self) -> Mapping[str, str]:
        """What the parts of a cell must be, for those that are asked for."""
        told = {
            "placement": None if self.placement is None else fitting(self.placement),
            "segment": None if self.segment is None else segment_code(self.segment),
            "path": self.path,
            "model": None if self.model is None else fitting(self.model, 64),
        }
        return {part: value for part, value in told.items() if value is not None}

    def _bounds(self, now: datetime) -> tuple[datetime, datetime]:
        if self.start:
            return self.start, self.end or min(now + timedelta(minutes=1), self.start + OPEN_RANGE)
        end = self.end or now + timedelta(minutes=1)
        return end - DEFAULT_RANGE, end


def _step(length: timedelta) -> StepName:
    return "minute" if length <= BY_MINUTE else "hour" if length <= BY_HOUR else "day"
