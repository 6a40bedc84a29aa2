"""Latency histograms."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.analytics.histogram import RELATIVE_ERROR, Histogram

durations = st.floats(min_value=0.001, max_value=3_600_000)
samples = st.lists(durations, max_size=60)


def of(values: list[float]) -> Histogram:
    histogram = Histogram()
    histogram.record(values)
    return histogram


@given(st.lists(durations, min_size=1, max_size=200), st.floats(0, 1))
def test_a_quantile_is_within_two_percent(values: list[float], share: float) -> None:
    """Any quantile of any sample is within the stated error of the value at its rank."""
    exact = sorted(values)[math.floor(share * (len(values) - 1))]
    estimate = of(values).quantile(share)
    assert estimate == pytest.approx(exact, rel=RELATIVE_ERROR + 1e-9)


@given(samples, samples, samples)
def test_adding_is_associative_and_commutative(a: list[float], b: list[float], c: list[float]) -> None:
    """However the measurements were split, their histograms add up to that of all of them."""
    left, right = of(a), of(c)
    left.add(of(b))
    left.add(of(c))
    right.add(of(b))
    right.add(of(a))
    assert left == right == of(a + b + c)


def test_nothing_measured_has_no_quantile() -> None:
    """An empty histogram answers None, not zero."""
    assert Histogram().quantile(0.5) is None


def test_zero_is_the_smallest_duration() -> None:
    """Durations of zero are counted in the lowest bucket, at a microsecond."""
    assert of([0.0, 0.0]).quantile(0.99) == pytest.approx(0.001, rel=RELATIVE_ERROR)
