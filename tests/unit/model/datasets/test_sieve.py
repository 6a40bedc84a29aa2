"""Rows that cannot be used are counted and dropped."""

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from model.datasets.sieve import added, sift

FAULTS = {
    "none": pl.col("n").is_null(),
    "odd": pl.col("n") % 2 == 1,
    "small": pl.col("n") < 4,
}


@given(st.lists(st.none() | st.integers(0, 9)))
def test_every_row_is_kept_or_counted_once(numbers: list[int | None]) -> None:
    """Under the first reason that applies, in the order of the reasons."""
    kept, dropped = sift(pl.DataFrame({"n": numbers}, {"n": pl.Int64}), FAULTS)
    assert kept["n"].to_list() == [n for n in numbers if n is not None and n % 2 == 0 and n >= 4]
    assert kept.height + sum(dropped.values()) == len(numbers)
    assert dropped.get("small", 0) == sum(n in (0, 2) for n in numbers)
    assert list(dropped) == [reason for reason in FAULTS if reason in dropped]


def test_counts_under_one_reason_add_up() -> None:
    """Whoever counted them; what did not happen is not told."""
    assert added({"a": 1, "b": 2}, {"b": 3}, {"c": 0}) == {"a": 1, "b": 5}
