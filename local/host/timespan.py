"""The .NET `TimeSpan` text that host.json and schedules use."""

import re

_TIMESPAN = re.compile(r"(?:(?P<d>\d{1,7})\.)?(?P<h>\d{1,2}):(?P<m>\d{1,2})(?::(?P<s>\d{1,2}(?:\.\d{1,7})?))?")


class InvalidTimeSpanError(ValueError):
    """The text is no `[d.]hh:mm[:ss[.fffffff]]`."""


def parse_timespan(text: str) -> float:
    """Seconds of a `[d.]hh:mm[:ss[.fffffff]]` text; InvalidTimeSpanError otherwise."""
    found = _TIMESPAN.fullmatch(text.strip())
    if found is None:
        raise InvalidTimeSpanError(f"'{text}' is not a time span like 00:00:30")
    hours, minutes, seconds = int(found["h"]), int(found["m"]), float(found["s"] or 0)
    if hours > 23 or minutes > 59 or seconds >= 60:
        raise InvalidTimeSpanError(f"'{text}' has hours over 23, or minutes or seconds over 59")
    return int(found["d"] or 0) * 86_400 + hours * 3_600 + minutes * 60 + seconds
