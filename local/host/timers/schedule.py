"""Timer schedules: NCRONTAB expressions and TimeSpans."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Protocol

from local.host.errors import BindingError
from local.host.timers.ncrontab import Crontab, InvalidCrontabError
from local.host.timespan import InvalidTimeSpanError, parse_timespan


class Schedule(Protocol):
    """When a timer fires."""

    @property
    def follows_clock(self) -> bool:
        """Whether it follows the clock on the wall, and with it daylight saving time."""
        ...

    def next(self, after: datetime) -> datetime:
        """The first time after this one."""
        ...


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
    try:
        return _interval(text) if ":" in text else Crontab.parse(text)
    except InvalidCrontabError as error:
        raise BindingError(f"the schedule is no NCRONTAB expression such as '0 */5 * * * *': {error}") from error
    except InvalidTimeSpanError as error:
        raise BindingError(f"the schedule is no time span such as 00:05:00: {error}") from error


def _interval(text: str) -> Interval:
    length = timedelta(seconds=parse_timespan(text))
    if not length:
        raise InvalidTimeSpanError("the time between two runs must be more than 00:00:00")
    return Interval(length)
