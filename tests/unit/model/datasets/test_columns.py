"""Text, numbers and times out of whatever a file holds."""

import math
from datetime import UTC, datetime, timedelta

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from model.datasets import columns

MOMENT = datetime(2020, 1, 2, 8, 26, tzinfo=UTC)


@pytest.mark.parametrize(
    "told",
    [
        "2020-01-02T08:26:00Z",
        "2020-01-02T08:26:00.000+00:00",
        "2020-01-02T10:26:00+0200",
        "2020-01-02 10:26:00+02",
        "2020-01-02T08:26",
        "2020-01-02T08:26Z",
        "2020-01-02T10:26+02:00",
        "2020-01-02 10:26+02",
        "2020-01-02 08:26:00",
        "2020-01-02 08:26:00 UTC",
        "02.01.2020 08:26",
        "1/2/2020 8:26",
        "1/2/20 8:26",
        "1577953560",
        "1577953560000",
        "1577953560000000",
        "1577953560000000000",
    ],
)
def test_forms_of_a_time(told: str) -> None:
    """ISO 8601, what spreadsheets write, and seconds to nanoseconds since 1970: all the same moment in UTC."""
    assert columns.time(pl.Series([told])).to_list() == [MOMENT]


def test_a_day_past_twelve_tells_that_days_come_first() -> None:
    """One date decides for the column."""
    days = columns.time(pl.Series(["2/1/2020", "13/1/2020"])).dt.date().to_list()
    assert [day.isoformat() for day in days] == ["2020-01-02", "2020-01-13"]


@pytest.mark.parametrize(
    "told", ["", "yesterday", "2020-13-01", "2020-02-30", "25:00", "1e9", "99999999999999999999"]
)
def test_what_is_no_time_is_null(told: str) -> None:
    """It is not guessed at."""
    assert columns.time(pl.Series([told])).to_list() == [None]


@settings(deadline=None)
@given(st.lists(st.integers(-2_000_000_000_000, 7_000_000_000_000), min_size=1))
def test_times_come_back(milliseconds: list[int]) -> None:
    """To the millisecond, whichever of the moments from 1906 to 2191 it is."""
    moments = [datetime.fromtimestamp(0, UTC) + timedelta(milliseconds=each) for each in milliseconds]
    assert columns.time(pl.Series([moment.isoformat() for moment in moments])).to_list() == moments


def test_an_id_that_a_spreadsheet_made_a_number_is_text_again() -> None:
    """17850.0 is customer 17850; what stands for nothing is null."""
    assert columns.text(pl.Series([17850.0, 1.5, None, math.nan])).to_list() == ["17850", "1.5", None, None]
    assert columns.text(pl.Series([" a ", "", "NULL", "(not set)"])).to_list() == ["a", None, None, None]


def test_no_number_is_told_from_no_value() -> None:
    """What cannot be read is NaN, so that it is counted; what is not there is null."""
    read = columns.number(pl.Series(["1.5", "many", None, ""])).to_list()
    assert read[0] == 1.5
    assert read[1] is not None
    assert math.isnan(read[1])
    assert read[2:] == [None, None]


def test_types_and_paths_of_others() -> None:
    """Other names for the same actions; levels of a category parted by > or |."""
    assert columns.interaction(pl.Series(["View", "addtocart", "purchase", "dance"])).to_list() == [
        "view_item", "add_to_cart", "purchase", "dance"]  # fmt: skip
    assert columns.path(pl.Series(["Kitchen > Pots", "Home|Lamps|", None])).to_list() == [
        ["Kitchen", "Pots"], ["Home", "Lamps"], []]  # fmt: skip
