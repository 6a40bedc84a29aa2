"""Simulated shoppers want what the households really bought."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.simulation.behaviour import (
    ClickOffer,
    Shown,
    TouchProduct,
    Wants,
    click_probability,
    examination,
    fit,
    react,
)

WANTS = Wants(("milk", "bread", "beer"), (3, 1, 1))
EVERYTHING = tuple(f"p{i}" for i in range(100)) + WANTS.products


def _clicks(offer_products: tuple[str, ...], rolls: int = 4_000) -> int:
    shown = Shown("o", frozenset(offer_products), ())
    return sum(isinstance(react(WANTS, shown, EVERYTHING, random.Random(roll)), ClickOffer) for roll in range(rolls))


def test_an_offer_that_fits_is_clicked_far_more_often() -> None:
    """A better policy earns more clicks: acceptance depends on the offer and on the shopper."""
    assert _clicks(("milk",)) > 10 * _clicks(("p1",))


def test_clicks_happen_as_often_as_their_probability_says() -> None:
    """The share of clicks agrees with the stated probability within four standard errors."""
    expected = click_probability(WANTS, {"bread"})
    error = 4 * (expected * (1 - expected) / 4_000) ** 0.5
    assert _clicks(("bread",)) / 4_000 == pytest.approx(expected, abs=error)


@given(st.sets(st.sampled_from(EVERYTHING)), st.sampled_from(EVERYTHING))
def test_covering_more_never_fits_worse(covered: set[str], more: str) -> None:
    """The fit is a probability that grows with what the offer covers."""
    assert 0 <= fit(WANTS, covered) <= fit(WANTS, covered | {more}) < 1


@given(st.integers(0, 2**32), st.lists(st.sampled_from(EVERYTHING), max_size=20))
def test_a_reaction_is_reproducible(seed: int, products: list[str]) -> None:
    """The same dice give the same reaction."""
    shown = Shown("o", frozenset(["milk"]), products)
    assert react(WANTS, shown, EVERYTHING, random.Random(seed)) == react(
        WANTS, shown, EVERYTHING, random.Random(seed)
    )


@given(st.integers(0, 2**32))
def test_only_wanted_products_go_to_the_basket(seed: int) -> None:
    """A shopper puts in the basket or buys only what the household really went on to buy."""
    reaction = react(WANTS, None, EVERYTHING, random.Random(seed))
    assert isinstance(reaction, TouchProduct)
    assert reaction.action == "view_item" or reaction.product in WANTS.products


def test_earlier_positions_are_looked_at_more() -> None:
    """Examination falls with the position, from certainty at the first."""
    looks = [examination(position) for position in range(20)]
    assert looks[0] == 1
    assert looks == sorted(looks, reverse=True)


def test_a_shopper_who_wants_nothing_cannot_be_simulated() -> None:
    """Empty wants are refused when they are made, not when dice are rolled."""
    with pytest.raises(ValueError, match="wants at least one product"):
        Wants((), ())
