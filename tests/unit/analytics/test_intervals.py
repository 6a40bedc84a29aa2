"""Confidence of rates."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest

from functions.analytics.intervals import wilson


@given(st.integers(1, 10_000).flatmap(lambda tries: st.tuples(st.integers(0, tries), st.just(tries))))
def test_wilson_agrees_with_scipy(case: tuple[int, int]) -> None:
    """The interval is the one that scipy computes."""
    hits, tries = case
    expected = binomtest(hits, tries).proportion_ci(0.95, method="wilson")
    interval = wilson(hits, tries)
    assert interval is not None
    assert interval.low == pytest.approx(expected.low, abs=1e-9)
    assert interval.high == pytest.approx(expected.high, abs=1e-9)


def test_without_tries_nothing_is_known() -> None:
    """A rate of nothing has no interval."""
    assert wilson(0, 0) is None


def test_more_clicks_than_views_at_the_edge_of_a_range_stay_a_share() -> None:
    """A click whose impression lies before the range does not push the rate above one."""
    interval = wilson(5, 3)
    assert interval is not None
    assert interval.high == 1.0
