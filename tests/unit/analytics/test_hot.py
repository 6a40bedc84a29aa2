"""What is hot right now."""

from collections import Counter
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from functions.analytics.hot import Hot, top
from functions.analytics.sliding import Sliding
from functions.analytics.window import Window
from tests.unit.analytics.shop_events import NOW

moves = st.lists(st.tuples(st.integers(0, 3), st.integers(0, 9), st.sampled_from("abc")), max_size=40)


@given(moves)
def test_the_total_is_the_sum_of_the_buckets_within_the_span(steps: list[tuple[int, int, str]]) -> None:
    """After any movement of time and any late additions, the running total is what a recount gives."""
    sliding, now, log = Sliding(1, 5), NOW, list[tuple[int, str]]()
    for later, back, product in steps:
        now += later
        sliding.slide(now)
        sliding.add(now - back, {product: 1})
        log.append((now - back, product))
    sliding.slide(now)
    # What was too old when it came stays out, and so does what has become too old.
    assert sliding.total == Counter(product for minute, product in log if minute > now - 5)


def test_restoring_replaces_and_never_doubles() -> None:
    """What was counted since the start is part of the windows that are read back."""
    hot = Hot(NOW)
    hot.add(NOW, Window(product_views=Counter(p1=1), shopper_views=Counter(s1=1)))
    while hot.missing:
        first, last = hot.missing[0]
        inside = [NOW, NOW - 30, NOW - 300]
        stored = Window(product_views=Counter(p1=1), shopper_views=Counter(s1=1))
        hot.restore((minute, stored) for minute in inside if first <= minute < last)
    assert (hot.minute.total, hot.hour.total, hot.day.total) == ({"p1": 1}, {"p1": 2}, {"p1": 3})
    assert hot.shoppers.total == {"s1": 3}


def test_the_stretches_cover_a_day_without_gaps() -> None:
    """Latest first, each ends where the one before it began, and together they hold every bucket of the day."""
    stretches = Hot(NOW).missing
    assert all(later[0] == earlier[1] for later, earlier in pairwise(stretches))
    assert stretches[0][1] > NOW + 5
    assert stretches[-1][0] <= (NOW // 60 - 24) * 60


def test_time_passes() -> None:
    """A view leaves the minute, then the hour, then the day."""
    hot = Hot(NOW)
    hot.add(NOW, Window(product_views=Counter(p1=1)))
    for later, expected in ((1, (1, 1, 1)), (2, (0, 1, 1)), (61, (0, 0, 1)), (26 * 60, (0, 0, 0))):
        hot.slide(NOW + later)
        assert tuple(s.total["p1"] for s in (hot.minute, hot.hour, hot.day)) == expected


def test_the_top_is_taken_over_the_sum_of_all_partitions() -> None:
    """A product that is second everywhere may be first in all."""
    assert top([{"a": 3, "b": 2}, {"c": 3, "b": 2}], 2) == {"b": 4, "a": 3}
