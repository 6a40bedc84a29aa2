"""NCRONTAB expressions: six fields, all of which must match.

Other cron dialects differ in ways that matter (days add up, Sunday is also 7, ranges
wrap around), which is why this reads the fields itself.
https://learn.microsoft.com/azure/azure-functions/functions-bindings-timer#ncrontab-expressions
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Self

_PART = re.compile(r"(?P<low>\*|\w+)(?:-(?P<high>\w+))?(?:/(?P<step>\d+))?")
_MONTHS = ("", "JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
_DAYS = ("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT")
# After this long every combination of date and day of week has come up.
_HORIZON = timedelta(days=366 * 41)


class InvalidCrontabError(ValueError):
    """The text is no NCRONTAB expression."""


@dataclass(frozen=True, slots=True)
class Crontab:
    """`{second} {minute} {hour} {day} {month} {day of week}`; day of week 0 is Sunday."""

    seconds: tuple[int, ...]
    minutes: tuple[int, ...]
    hours: tuple[int, ...]
    days: frozenset[int]
    months: frozenset[int]
    weekdays: frozenset[int]
    follows_clock: bool = True

    @classmethod
    def parse(cls, text: str) -> Self:
        """Parse an expression; a missing sixth field means second 0. InvalidCrontabError otherwise."""
        fields = text.upper().split()
        if len(fields) == 5:
            fields.insert(0, "0")
        if len(fields) != 6:
            raise InvalidCrontabError(f"'{text}' has {len(fields)} fields instead of six")
        crontab = cls(
            tuple(sorted(_field(fields[0], 0, 59))),
            tuple(sorted(_field(fields[1], 0, 59))),
            tuple(sorted(_field(fields[2], 0, 23))),
            _field(fields[3], 1, 31),
            _field(fields[4], 1, 12, _MONTHS),
            _field(fields[5], 0, 6, _DAYS),
        )
        if next(crontab._dates(date(2000, 1, 1)), None) is None:
            raise InvalidCrontabError(f"'{text}' never matches")
        return crontab

    def next(self, after: datetime) -> datetime:
        """The first matching second after this time, in its time zone.

        A time that the clocks skip in spring runs right after the change; the hour that they
        repeat in autumn counts once.
        """
        wall = (after + timedelta(seconds=1)).replace(microsecond=0, tzinfo=None)
        found = self._first(wall)
        while True:
            exact = found.replace(tzinfo=after.tzinfo).astimezone(UTC).astimezone(after.tzinfo)
            if exact.timestamp() > after.timestamp():
                return exact
            found = self._first(found + timedelta(seconds=1))

    def _first(self, start: datetime) -> datetime:
        """The first match at or after a time on the wall."""
        for day in self._dates(start.date()):
            earliest = start.time() if day == start.date() else time.min
            found = next(self._times(earliest), None)
            if found is not None:
                return datetime.combine(day, found)
        raise AssertionError("parse refuses what never matches")

    def _dates(self, start: date) -> Iterator[date]:
        day = start
        while day - start <= _HORIZON:
            if day.month in self.months and day.day in self.days and day.isoweekday() % 7 in self.weekdays:
                yield day
            day += timedelta(days=1)

    def _times(self, earliest: time) -> Iterator[time]:
        for hour in self.hours:
            if hour < earliest.hour:
                continue
            for minute in self.minutes:
                if (hour, minute) < (earliest.hour, earliest.minute):
                    continue
                for second in self.seconds:
                    if (found := time(hour, minute, second)) >= earliest:
                        yield found


def _field(text: str, low: int, high: int, names: tuple[str, ...] = ()) -> frozenset[int]:
    """The values of a field: `*`, `5`, `1-5`, `*/10`, `MON,WED` and lists of them."""
    values: set[int] = set()
    for part in text.split(","):
        found = _PART.fullmatch(part)
        if found is None:
            raise InvalidCrontabError(f"'{part}' is no value, range or step")
        first, last = _bounds(found, low, high, names)
        step = int(found["step"] or 1)
        if not (low <= first <= last <= high) or step < 1:
            raise InvalidCrontabError(f"'{part}' is not within {low} to {high}")
        values.update(range(first, last + 1, step))
    return frozenset(values)


def _bounds(found: re.Match[str], low: int, high: int, names: tuple[str, ...]) -> tuple[int, int]:
    if found["low"] == "*":
        return (low, high) if found["high"] is None else (high, low)
    first = _value(found["low"], names)
    if found["high"] is not None:
        return first, _value(found["high"], names)
    return first, high if found["step"] else first


def _value(text: str, names: tuple[str, ...]) -> int:
    if text in names:
        return names.index(text)
    if not text.isascii() or not text.isdigit():
        raise InvalidCrontabError(f"'{text}' is neither a number nor a name")
    return int(text)
