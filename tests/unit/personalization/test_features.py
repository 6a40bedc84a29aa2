"""What the model reads of a shopper: purchases that fade, and the session on top."""

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.personalization.features import STRENGTHS, decayed_weights, weighted_history
from functions.personalization.shopper import MAX_HISTORY, History, Memory, Recent, Shopper

TAU = 100.0
AS_OF = datetime(2026, 11, 1, tzinfo=UTC)
NOW = AS_OF + timedelta(days=5)


def shopper(*products: str, weight: float = 2.0, personalize: bool = True) -> Shopper:
    n = len(products)
    history = History(products, (1,) * n, (0,) * n, (0,) * n, (weight,) * n, as_of=AS_OF.timestamp() / 86_400)
    return Shopper("anna", "unknown", history=history, personalize=personalize)


def touched(product: str, action: str, ago: timedelta = timedelta()) -> Recent:
    return Recent(product, action, NOW - ago)


def test_weights_fade_with_age() -> None:
    """After tau days a purchase counts 1/e; one of today, or of a clock ahead of ours, counts fully."""
    assert decayed_weights([-1, 0, TAU], TAU) == pytest.approx([1, 1, np.exp(-1)])


def test_a_profile_is_aged_from_its_day_to_now() -> None:
    """The stored weights are of the day that the profile was computed."""
    history = weighted_history(shopper("milk"), Memory(), NOW, TAU)
    assert history.weights == pytest.approx([2 * np.exp(-5 / TAU)])


def test_ageing_at_once_or_in_steps_is_the_same() -> None:
    """A purchase on day d weighs exp(-(now - d) / tau), whenever the profile was computed in between."""
    bought = NOW - timedelta(days=30)
    stored = decayed_weights((AS_OF - bought) / timedelta(days=1), TAU)
    history = weighted_history(shopper("milk", weight=float(stored)), Memory(), NOW, TAU)
    assert history.weights == pytest.approx([np.exp(-30 / TAU)])


def test_the_session_adds_to_the_history() -> None:
    """A product bought before and viewed now occurs once, with both weights."""
    memory = Memory(recent=(touched("milk", "view_item"), touched("bread", "add_to_cart")))
    history = weighted_history(shopper("milk"), memory, NOW, TAU)
    assert history.products == ("milk", "bread")
    assert history.weights == pytest.approx([2 * np.exp(-5 / TAU) + STRENGTHS["view_item"], STRENGTHS["add_to_cart"]])


def test_a_purchase_is_stronger_than_a_basket_and_that_than_a_view() -> None:
    """What costs the shopper more says more."""
    actions = ("view_item", "add_to_cart", "purchase")
    memory = Memory(recent=tuple(touched(action, action) for action in actions))
    view, cart, purchase = weighted_history(shopper(), memory, NOW, TAU).weights
    assert view < cart < purchase


def test_other_actions_say_nothing_of_a_product() -> None:
    """Removing from the basket, or an action of a later version, adds no weight and no product."""
    memory = Memory(recent=(touched("milk", "remove_from_cart"), touched("milk", "teleport")))
    assert weighted_history(shopper(), memory, NOW, TAU).products == ()


def test_a_shopper_who_opted_out_has_no_history() -> None:
    """Nothing personal reaches the model."""
    memory = Memory(recent=(touched("milk", "purchase"),))
    assert weighted_history(shopper("milk", personalize=False), memory, NOW, TAU).products == ()


@given(bought=st.integers(0, MAX_HISTORY), seen=st.integers(0, 100), days=st.floats(0, 400))
def test_history_is_bounded_and_keeps_the_strongest(bought: int, seen: int, days: float) -> None:
    """Never more than `MAX_HISTORY` products, each once, weights finite and positive, a fresh purchase kept."""
    memory = Memory(recent=tuple(touched(f"seen-{n}", "purchase") for n in range(seen)))
    profile = shopper(*(f"bought-{n}" for n in range(bought)), weight=0.5)
    history = weighted_history(profile, memory, NOW + timedelta(days=days), TAU)
    assert len(history.products) == len(set(history.products)) == len(history.weights)
    assert len(history.products) == min(bought + seen, MAX_HISTORY)
    assert np.isfinite(history.weights).all()
    assert (history.weights > 0).all()
    assert history.weights.dtype == np.float32
    assert {f"seen-{n}" for n in range(seen)} <= set(history.products)
