"""NCRONTAB schedules."""

from datetime import UTC, datetime, timedelta
from itertools import product
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from local.host.errors import BindingError
from local.host.timers.schedule import parse_schedule

START = datetime(2024, 1, 1, tzinfo=UTC)
TIMES = st.integers(0, 6 * 365 * 86_400 * 1_000).map(
    lambda milliseconds: START + timedelta(milliseconds=milliseconds)
)


def field(low: int, high: int) -> st.SearchStrategy[tuple[str, frozenset[int]]]:
    """A field of an expression with the values that it stands for."""
    numbers = st.integers(low, high)
    every = st.just(("*", frozenset(range(low, high + 1))))
    steps = st.integers(1, high).map(lambda step: (f"*/{step}", frozenset(range(low, high + 1, step))))
    lists = st.frozensets(numbers, min_size=1, max_size=4).map(lambda s: (",".join(map(str, sorted(s))), s))
    ranges = (
        st.tuples(numbers, numbers).map(sorted).map(lambda r: (f"{r[0]}-{r[1]}", frozenset(range(r[0], r[1] + 1))))
    )
    return st.one_of(every, steps, lists, ranges)


@given(field(0, 59), field(0, 59), field(0, 23), TIMES)
def test_the_next_run_is_the_first_that_matches(
    second: tuple[str, frozenset[int]],
    minute: tuple[str, frozenset[int]],
    hour: tuple[str, frozenset[int]],
    now: datetime,
) -> None:
    """The next run is found by looking at every time of a day, too."""
    found = parse_schedule(f"{second[0]} {minute[0]} {hour[0]} * * *").next(now)
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    passed = (now - midnight).total_seconds()
    times = [3_600 * h + 60 * m + s for h, m, s in product(hour[1], minute[1], second[1])]
    today = min((time for time in times if time > passed), default=None)
    assert found == midnight + timedelta(seconds=86_400 + min(times) if today is None else today)


@given(field(1, 28), field(1, 12), field(0, 6), TIMES)
def test_day_month_and_weekday_must_all_match(
    day: tuple[str, frozenset[int]],
    month: tuple[str, frozenset[int]],
    weekday: tuple[str, frozenset[int]],
    now: datetime,
) -> None:
    """Unlike in other cron dialects a day of month and a day of week do not add up."""
    found = parse_schedule(f"0 0 12 {day[0]} {month[0]} {weekday[0]}").next(now)
    assert found > now
    assert (found.hour, found.minute, found.second) == (12, 0, 0)
    assert found.month in month[1]
    assert found.isoweekday() % 7 in weekday[1]
    assert found.day in day[1] or day[0].startswith("*")


@given(field(0, 59), field(0, 59), TIMES, st.integers(1, 3_000))
def test_a_later_now_never_gives_an_earlier_run(
    second: tuple[str, frozenset[int]], minute: tuple[str, frozenset[int]], now: datetime, later: int
) -> None:
    """Time moves on and so does the schedule."""
    schedule = parse_schedule(f"{second[0]} {minute[0]} * * * *")
    assert schedule.next(now) <= schedule.next(now + timedelta(seconds=later))


def test_names_and_five_fields_are_understood() -> None:
    """Months and days may be names, and a missing seconds field is zero."""
    now = datetime(2026, 1, 1, tzinfo=UTC)
    assert parse_schedule("0 30 9 * Feb Mon").next(now) == datetime(2026, 2, 2, 9, 30, tzinfo=UTC)
    assert parse_schedule("30 9 * * *").next(now) == datetime(2026, 1, 1, 9, 30, tzinfo=UTC)


def test_a_time_span_is_a_fixed_interval() -> None:
    """`00:00:30` fires every 30 seconds."""
    now = datetime(2026, 1, 1, tzinfo=UTC)
    assert parse_schedule("00:00:30").next(now) == now + timedelta(seconds=30)


def test_the_zone_decides_when_it_is_noon() -> None:
    """Noon in Berlin is an hour earlier in UTC in summer than in winter."""
    schedule, berlin = parse_schedule("0 0 12 * * *"), ZoneInfo("Europe/Berlin")
    winter = schedule.next(datetime(2026, 1, 15, tzinfo=berlin)).astimezone(UTC)
    summer = schedule.next(datetime(2026, 7, 15, tzinfo=berlin)).astimezone(UTC)
    assert (winter.hour, summer.hour) == (11, 10)


@pytest.mark.parametrize("zone", ["Europe/Berlin", "America/New_York", "Australia/Lord_Howe"])
def test_every_run_is_later_than_the_one_before(zone: str) -> None:
    """Also across both changes of the clocks a run never repeats, and none is two hours late."""
    schedule, now = parse_schedule("0 */30 * * * *"), datetime(2026, 1, 1, tzinfo=ZoneInfo(zone))
    for _ in range(365 * 48):
        found = schedule.next(now)
        assert 0 < found.timestamp() - now.timestamp() <= 5_400
        now = found


WRONG = ("", "nonsense", "* * *", "0 0 0 0 0 0 0", "60 * * * * *", "0 0 0 * * 7", "0 0 0 L * *", "0 0 0 * * 1#2")
WRONG_TOO = ("0 0 0 ? * *", "H * * * * *", "00:00:00", "25:00:00", "*/0 * * * * *", "0 0 0 31 2 *", "9-5 * * * * *")


@pytest.mark.parametrize("text", WRONG + WRONG_TOO)
def test_what_ncrontab_does_not_know_is_refused(text: str) -> None:
    """Expressions of other cron dialects are errors: Azure would refuse them as well."""
    with pytest.raises(BindingError):
        parse_schedule(text)
