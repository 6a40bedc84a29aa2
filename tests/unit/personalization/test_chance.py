"""Chance drawn from ids."""

from hypothesis import given
from hypothesis import strategies as st

from functions.personalization.chance import draw


@given(st.text(), st.text())
def test_a_draw_is_at_least_0_and_below_1(purpose: str, key: str) -> None:
    """Whatever the id; and the same each time."""
    assert 0 <= draw(purpose, key) < 1
    assert draw(purpose, key) == draw(purpose, key)


def test_a_draw_never_changes() -> None:
    """Who is held out stays held out over releases: this number may not move."""
    assert draw("holdout", "anna") == 0.8123511622695679


def test_draws_are_uniform() -> None:
    """Of 20,000 ids every tenth of the interval gets a tenth, within six standard deviations."""
    tenths = [0] * 10
    for number in range(20_000):
        tenths[int(10 * draw("holdout", f"shopper-{number}"))] += 1
    assert all(abs(count - 2_000) < 6 * (20_000 * 0.1 * 0.9) ** 0.5 for count in tenths)


def test_purposes_are_independent() -> None:
    """Whether to explore says nothing of what to explore: a quarter of the ids is low in both draws."""
    ids = [f"d{number}" for number in range(20_000)]
    both = sum(draw("exploration", each) < 0.5 and draw("explored", each) < 0.5 for each in ids)
    assert abs(both - 5_000) < 6 * (20_000 * 0.25 * 0.75) ** 0.5
