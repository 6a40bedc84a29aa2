"""What is known of how an offer fits a shopper."""

from datetime import timedelta
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.personalization.catalog import Catalog
from functions.personalization.coverage import Coverage
from functions.personalization.eligibility import Occasion
from functions.personalization.features import weighted_history
from functions.personalization.offer_features import EVIDENCE, HORIZON_DAYS, MOST_DAYS, OFFER_FEATURES, offer_features
from functions.personalization.offers import Offer
from functions.personalization.shopper import History, Memory, Recent, Shopper
from tests.unit.personalization.shop import CATALOG, NOW, offer
from tests.unit.personalization.strategies import PRODUCTS, offers

TAU, DAY = 90.0, 86_400.0
TODAY = NOW.timestamp() / DAY
BOUGHT = History(("milk", "beer"), (4, 1), (20_000, 20_100), (int(TODAY) - 3, int(TODAY) - 30), (3.0, 0.5), TODAY)
ANNA = Shopper("anna", "s", history=BOUGHT, traits={"age": "35"}, offered=50, redeemed=4)


def _told(shopper: Shopper, given: Offer, memory: Memory | None = None) -> dict[str, float]:
    """What the features of one offer say, by name."""
    made = offer_features(Occasion(shopper, memory or Memory(), NOW), Coverage([given], CATALOG), np.array([0]), TAU)
    return dict(zip(OFFER_FEATURES, np.expm1(made[0].astype(np.float64)).tolist(), strict=True))


def test_they_tell_how_the_offer_fits_what_the_offer_is_and_how_the_shopper_is() -> None:
    """Of an offer on milk and bread: milk is bought often, bread never; both are food."""
    given = offer("o", "milk", "bread", starts=NOW - timedelta(days=2), ends=NOW + timedelta(days=5), campaign="c")
    assert _told(ANNA, given) == pytest.approx(
        {
            "weight covered": 3.0,
            "strongest weight covered": 3.0,
            "purchases covered": 4.0,
            "percent known of those covered": 50.0,
            "days since one covered was bought": 3.5,
            "money spent on those covered": 4 * 1.5,
            "percent of the history of these kinds": 100 * 3 / 3.5 / 2,
            "percent of the history of these categories": 100 * 3 / 3.5 / 2,
            "products covered": 2.0,
            "mean price of those covered": 1.75,
            "offers of the campaign": 1.0,
            "days the offer has run": 2.0,
            "days the offer still runs": 5.0,
            "weight of the history": 3.5,
            "strongest weight of the history": 3.0,
            "days since anything was bought": 3.5,
            "offers given before": 50.0,
            "coupons redeemed before": 4.0,
            "percent redeemed before": 100 * 4 / (50 + EVIDENCE),
            "traits known": 1.0,
        },
        rel=1e-5,
    )


def test_what_is_done_in_the_session_counts() -> None:
    """A look at soap makes the offer on soap fit better, though soap was never bought."""
    looked = Memory(recent=(Recent("soap", "view_item", NOW),))
    before, after = (_told(ANNA, offer("o", "soap"), memory) for memory in (None, looked))
    assert before["weight covered"] == 0
    assert after["weight covered"] == pytest.approx(0.2, rel=1e-5)
    assert after["percent known of those covered"] == pytest.approx(100)
    assert after["purchases covered"] == before["purchases covered"] == 0
    assert after["days since one covered was bought"] == pytest.approx(MOST_DAYS)


def test_who_bought_nothing_the_shop_still_has_is_no_error() -> None:
    """Products that are gone are passed over; what never happened is a year ago."""
    gone = Shopper("ben", "s", history=History(("gone",), (1,), (1,), (1,), (1.0,), TODAY))
    told = _told(gone, offer("o", "milk", "gone"))
    assert told["weight of the history"] == 0
    assert told["products covered"] == pytest.approx(1)
    assert told["days since anything was bought"] == pytest.approx(MOST_DAYS)
    assert told["days the offer still runs"] == pytest.approx(HORIZON_DAYS)


def test_a_shop_without_offers_has_no_rows() -> None:
    """And neither has one without products."""
    when = Occasion(ANNA, Memory(), NOW)
    for coverage in (Coverage([], CATALOG), Coverage([], Catalog([]))):
        none = offer_features(when, coverage, np.empty(0, np.int64), TAU)
        assert none.shape == (0, len(OFFER_FEATURES))
    assert offer_features(when, Coverage([offer("o", "milk")], Catalog([])), np.array([0]), TAU).shape[0] == 1


many = st.lists(offers([*PRODUCTS, "gone"]), min_size=1, max_size=6, unique_by=lambda each: each.id)
histories = st.lists(st.sampled_from([*PRODUCTS, "gone"]), unique=True, max_size=5)


@given(many, histories, histories, st.integers(0, 400), st.booleans())
def test_all_offers_at_once_are_each_offer_alone(
    made: list[Offer], bought: list[str], seen: list[str], days: int, known: bool
) -> None:
    """The arrays say what a plain loop over offers and products says, whatever was bought and seen."""
    count = len(bought)
    last = tuple(int(TODAY) - days - place for place in range(count))
    history = History(tuple(bought), tuple(range(1, count + 1)), last, last, (0.5,) * count, TODAY - 1)
    shopper = Shopper("a", "s", history=history, traits={"a": "b"} if known else {}, offered=days, redeemed=days // 9)
    memory = Memory(recent=tuple(Recent(product, "add_to_cart", NOW) for product in seen))
    when, coverage = Occasion(shopper, memory, NOW), Coverage(made, CATALOG)
    rows = np.arange(len(coverage.offers))
    found = offer_features(when, coverage, rows, TAU)
    assert np.isfinite(found).all()
    assert (found >= 0).all()
    assert np.array_equal(offer_features(when, coverage, rows[::-1], TAU), found[::-1])
    for row, each in enumerate(coverage.offers):
        assert np.expm1(found[row, :9].astype(np.float64)) == pytest.approx(_by_hand(when, each), rel=1e-4, abs=1e-4)


def _by_hand(when: Occasion, each: Offer) -> list[float]:
    """How an offer fits, product by product."""
    catalog: dict[str, Any] = {product.id: product for product in CATALOG.products}
    weighted = weighted_history(when.shopper, when.memory, when.now, TAU)
    held = {name: float(w) for name, w in zip(weighted.products, weighted.weights, strict=True) if name in catalog}
    past = when.shopper.history
    times, last = (dict(zip(past.products, column, strict=True)) for column in (past.purchases, past.last))
    covered = {name for name in each.products if name in catalog}
    mine = {name: weight for name, weight in held.items() if name in covered}
    total = sum(held.values()) or 1.0

    def alike(levels: int | None) -> float:
        paths = [catalog[name].category[:levels] for name in covered]
        return sum(w * paths.count(catalog[name].category[:levels]) / len(paths) for name, w in held.items() if paths)

    return [
        sum(mine.values()),
        max(mine.values(), default=0.0),
        sum(times.get(name, 0) for name in mine),
        100 * len(mine) / max(1, len(covered)),
        min([MOST_DAYS, *(TODAY - last[name] for name in mine if name in last)]),
        sum(times.get(name, 0) * catalog[name].price for name in mine),
        100 * alike(2) / total,
        100 * alike(None) / total,
        len(covered),
    ]
