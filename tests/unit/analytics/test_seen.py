"""Remembering which events were counted."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from functions.analytics.seen import Seen, hash_of


def known(seen: Seen, value: int, minute: int) -> bool:
    return bool(seen.known(np.array([value], np.uint64), np.array([minute], np.int64))[0])


@given(st.lists(st.tuples(st.integers(0, 12), st.integers(0, 3)), max_size=80))
def test_it_knows_what_a_plain_dictionary_knows(steps: list[tuple[int, int]]) -> None:
    """An id is known for exactly the horizon after it was accepted, over any sequence of arrivals."""
    seen, plain, minute = Seen(5), dict[int, int](), 0
    for value, later in steps:
        minute += later
        repeated = value in plain and minute - plain[value] <= 5
        assert known(seen, value, minute) == repeated
        if not repeated:
            plain[value] = minute
            seen = seen.adding({value: minute}, minute)


def test_memory_is_bounded_by_the_horizon() -> None:
    """What nothing can repeat any more is forgotten."""
    seen = Seen(5)
    for minute in range(100):
        seen = seen.adding({minute * 1_000 + place: minute for place in range(10)}, minute)
    assert len(seen) <= 6 * 10


def test_hashes_are_the_same_in_every_process() -> None:
    """The hash of an id is written to the store, so that it must never change."""
    assert hash_of("decision-1") == 0xA1360015CE0B8453
