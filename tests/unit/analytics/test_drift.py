"""Drift: figures worked out by hand, and what is concluded from them."""

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from functions.analytics.drift import (
    LEAST_BOUGHT,
    LEAST_DECISIONS,
    LEAST_SHARE,
    LEAST_TOUCHES,
    LEAST_VALUES,
    Calibration,
    InvalidReferenceError,
    Seen,
    Spread,
    Values,
    calibration,
    from_json,
    psi,
    reasons,
    spread,
    to_json,
    unknown_share,
)

ANY = arrays(np.float32, st.integers(0, 60), elements=st.floats(width=32, allow_nan=True))
FINITE = arrays(np.float32, st.integers(1, 60), elements=st.floats(-1e6, 1e6, width=32))


def of(*values: float) -> Values:
    return np.array(values, dtype=np.float32)


def test_psi_by_hand() -> None:
    """Half and half became a quarter and three quarters: (.25 - .5) ln .5 + (.75 - .5) ln 1.5."""
    expected = -0.25 * math.log(0.5) + 0.25 * math.log(1.5)
    assert psi(Spread((0.0,), (0.5, 0.5)), of(-1, 1, 2, 3)) == pytest.approx(expected)
    assert expected == pytest.approx(0.2747, abs=1e-4)


def test_a_bin_that_emptied_counts_and_is_finite() -> None:
    """Everything moved into the second bin."""
    expected = (LEAST_SHARE - 0.5) * math.log(LEAST_SHARE / 0.5) + 0.5 * math.log(2)
    assert psi(Spread((0.0,), (0.5, 0.5)), of(1, 1)) == pytest.approx(expected)


def test_bins_are_quantiles() -> None:
    """A value on an edge belongs to the lower bin; ten bins of a hundred values hold ten each."""
    made = spread(np.arange(100, dtype=np.float32))
    assert len(made.edges) == 9
    assert made.shares == pytest.approx([0.1] * 10)


@pytest.mark.parametrize("values", [of(), of(math.nan), of(7, 7, 7), of(0, 0, 0, 5)])
def test_values_that_hardly_vary_have_a_histogram(values: Values) -> None:
    """Fewer bins, that still add up."""
    made = spread(values)
    assert math.fsum(made.shares) == pytest.approx(1)
    assert len(made.shares) == len(made.edges) + 1
    assert psi(made, values) == pytest.approx(0)


@given(FINITE)
def test_nothing_moved_is_zero(values: Values) -> None:
    """The same values against their own histogram."""
    assert psi(spread(values), values) == pytest.approx(0, abs=1e-9)


@given(FINITE, ANY)
def test_psi_is_never_negative(before: Values, after: Values) -> None:
    """And finite, whatever comes."""
    value = psi(spread(before), after)
    assert value >= 0
    assert math.isfinite(value)


@given(st.dictionaries(st.text(max_size=8), FINITE.map(spread), max_size=4))
def test_a_reference_survives_its_file(reference: dict[str, Spread]) -> None:
    """Names, order and numbers."""
    read = from_json(to_json(reference))
    assert list(read.items()) == list(reference.items())


@pytest.mark.parametrize("content", [b"", b"[]", b"{}", b'{"features": {"a": {"edges": [1], "shares": [1]}}}'])
def test_what_is_no_reference_is_refused(content: bytes) -> None:
    """Rather than read as one."""
    with pytest.raises(InvalidReferenceError):
        from_json(content)


def test_unknown_products_count_as_often_as_they_occur() -> None:
    """Of four touches one is of a product that the model never saw; of none there is no share."""
    assert unknown_share(["a", "a", "b", "new"], frozenset("ab")) == 0.25
    assert unknown_share([], frozenset("ab")) is None


def test_calibration_by_hand() -> None:
    """A hundred decisions at 10 %: ten clicks foreseen, and 1.96 standard deviations of 3 by chance."""
    made = calibration([0.1] * 100, 14)
    assert made
    assert (made.decisions, made.observed) == (100, 14)
    assert (made.expected, made.low, made.high) == pytest.approx((10, 10 - 5.88, 10 + 5.88))
    assert calibration([], 0) is None


WELL = Seen(
    events=10_000,
    shoppers=100,
    values=LEAST_VALUES,
    psi={"recency": 0.2, "price": 0.0},
    touches=LEAST_TOUCHES,
    unknown_touched=0.05,
    bought=LEAST_BOUGHT,
    unknown_bought=0.01,
    calibration=Calibration(LEAST_DECISIONS, 20.0, 25, 12.0, 28.0),
)


def test_nothing_speaks_for_training_again_when_all_is_well() -> None:
    """A small shift, few unknown products, and clicks as chance has them."""
    assert reasons(WELL) == ()
    assert reasons(Seen()) == ()


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"psi": {"recency": 0.3, "price": 1.5}}, "2 features moved, most price with a PSI of 1.50"),
        ({"unknown_touched": 0.2}, "the model does not know 20% of what is touched"),
        ({"unknown_bought": 0.5}, "the model does not know 50% of what was bought"),
        (
            {"calibration": Calibration(200, 20.0, 2, 12.0, 28.0)},
            "2 clicks came where 20.0 redemptions were foreseen",
        ),
    ],
)
def test_each_kind_of_drift_is_a_reason(change: dict[str, object], told: str) -> None:
    """With the figure that tells."""
    assert reasons(replace(WELL, **change)) == (told,)  # type: ignore[arg-type]


def test_more_clicks_than_redemptions_are_no_fault() -> None:
    """Not every click ends in one."""
    assert reasons(replace(WELL, calibration=Calibration(LEAST_DECISIONS, 20.0, 100, 12.0, 28.0))) == ()


@pytest.mark.parametrize(
    "change",
    [
        {"psi": {"recency": 9.0}, "values": LEAST_VALUES - 1},
        {"unknown_touched": 1.0, "touches": LEAST_TOUCHES - 1},
        {"unknown_bought": 1.0, "bought": LEAST_BOUGHT - 1},
        {"calibration": Calibration(LEAST_DECISIONS - 1, 20.0, 0, 12.0, 28.0)},
    ],
)
def test_nothing_is_concluded_from_too_little(change: dict[str, object]) -> None:
    """However far it is off."""
    assert reasons(replace(WELL, **change)) == ()  # type: ignore[arg-type]
