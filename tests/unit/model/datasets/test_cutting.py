"""A data set as it was known at a moment."""

from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import pytest

from model.datasets import table
from model.datasets.cutting import TooEarlyError
from model.datasets.tables import Tables
from tests.unit.model.datasets import shops
from tests.unit.model.datasets.shops import reading

HEAD = "shopper,product,time,type,basket,session,price"


@pytest.fixture(scope="module")
def tables(tmp_path_factory: pytest.TempPathFactory) -> Tables:
    """A small shop."""
    file = tmp_path_factory.mktemp("shop") / "shop.csv"
    file.write_text(shops.table(shops.purchases()))
    return table.read(reading(file))


def read(folder: Path, *lines: str) -> Tables:
    """The tables of these lines, the first of them a few months of shopping."""
    usual = [
        f"s{day % 3},p{day % 4},2026-0{1 + day // 28}-{1 + day % 28:02},purchase,b{day},,1" for day in range(112)
    ]
    (folder / "x.csv").write_text("\n".join([HEAD, *usual, *lines]))
    return table.read(reading(folder / "x.csv"))


def test_nothing_of_the_future_is_known(tables: Tables) -> None:
    """At no cut is there a row from the end of its horizon on, and the catalogue is of the past alone."""
    for weeks in range(0, tables.weeks + 1, 4):
        dataset = tables.cut(weeks)
        assert dataset.cut == (tables.about.cut - tables.about.day_zero).days - 7 * weeks
        assert dataset.purchases["day"].max() < dataset.cut + dataset.horizon  # type: ignore[operator]
        end = datetime.combine(dataset.cut_date, datetime.min.time(), UTC).timestamp() + dataset.horizon * 86_400
        assert dataset.sessions["time"].dt.timestamp("ms").max() < end * 1_000  # type: ignore[operator]
        assert set(dataset.products["id"]) <= set(dataset.past["product"])


def test_before_the_beginning_there_is_nothing(tables: Tables) -> None:
    """`weeks` says how far one can go."""
    assert tables.cut(tables.weeks).past.height > 0
    with pytest.raises(TooEarlyError, match="Nothing"):
        tables.cut(tables.weeks + 8)


def test_baskets_are_numbered_in_the_order_of_time(tables: Tables) -> None:
    """So that the first basket after the cut is the one with the least number."""
    purchases = tables.cut().purchases
    assert purchases["basket"].is_sorted()
    assert purchases["basket"].n_unique() == tables.interactions["basket"].n_unique()
    assert purchases.group_by("basket").agg(pl.col("shopper").n_unique())["shopper"].max() == 1


def test_a_products_price_is_what_was_paid_before_the_cut(tmp_path: Path) -> None:
    """The median; what is paid later is not known yet."""
    dataset = read(tmp_path, "s1,p1,2026-04-27,purchase,z,,1000").cut()
    assert dataset.products["price"].to_list() == [1.0] * 4


def test_sessions_hold_what_was_done_together(tmp_path: Path) -> None:
    """Views and carts by session, in the order of time; purchases without one by their basket."""
    views = [f"s1,p{row},2026-04-20T10:0{row}:00,view_item,,visit,1" for row in (3, 1, 2)]
    sessions = read(tmp_path, *views).cut().sessions
    [visit] = sessions.filter(pl.col("type") == "view_item").group_by("session").agg("product")["product"]
    assert visit.to_list() == ["p1", "p2", "p3"]
    assert sessions["session"].is_sorted()
    assert sessions.filter(pl.col("type") == "purchase")["session"].n_unique() == 112


def test_anonymous_baskets_are_of_the_past(tmp_path: Path) -> None:
    """They do not count as purchases of anybody, and later ones are not known yet."""
    early, late = ",p1,2026-02-01,purchase,x,,1", ",p1,2026-04-27,purchase,y,,1"
    dataset = read(tmp_path, early, late).cut()
    assert dataset.anonymous.select("product", "day").rows() == [("p1", 31)]
    assert dataset.purchases["shopper"].null_count() == 0


def test_a_catalogue_of_rare_products_is_not_empty(tmp_path: Path) -> None:
    """Five baskets are asked for; fewer where half of all purchases would be lost."""
    lines = [f"s1,rare{row},2026-02-01,purchase,r{row},,1" for row in range(200)]
    assert read(tmp_path).cut().products.height == 4
    assert read(tmp_path, *lines).cut().products.height == 204
