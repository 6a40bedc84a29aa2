"""Shoppers of the seed."""

from collections import Counter
from dataclasses import replace
from datetime import date

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.personalization.shopper import MAX_HISTORY, Shopper
from model.datasets.dataset import Dataset
from model.seed import households
from model.seed.calendar import Calendar

TODAY = date(2026, 11, 21)
TAU = 90.0


def profiles(dataset: Dataset, count: int = 300) -> dict[str, Shopper]:
    unknown = households.strangers(dataset, count)
    made = households.shoppers(dataset, Calendar.of(dataset, TODAY), unknown, TAU)
    return {shopper.id: shopper for shopper in made}


@pytest.fixture(scope="module")
def real(journey: Dataset) -> dict[str, Shopper]:
    """The profiles of the Complete Journey."""
    return profiles(journey)


def test_a_shop_of_real_households(real: dict[str, Shopper]) -> None:
    """More than two thousand with a history, three hundred strangers, and eleven who first came after the cut."""
    made = real.values()
    assert sum(len(shopper.history) > 0 for shopper in made) >= 2_000
    assert sum(len(shopper.history) == 0 for shopper in made) == 300 + 11


def test_every_household_that_acts_has_a_profile(journey: Dataset, real: dict[str, Shopper]) -> None:
    """No simulated shopper is unknown to the shop."""
    assert {wanted.shopper for wanted in households.wanted(journey)} <= real.keys()


def test_profiles_know_nothing_of_the_future(small: Dataset) -> None:
    """Other purchases after the cut, other basket sizes, no purchases at all: the same profiles."""
    future = small.future.with_columns(pl.col("product").shuffle(seed=1), spend=99.0)
    other = replace(small, purchases=pl.concat([small.past, future.cast(small.past.schema)]))
    assert profiles(other, 5) == profiles(small, 5)


def test_strangers_act_but_are_not_known(journey: Dataset, real: dict[str, Shopper]) -> None:
    """Each has wants for the simulation; of none is there a history or an affinity."""
    unknown, wants = households.strangers(journey), {wanted.shopper for wanted in households.wanted(journey)}
    assert len(unknown) == 300 + 11
    assert unknown <= wants
    assert all(not real[shopper].history.products and not real[shopper].affinities for shopper in unknown)


def test_wants_are_of_the_horizon_alone(small: Dataset) -> None:
    """Every want is a purchase in the four weeks after the cut, counted by basket, most wanted first."""
    for wanted in households.wanted(small):
        counted = small.future.filter(pl.col("shopper") == wanted.shopper).group_by("product").len()
        assert dict(zip(wanted.products, wanted.baskets, strict=True)) == dict(counted.iter_rows())
        assert list(wanted.baskets) == sorted(wanted.baskets, reverse=True)


def test_a_history_tells_what_was_bought(small: Dataset) -> None:
    """Baskets, first and last day in the present, and weights at the cut that fade with tau."""
    calendar = Calendar.of(small, TODAY)
    shopper = next(iter(profiles(small, 0).values()))
    bought = small.past.filter(pl.col("shopper") == shopper.id)
    history = shopper.history
    assert history.as_of == (calendar.cut_date - date(1970, 1, 1)).days
    for product, count, first, last, weight in zip(
        history.products, history.purchases, history.first, history.last, history.weights, strict=True
    ):
        days = bought.filter(pl.col("product") == product)["day"]
        assert (count, first, last) == (
            len(days),
            days.min() + calendar.first_epoch_day,  # type: ignore[operator]
            days.max() + calendar.first_epoch_day,  # type: ignore[operator]
        )
        assert weight == pytest.approx(((days - small.cut) / TAU).exp().sum(), abs=1e-4)


def test_histories_are_bounded_and_strongest_first(real: dict[str, Shopper]) -> None:
    """As large as a profile may be, cut off at the weak end."""
    lengths = []
    for shopper in real.values():
        assert list(shopper.history.weights) == sorted(shopper.history.weights, reverse=True)
        lengths.append(len(shopper.history))
    assert max(lengths) == MAX_HISTORY


def test_affinities_are_shares_of_spend(small: Dataset) -> None:
    """They add up to one."""
    for shopper in profiles(small, 0).values():
        assert sum(shopper.affinities.values()) == pytest.approx(1, abs=1e-3)


def test_profiles_survive_their_documents(small: Dataset) -> None:
    """What is written is what is read."""
    for shopper in profiles(small).values():
        assert Shopper.from_document(shopper.to_document()) == shopper


def test_simulated_regions_are_fixed_and_as_populous_as_they_are() -> None:
    """Within two percent of the shares, the same at every seed."""
    drawn = Counter(households.simulated_region(str(number)) for number in range(10_000))
    assert drawn.keys() == households.REGIONS.keys()
    assert all(abs(drawn[name] / 10_000 - share) < 0.02 for name, share in households.REGIONS.items())
    assert Counter(households.simulated_region(str(number)) for number in range(10_000)) == drawn


def test_a_region_that_the_data_has_is_kept(small: Dataset) -> None:
    """Only where it has none one is made up."""
    shopper = dict(small.shoppers.row(0, named=True), traits=[{"name": "region", "value": "Kent"}])
    known = replace(small, shoppers=pl.concat([pl.DataFrame([shopper], small.shoppers.schema), small.shoppers[1:]]))
    regions = {one.id: one.region for one in profiles(known).values()}
    assert regions[shopper["id"]] == "Kent"
    assert set(regions.values()) - {"Kent"} <= set(households.REGIONS)


@given(shopper=st.text(min_size=1))
def test_simulated_distances_are_fixed_and_plausible(shopper: str) -> None:
    """Between 0 and 60 miles, the same at every seed."""
    miles = households.simulated_miles(shopper)
    assert 0 <= miles <= households.MOST_MILES
    assert miles == households.simulated_miles(shopper)
