"""Functions of dates: ISO 8601 strings with seven decimals, ticks and milliseconds."""

import re
from calendar import monthrange
from datetime import UTC, datetime, timedelta

from local.cosmos.sql.functions.signature import Function, on_numbers, on_text, whole
from local.cosmos.sql.values import UNDEFINED, Value

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_TICKS_AT_EPOCH = 621_355_968_000_000_000
_MICROSECOND = timedelta(microseconds=1)
_SPANS = {
    "day": timedelta(days=1),
    "hour": timedelta(hours=1),
    "minute": timedelta(minutes=1),
    "second": timedelta(seconds=1),
    "millisecond": timedelta(milliseconds=1),
    "microsecond": _MICROSECOND,
}
_ALIASES = {
    "yyyy": "year", "yy": "year", "mm": "month", "m": "month", "dd": "day", "d": "day", "hh": "hour",
    "mi": "minute", "n": "minute", "ss": "second", "s": "second", "ms": "millisecond", "mcs": "microsecond",
}  # fmt: skip


def _now() -> datetime:
    return datetime.now(UTC)


def _format(moment: datetime) -> str:
    return moment.isoformat(timespec="microseconds").removesuffix("+00:00") + "0Z"


def _parse(text: Value) -> datetime | None:
    """The moment in UTC, or None for anything but an ISO 8601 string."""
    if type(text) is not str:
        return None
    try:
        moment = datetime.fromisoformat(re.sub(r"(\.\d{6})\d+", r"\1", text))
        return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        return None


def _part(name: Value) -> str:
    lowered = name.lower() if type(name) is str else ""
    return _ALIASES.get(lowered, lowered)


def _add(part: Value, amount: Value, text: Value) -> Value:
    moment, count, unit = _parse(text), whole(amount), _part(part)
    if moment is None or count is None:
        return UNDEFINED
    try:
        if unit in ("year", "month"):
            return _format(_add_months(moment, count * (12 if unit == "year" else 1)))
        return _format(moment + count * _SPANS[unit])
    except (KeyError, OverflowError, ValueError):
        return UNDEFINED


def _add_months(moment: datetime, months: int) -> datetime:
    year, month = divmod(moment.year * 12 + moment.month - 1 + months, 12)
    day = min(moment.day, monthrange(year, month + 1)[1])
    return moment.replace(year=year, month=month + 1, day=day)


def _difference(part: Value, start: Value, end: Value) -> Value:
    """Number of boundaries of the part between two moments."""
    first, last, unit = _parse(start), _parse(end), _part(part)
    if first is None or last is None:
        return UNDEFINED
    if unit == "year":
        return last.year - first.year
    if unit == "month":
        return (last.year - first.year) * 12 + last.month - first.month
    if unit not in _SPANS:
        return UNDEFINED
    return (last - _EPOCH) // _SPANS[unit] - (first - _EPOCH) // _SPANS[unit]


def _date_part(part: Value, text: Value) -> Value:
    moment, unit = _parse(text), _part(part)
    if moment is None:
        return UNDEFINED
    if unit == "millisecond":
        return moment.microsecond // 1000
    if unit == "weekday" or unit == "dw":
        return moment.isoweekday() % 7 + 1
    return getattr(moment, unit) if unit in _SPANS or unit in ("year", "month") else UNDEFINED


def _milliseconds(moment: datetime) -> int:
    return (moment - _EPOCH) // timedelta(milliseconds=1)


def _ticks(moment: datetime) -> int:
    return (moment - _EPOCH) // _MICROSECOND * 10 + _TICKS_AT_EPOCH


def _to_milliseconds(text: str) -> Value:
    moment = _parse(text)
    return UNDEFINED if moment is None else _milliseconds(moment)


def _to_ticks(text: str) -> Value:
    moment = _parse(text)
    return UNDEFINED if moment is None else _ticks(moment)


def _from_milliseconds(number: float) -> Value:
    return _format(_EPOCH + timedelta(milliseconds=number))


def _from_ticks(number: float) -> Value:
    return _format(_EPOCH + timedelta(microseconds=(number - _TICKS_AT_EPOCH) / 10))


DATES: dict[str, Function] = {
    "GETCURRENTDATETIME": Function(lambda: _format(_now()), 0, 0),
    "GETCURRENTTIMESTAMP": Function(lambda: _milliseconds(_now()), 0, 0),
    "GETCURRENTTICKS": Function(lambda: _ticks(_now()), 0, 0),
    "DATETIMEADD": Function(_add, 3, 3),
    "DATETIMEDIFF": Function(_difference, 3, 3),
    "DATETIMEPART": Function(_date_part, 2, 2),
    "DATETIMETOTIMESTAMP": on_text(_to_milliseconds),
    "DATETIMETOTICKS": on_text(_to_ticks),
    "TIMESTAMPTODATETIME": on_numbers(_from_milliseconds),
    "TICKSTODATETIME": on_numbers(_from_ticks),
}
