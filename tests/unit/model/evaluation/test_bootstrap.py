"""Intervals."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.evaluation.bootstrap import NOTHING, intervals

VALUES = st.lists(st.floats(-1, 1).map(lambda value: round(value, 6)), min_size=1, max_size=40)


@given(VALUES)
def test_the_interval_holds_the_mean(values: list[float]) -> None:
    """Whatever the shoppers' values are."""
    [found] = intervals(np.array(values)[:, None], resamples=500)
    assert found.mean == pytest.approx(np.mean(values))
    assert found.low is not None
    assert found.high is not None
    assert found.low - 1e-9 <= np.mean(values) <= found.high + 1e-9


def test_it_is_as_wide_as_theory_says() -> None:
    """1.96 standard errors to each side of the mean of many."""
    values = np.random.default_rng(3).normal(size=4_000)
    [found] = intervals(values[:, None])
    assert found.high is not None
    assert found.high - values.mean() == pytest.approx(1.96 * values.std() / np.sqrt(4_000), rel=0.06)


def test_pairing_makes_a_small_gain_visible() -> None:
    """Shoppers differ much more than the two rankings do: the difference is clear, the single intervals overlap."""
    dice = np.random.default_rng(4)
    one = dice.random(300)
    other = one + 0.01 + dice.normal(scale=0.01, size=300)
    first, second, gain = intervals(np.column_stack([one, other, other - one]))
    assert first.high is not None
    assert second.low is not None
    assert gain.low is not None
    assert first.high > second.low
    assert gain.low > 0


def test_the_same_seed_gives_the_same_interval() -> None:
    """And columns do not influence one another."""
    values = np.random.default_rng(5).random((50, 2))
    assert intervals(values)[1] == intervals(values[:, [1]])[0]


def test_shoppers_without_a_value_are_left_out() -> None:
    """A mean over those who have one; nothing when nobody has."""
    with_gaps = np.array([[0.25, np.nan], [np.nan, np.nan], [0.75, np.nan]])
    some, none = intervals(with_gaps)
    assert some.mean == 0.5
    assert none == NOTHING
    assert intervals(np.zeros((0, 2))) == (NOTHING, NOTHING)
