"""Which offers cover which products."""

from datetime import datetime

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from functions.personalization.catalog import Catalog
from functions.personalization.coverage import Coverage
from functions.personalization.offers import Offer
from tests.unit.personalization.shop import CATALOG, HOUR, NOW, offer
from tests.unit.personalization.strategies import PRODUCTS, moments, offers

many_offers = st.lists(offers([*PRODUCTS, "gone"]), max_size=6, unique_by=lambda each: each.id)
weighted_rows = st.dictionaries(st.integers(0, len(CATALOG) - 1), st.floats(0, 1), max_size=4)


@given(many_offers, weighted_rows)
def test_totals_are_those_of_the_definition(made: list[Offer], weights: dict[int, float]) -> None:
    """For each offer the sum of the weights of the products that it names, each once."""
    coverage = Coverage(made, CATALOG)
    totals = coverage.totals(np.array(list(weights), dtype=np.int64), np.array(list(weights.values())))
    expected = [
        sum(weight for row, weight in weights.items() if CATALOG.ids[row] in each.products)
        for each in coverage.offers
    ]
    assert np.allclose(totals, expected)


@given(many_offers, moments)
def test_an_offer_runs_from_its_start_until_before_its_end(made: list[Offer], now: datetime) -> None:
    """The start belongs to the run, the end does not."""
    coverage = Coverage(made, CATALOG)
    expected = [(o.starts is None or o.starts <= now) and (o.ends is None or now < o.ends) for o in coverage.offers]
    assert coverage.running(now).tolist() == expected


def test_the_ends_of_a_run_are_exact() -> None:
    """At its start an offer runs, at its end it does not."""
    coverage = Coverage([offer("a", "milk", starts=NOW, ends=NOW + HOUR)], CATALOG)
    assert coverage.running(NOW).all()
    assert not coverage.running(NOW + HOUR).any()


def test_rule_offers_are_not_in_the_coverage() -> None:
    """What covers no products competes by the priority list alone."""
    coverage = Coverage([offer("rule"), offer("b", "milk"), offer("a", "milk")], CATALOG)
    assert [each.id for each in coverage.offers] == ["a", "b"]


def test_nothing_to_cover_is_no_error() -> None:
    """Without offers, or without products, all totals are there and nought."""
    no_rows = np.empty(0, dtype=np.int64)
    assert Coverage([], CATALOG).totals(np.array([0, 1]), np.ones(2)).tolist() == []
    assert Coverage([offer("a", "milk")], Catalog([])).totals(no_rows, np.empty(0)).tolist() == [0.0]
