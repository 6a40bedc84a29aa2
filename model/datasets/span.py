"""When the test begins, and what is to be foreseen in it."""

from datetime import date, timedelta

import polars as pl

from model.datasets.cutting import learnable
from model.datasets.dataset import DAYS_A_WEEK, HORIZON
from model.datasets.found import Found
from model.datasets.tables import About

STEPS = 4
"""Horizons that the data must span: for the test, the validation, training, and what came before."""
FAR_DAYS = 180
"""A gap in the dates behind which few rows are taken for wrong."""
FEW = 0.001
STRENGTH = ("purchase", "add_to_cart", "add_to_wishlist", "select_item", "view_item", "view_item_list")
"""Types by how much they say of what a shopper wants."""
ENOUGH, ENOUGH_SHARE = 1_000, 0.01
"""Interactions of a type, in number or as a share of all, with which it can be foreseen."""


class TooShortError(ValueError):
    """The dates span too little for a test; the text says how much they span."""


def stray(times: pl.Series) -> pl.Series:
    """Whether each time is one of a few that are far away from all others."""
    days = times.dt.date()
    counted = days.value_counts(name="rows").sort(days.name)
    island = (counted[days.name].diff().dt.total_days() > FAR_DAYS).fill_null(False).cum_sum()
    rows = counted.with_columns(island=island, size=pl.col("rows").sum().over(island))
    largest = rows.select(pl.col("size").max().fill_null(0)).item()
    if largest < (1 - FEW) * len(times):
        return pl.Series([False]).new_from_index(0, len(times))
    far = rows.filter(pl.col("size") < largest)[days.name]
    return days.is_in(far.implode())


def about(found: Found, rows: pl.DataFrame) -> About:
    """Where the test begins: where convention has it, else so that the last days are the test.

    The horizon is 28 days, or a quarter of what short data spans; days count from the first thing that can be learned
    from. Raises `TooShortError`.
    """
    foreseen = target(rows)
    first: date = learnable(rows.filter(pl.col("type") == foreseen)).select(pl.col("time").min().dt.date()).item()
    last: date = rows.select(pl.col("time").max().dt.date()).item()
    usual = found.cut is not None and first < found.cut and last >= found.cut + timedelta(days=HORIZON - 1)
    horizon = HORIZON if usual else _horizon((last - first).days + 1)
    cut = found.cut if usual and found.cut else last + timedelta(days=1 - horizon)
    return About(found.name, found.source, first, cut, horizon, foreseen)


def target(rows: pl.DataFrame) -> str:
    """The type that says most of what shoppers want and is frequent enough, else the most frequent."""
    counted = dict(learnable(rows)["type"].value_counts(sort=True).iter_rows())
    enough = max(1.0, min(ENOUGH, ENOUGH_SHARE * sum(counted.values())))
    return next((kind for kind in STRENGTH if counted.get(kind, 0) >= enough), next(iter(counted)))


def _horizon(span: int) -> int:
    horizon = min(HORIZON, span // STEPS)
    if horizon == 0:
        raise TooShortError(f"the dates span {span} of the {STEPS} days, at least, that a test and its training need")
    return horizon - horizon % DAYS_A_WEEK if horizon >= DAYS_A_WEEK else horizon
