"""TimeSpan texts of host.json and schedules."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from local.host.timespan import InvalidTimeSpanError, parse_timespan


@given(st.integers(0, 9_999), st.integers(0, 23), st.integers(0, 59), st.integers(0, 59))
def test_days_hours_minutes_and_seconds_add_up(days: int, hours: int, minutes: int, seconds: int) -> None:
    """Every part counts with its own length."""
    text = f"{days}.{hours:02}:{minutes:02}:{seconds:02}"
    assert parse_timespan(text) == ((days * 24 + hours) * 60 + minutes) * 60 + seconds


def test_fractions_of_seconds_are_kept() -> None:
    """A polling interval may be shorter than a second."""
    assert parse_timespan("00:00:00.5") == 0.5


@pytest.mark.parametrize("text", ["", "5", "00:60:00", "24:00:00", "00:00:60", "-00:00:01", "1:2:3:4", "abc"])
def test_what_dotnet_refuses_is_refused(text: str) -> None:
    """A wrong time span is an error, not a guess."""
    with pytest.raises(InvalidTimeSpanError):
        parse_timespan(text)
