"""What is learned from: offers given, as they looked then, and what came of them."""

from dataclasses import replace
from datetime import timedelta

import numpy as np
import polars as pl
import pytest

from functions.personalization.catalog import Catalog, Product
from functions.personalization.coverage import Coverage
from functions.personalization.eligibility import Occasion
from functions.personalization.offer_features import OFFER_FEATURES, offer_features
from functions.personalization.shopper import Memory
from model.datasets.dataset import Dataset
from model.seed import households, promotions
from model.seed.calendar import Calendar
from model.training import exposures
from model.training.exposures import examples, windows
from tests.unit.model.promoted import promoted_dataset
from tests.unit.model.small import small_dataset

TAU = 60.0


@pytest.fixture(scope="module")
def data() -> Dataset:
    """Sixty shoppers and eight campaigns."""
    return promoted_dataset()


def test_windows_end_before_the_cut_and_leave_a_past(data: Dataset) -> None:
    """Each is a horizon; none touches the test, and none begins with nothing known."""
    assert windows(data) == [28, 56, 84, 112]
    assert windows(replace(data, cut=40)) == []


def test_an_offer_is_an_example_from_when_it_was_given_until_it_ended(data: Dataset) -> None:
    """In the window from day 56: the campaign of day 40, if not redeemed by then, and those of days 60 and 80."""
    found = examples(data, 56, TAU)
    used = data.redemptions.filter(pl.col("offer").str.starts_with("40-"), pl.col("day") < 56).height
    assert len(found) == 3 * 6 * 60 - used
    later = data.redemptions.filter(pl.col("day") >= 56, pl.col("day") < 84)
    assert found.redeemed.sum() == later.filter(pl.col("offer").str.contains("^(40|60|80)-")).height
    assert set(found.kinds.tolist()) == {"A", "B"}


def test_nothing_later_is_known(data: Dataset) -> None:
    """What happens after a window neither changes its examples nor their truth."""
    forgotten = replace(
        data,
        purchases=data.purchases.filter(pl.col("day") < 84),
        exposures=data.exposures.filter(pl.col("day") < 84),
        redemptions=data.redemptions.filter(pl.col("day") < 84),
    )
    known, blind = examples(data, 56, TAU), examples(forgotten, 56, TAU)
    assert np.array_equal(known.features, blind.features)
    assert np.array_equal(known.redeemed, blind.redeemed)


def test_features_are_those_of_the_day_and_not_of_later_ones(data: Dataset) -> None:
    """Redemptions in the window are its truth: they are not among what was redeemed before."""
    without = replace(data, redemptions=data.redemptions.filter(pl.col("day") < 56))
    column = OFFER_FEATURES.index("coupons redeemed before")
    early = examples(without, 56, TAU)
    assert not early.redeemed.any()
    first_week = examples(data, 56, TAU)[np.arange(60)]
    assert first_week.features[:, column].max() <= np.log1p(data.redemptions.filter(pl.col("day") < 56).height)


def test_training_and_serving_see_the_same_features(data: Dataset) -> None:
    """The profile that the seed writes, and the shop's own offers, give the very numbers that were learned from."""
    begins = 160
    short = replace(data, cut=begins, offers=data.offers.filter(pl.col("campaign") == "160"))
    trained = examples(short, begins, TAU)
    calendar = Calendar(data.day_zero, timedelta(0), begins)
    profiles = {each.id: each for each in households.shoppers(short, calendar, frozenset(), TAU)}
    catalog = Catalog(
        Product(row["id"], row["name"], tuple(row["category"]), row["price"])
        for row in data.products.iter_rows(named=True)
    )
    coverage = Coverage(promotions.offers(short, calendar), catalog)
    now = calendar.moment(data.day_zero) + timedelta(days=begins)
    rows = np.arange(len(coverage.offers))
    served = [offer_features(Occasion(profile, Memory(), now), coverage, rows, TAU) for profile in profiles.values()]
    assert len(trained) == len(profiles) * len(rows)
    assert np.array_equal(np.concatenate(served), trained.features)


def test_many_occasions_are_sampled(data: Dataset, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a window costs is bounded, however many shoppers were given offers."""
    monkeypatch.setattr(exposures, "MOST_OCCASIONS", 10)
    some = examples(data, 56, TAU)
    assert 0 < len(np.unique(some.shoppers)) <= 10
    assert np.array_equal(some.features, examples(data, 56, TAU).features)


def test_data_without_exposures_has_no_examples() -> None:
    """It is no error, and neither are shoppers who bought nothing before."""
    assert len(examples(small_dataset(), 42, TAU)) == 0
    nobody = promoted_dataset(shoppers=3)
    assert len(examples(replace(nobody, purchases=nobody.purchases.clear()), 56, TAU)) == 0


def test_data_without_offers_has_no_examples(data: Dataset) -> None:
    """As most shops begin: nothing was ever offered."""
    none = replace(data, offers=data.offers.clear(), exposures=data.exposures.clear())
    assert len(examples(none, 56, TAU)) == 0
