"""Counters of a minute."""

import json
from collections import Counter
from dataclasses import fields

from hypothesis import given, settings
from hypothesis import strategies as st

from functions.analytics.distinct import Distinct
from functions.analytics.histogram import Histogram
from functions.analytics.window import Window

counters = st.dictionaries(st.text(max_size=5), st.integers(1, 10**9), max_size=4).map(Counter)
histograms = st.dictionaries(st.integers(-200, 600), st.integers(1, 10**9), max_size=4).map(Histogram)


def distinct(some: set[str]) -> Distinct:
    found = Distinct()
    found.record(some)
    return found


names = st.sets(st.integers(0, 10**6).map(str), max_size=9)
windows = st.builds(
    Window,
    **{item.name: histograms if item.name.endswith("_ms") else counters for item in fields(Window)}
    | {"shoppers": names.map(distinct)},
)


@given(windows)
def test_a_window_survives_json(window: Window) -> None:
    """What is written is read back, every counter of it."""
    assert Window.from_counts(json.loads(json.dumps(window.to_counts()))) == window


@settings(max_examples=40)
@given(windows, windows, windows)
def test_windows_add_up_in_any_order(a: Window, b: Window, c: Window) -> None:
    """Addition is associative and commutative, so that splits and order do not matter."""
    assert (a + b) + c == a + (b + c) == c + (b + a)


@settings(max_examples=40)
@given(st.lists(windows, max_size=4))
def test_a_sum_is_what_adding_one_by_one_gives(some: list[Window]) -> None:
    """However many there are, and it is a window of its own."""
    total = Window()
    for window in some:
        total.add(window)
    made, before = Window.sum(some), [window.to_counts() for window in some]
    assert made == total
    made.add(total)
    assert [window.to_counts() for window in some] == before


@settings(max_examples=30)
@given(windows, windows)
def test_a_sum_leaves_its_terms_alone(a: Window, b: Window) -> None:
    """Adding makes a new window."""
    before = a.to_counts()
    _ = a + b
    assert a.to_counts() == before


def test_counters_of_a_newer_version_are_left_out() -> None:
    """A document with a counter that is not known yet is still read."""
    window = Window.from_counts({"productViews": {"p1": 2}, "somethingNew": {"x": 1}})
    assert window == Window(product_views=Counter(p1=2))
