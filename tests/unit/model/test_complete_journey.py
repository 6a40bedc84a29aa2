"""The real data set: its numbers, and that nothing leaks from later days."""

import polars as pl

from model.datasets import complete_journey, cutting
from model.datasets.dataset import Dataset
from model.datasets.tables import Tables


def test_the_data_has_the_known_numbers(journey: Dataset) -> None:
    """Catalogue, households and offers are those that the model card names."""
    assert journey.products.height == 25_498
    assert journey.past["shopper"].n_unique() == 2_446
    assert journey.offers.height == 1_107
    assert journey.offers["campaign"].n_unique() == 27
    assert journey.shoppers.filter(pl.col("traits").list.len() > 0).height == 801


def test_2008_households_can_be_judged(journey: Dataset) -> None:
    """They bought before the cut, and again in the four weeks after it."""
    assert len(set(journey.past["shopper"]) & set(journey.future["shopper"])) == 2_008


def test_nothing_is_read_past_day_332(journey: Dataset) -> None:
    """The days after the horizon are kept aside: they are in the file and not in the frames."""
    [transactions] = [path for path in complete_journey.files() if path.stem == "transactions"]
    last = pl.scan_parquet(transactions).select(pl.col("transaction_timestamp").max()).collect().item()
    assert (last.date() - complete_journey.DAY_ZERO).days > 332
    assert journey.purchases["day"].max() == 331
    assert journey.future["day"].min() == journey.cut == 304


def test_the_catalogue_is_of_the_past_alone(journey: Dataset) -> None:
    """Every product was in at least five baskets before the cut."""
    baskets = journey.past.group_by("product").len()
    assert set(baskets["product"]) == set(journey.products["id"])
    assert baskets["len"].min() == cutting.LEAST_BASKETS


def test_an_earlier_cut_sees_less(journey_tables: Tables) -> None:
    """The validation slice is the four weeks before the test slice, with a catalogue of its own past."""
    earlier = journey_tables.cut(weeks_before=4)
    assert earlier.cut == 276
    assert earlier.purchases["day"].max() == 303
    assert earlier.products.height < 25_498


def test_offers_cover_catalogue_products_only(journey: Dataset) -> None:
    """No offer is empty or names something that cannot be recommended."""
    covered = journey.offers.explode("products")["products"]
    assert set(covered) <= set(journey.products["id"])
    assert journey.offers["products"].list.len().min() == 1
    assert (journey.offers["products"].list.n_unique() == journey.offers["products"].list.len()).all()


def test_products_are_fit_to_be_shown(journey: Dataset) -> None:
    """Each has a name that does not shout, a department and a price that is not negative."""
    products = journey.products
    assert (products["name"].str.len_chars() > 2).all()
    assert not products["name"].str.contains(r"[A-Z]{4}").any()
    assert (products["category"].list.len() >= 1).all()
    assert (products["price"] >= 0).all()
    assert products["id"].is_unique().all()


def test_promotions_are_never_read() -> None:
    """Twenty million rows of advertisements brought no gain."""
    assert "promotions" not in {path.stem for path in complete_journey.files()}


def test_campaigns_are_of_three_kinds(journey: Dataset) -> None:
    """Every household of a campaign is given its offers on its first day; nothing is known past the test."""
    assert set(journey.offers["kind"]) == {"A", "B", "C"}
    given = journey.exposures.join(journey.offers.select(offer="id", first="starts"), on="offer")
    assert (given["time"].dt.date() == given["first"]).all()
    assert journey.redemptions["day"].max() == 331
    assert journey.exposures["day"].max() < 332  # type: ignore[operator]


def test_every_basket_is_one_households(journey: Dataset) -> None:
    """Baskets are numbered in the order of time, and the same ones are the sessions."""
    assert journey.purchases.group_by("basket").agg(pl.col("shopper").n_unique())["shopper"].max() == 1
    assert journey.sessions["session"].n_unique() == journey.purchases["basket"].n_unique()
    assert journey.anonymous.is_empty()
