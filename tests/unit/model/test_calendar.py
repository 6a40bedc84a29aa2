"""Days of the data in the present."""

from datetime import UTC, date, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from model.datasets.dataset import Dataset
from model.seed.calendar import Calendar, weeks_to


@given(cut=st.dates(), today=st.dates())
def test_dates_move_by_whole_weeks_up_to_today(cut: date, today: date) -> None:
    """The cut falls on today or within the six days before it, on the weekday it had."""
    shift = weeks_to(cut, today)
    assert shift.days % 7 == 0
    assert timedelta(0) <= today - cut - shift < timedelta(days=7)


def test_the_cut_is_midnight_utc(small: Dataset) -> None:
    """2020-03-11, a Wednesday, becomes the Wednesday before Saturday 2026-11-21."""
    calendar = Calendar.of(small, date(2026, 11, 21))
    assert calendar.cut_date == date(2026, 11, 18)
    assert calendar.moment(small.cut_date) == datetime(2026, 11, 18, tzinfo=UTC)
    assert timedelta(days=calendar.first_epoch_day + small.cut) == date(2026, 11, 18) - date(1970, 1, 1)
