"""How many different shoppers there were."""

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.analytics.distinct import REGISTERS, STANDARD_ERROR, Distinct

names = st.sets(st.integers(0, 10**9).map(str), max_size=300)


def of(some: set[str] | list[str]) -> Distinct:
    found = Distinct()
    found.record(some)
    return found


@pytest.mark.parametrize("size", [0, 1, 10, 100, 1_000, 5_000, 12_000, 30_000, 300_000])
def test_an_estimate_is_as_good_as_it_says(size: int) -> None:
    """From nobody to hundreds of thousands within three standard errors; a few are counted exactly."""
    estimate = of([f"shopper-{number}" for number in range(size)]).estimate
    assert abs(estimate - size) <= 3 * STANDARD_ERROR * size + (0.5 if size <= 10 else 0)


def test_errors_are_spread_as_they_should_be() -> None:
    """Over many crowds of a size at which older estimators are biased, the mean is right and the spread as told."""
    size, crowds = 10_000, 40
    errors = [of([f"{crowd}-{number}" for number in range(size)]).estimate / size - 1 for crowd in range(crowds)]
    assert abs(sum(errors) / crowds) <= 3 * STANDARD_ERROR / crowds**0.5
    assert (sum(error**2 for error in errors) / crowds) ** 0.5 <= 1.5 * STANDARD_ERROR


@given(names, names)
def test_sets_add_up_in_any_order_and_however_often(a: set[str], b: set[str]) -> None:
    """Counting twice, or in another process, changes nothing."""
    left, right = of(a), of(b)
    left.add(of(b))
    right.add(of(a))
    right.add(of(a))
    assert left == right == of(a | b)


@given(names)
def test_a_set_survives_as_text(some: set[str]) -> None:
    """What is written is read back."""
    assert Distinct.from_text(of(some).to_text()) == of(some)


def test_a_large_set_is_not_longer_than_its_registers() -> None:
    """Few names take few bytes, and many never more than four kilobytes."""
    many = of([str(number) for number in range(50_000)])
    assert len(base64.b64decode(many.to_text())) == REGISTERS
    assert Distinct.from_text(many.to_text()) == many
    assert len(of(["anna", "ben"]).to_text()) == 8


def test_nobody_is_nothing() -> None:
    """An empty set is false, and is not written."""
    assert not Distinct()
    assert of(["anna"])
