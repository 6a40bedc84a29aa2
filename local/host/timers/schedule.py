"""Timer schedules: six-field NCRONTAB expressions and TimeSpans."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Protocol

from croniter import croniter

from local.host.errors import BindingError
from local.host.timespan import InvalidTimeSpanError, parse_timespan

# Letters only spell months and days; croniter's own L, W, H, R, # and ? mean nothing to NCRONTAB.
_FIELD = re.compile(r"(?:[0-9*,/-]|(?:JAN|FEB|MAR|APR|MAY|JUN|JUL|AUG|SEP|OCT|NOV|DEC|SUN|MON|TUE|WED|THU|FRI|SAT))+")
_BOUNDS = ((0, 59), (0, 59), (0, 23), (1, 31), (1, 12), (0, 6))


class Schedule(Protocol):
    """When a timer fires."""

    @property
    def follows_clock(self) -> bool:
        """Whether it follows the wall clock, and with it daylight saving time."""
        ...

    def next(self, after: datetime) -> datetime:
        """The first time after this one."""
        ...


@dataclass(frozen=True, slots=True)
class Crontab:
    """`{second} {minute} {hour} {day} {month} {day of week}`, all of which must match."""

    expression: str
    follows_clock: bool = True

    def next(self, after: datetime) -> datetime:
        """The first matching second after this time."""
        schedule = croniter(self.expression, after, second_at_beginning=True, day_or=False)
        found: datetime = schedule.get_next(datetime)
        return found


@dataclass(frozen=True, slots=True)
class Interval:
    """A fixed time between two runs."""

    length: timedelta
    follows_clock: bool = False

    def next(self, after: datetime) -> datetime:
        """That much later, whatever the clock on the wall does."""
        return (after.astimezone(UTC) + self.length).astimezone(after.tzinfo)


def parse_schedule(text: str) -> Schedule:
    """Parse an NCRONTAB expression or a TimeSpan; BindingError when it is neither."""
    if ":" in text:
        return _interval(text)
    fields = text.upper().split()
    if len(fields) == 5:
        fields.insert(0, "0")
    if len(fields) != 6 or not all(map(_is_field, fields, _BOUNDS)):
        raise BindingError(f"the schedule expression '{text}' is no NCRONTAB expression such as '0 */5 * * * *'")
    expression = " ".join(fields)
    try:
        Crontab(expression).next(datetime(2000, 1, 1, tzinfo=UTC))
    except ValueError as error:
        raise BindingError(f"the schedule expression '{text}' is not valid: {error}") from error
    return Crontab(expression)


def _is_field(field: str, bounds: tuple[int, int]) -> bool:
    """Whether a field holds what NCRONTAB knows: croniter also takes 7 for Sunday, and more."""
    if _FIELD.fullmatch(field) is None:
        return False
    values = re.findall(r"\d+", re.sub(r"/\d+", "", field))
    return all(bounds[0] <= int(value) <= bounds[1] for value in values)


def _interval(text: str) -> Interval:
    try:
        length = timedelta(seconds=parse_timespan(text))
    except InvalidTimeSpanError as error:
        raise BindingError(f"schedule: {error}") from error
    if not length:
        raise BindingError("schedule: the time between two runs must be more than 00:00:00")
    return Interval(length)
