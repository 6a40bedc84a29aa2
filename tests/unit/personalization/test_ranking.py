"""What the ranker reads of a shopper's candidates."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.personalization.features import Weights
from functions.personalization.product_facts import COLUMNS, InvalidFactsError, ProductFacts, path_codes
from functions.personalization.ranking import NEVER, Candidates, dealt, feature_names, features, purchase_record
from functions.personalization.shopper import History, Memory, Recent, Shopper

PRODUCTS, DIMENSIONS = 12, 4
NOW = datetime(2026, 11, 1, 9, tzinfo=UTC)
TODAY = int(NOW.timestamp() // 86_400)
HISTORY = History(
    ("milk", "bread", "soap"), (3, 2, 1), (TODAY - 30, TODAY - 20, TODAY - 50), (TODAY - 2, TODAY - 2, TODAY - 50),
    (2.5, 1.5, 0.4), TODAY, baskets=10, since=TODAY - 60,
)  # fmt: skip
ANNA = Shopper("anna", "family", history=HISTORY)


def facts(categories: bool = True) -> ProductFacts:
    """Made-up facts of a dozen products of three kinds in two departments."""
    dice = np.random.default_rng(1)
    paths = [(f"department {row % 2}", f"kind {row % 6}") if categories else () for row in range(PRODUCTS)]
    return ProductFacts(
        dice.random((PRODUCTS, len(COLUMNS)), dtype=np.float32) + 1,
        path_codes(paths),
        dice.integers(-63, 63, (PRODUCTS, DIMENSIONS), dtype=np.int8),
        dice.random(PRODUCTS, dtype=np.float32) / np.float32(64),
        dice.random(PRODUCTS, dtype=np.float32) / np.float32(2),
    )


def candidates(history: int, count: int = PRODUCTS) -> Candidates:
    """The history's products and others after them."""
    assert history <= count
    falling = np.linspace(1, 0, count, dtype=np.float32)
    return Candidates(np.arange(count, dtype=np.int64), falling, falling * np.float32(0.5))


def column(name: str, table: Weights, of: ProductFacts) -> list[float]:
    found: list[float] = table[:, feature_names(of).index(name)].tolist()
    return found


def test_days_are_whole_whatever_the_hour() -> None:
    """What was bought yesterday was bought a day ago, in the morning as at night."""
    records = [purchase_record(ANNA, Memory(), NOW + timedelta(hours=h), HISTORY.products) for h in (-9, 0, 14)]
    for record in records:
        assert record.last.tolist() == [2, 2, 50]
        assert record.first.tolist() == [30, 20, 50]
        assert (record.baskets, record.lifetime) == (10, 60)


def test_a_purchase_of_the_session_counts() -> None:
    """One more, today; a product that was only looked at was never bought."""
    recent = (Recent("soap", "purchase", NOW), Recent("beer", "purchase", NOW), Recent("tea", "view_item", NOW))
    record = purchase_record(ANNA, Memory(recent=recent), NOW, ("milk", "bread", "soap", "beer", "tea"))
    assert record.purchases.tolist() == [3, 2, 2, 1, 0]
    assert record.first.tolist() == [30, 20, 50, 0, NEVER]
    assert record.last.tolist() == [2, 2, 0, 0, NEVER]
    assert record.baskets == 11


def test_a_profile_without_baskets_is_estimated() -> None:
    """Profiles written before baskets were counted still serve."""
    old = Shopper("ben", "single", history=History(("milk",), (3,), (TODAY - 30,), (TODAY - 2,), (2.0,), TODAY))
    record = purchase_record(old, Memory(), NOW, ("milk",))
    assert (record.baskets, record.lifetime) == (3, 30)


def test_own_features_by_hand() -> None:
    """Of bread: twice, last 2 days ago, 20 % of the baskets, 18 days between purchases drawn to the product's."""
    of = facts()
    weights = np.array([2.5, 1.5, 0.4], dtype=np.float32)
    table = features(weights, purchase_record(ANNA, Memory(), NOW, HISTORY.products), candidates(3), of)
    assert column("purchases", table, of)[:4] == [3, 2, 1, 0]
    assert column("basket_share", table, of)[1] == pytest.approx(0.2)
    assert column("cycle", table, of)[1] == pytest.approx((18 + of.column("cycle")[1]) / 2)
    assert column("in_last_basket", table, of)[:4] == [1, 1, 0, 0]
    assert column("days_since_last", table, of)[3] == NEVER
    assert column("new_rank", table, of)[:5] == [-1, -1, -1, 0, 1]
    assert column("shopper_products", table, of) == [3] * PRODUCTS
    assert column("level_0_purchases", table, of)[:2] == [4, 2]  # milk and soap, then bread


@given(bought=st.integers(1, PRODUCTS), others=st.integers(0, PRODUCTS), categories=st.booleans())
def test_features_are_finite_and_named(bought: int, others: int, categories: bool) -> None:
    """A row for each candidate and a column for each name, with categories or without."""
    of, count = facts(categories), min(bought + others, PRODUCTS)
    ids = tuple(f"p{n}" for n in range(bought))
    days = tuple(TODAY - n for n in range(bought))
    shopper = Shopper("s", "x", history=History(ids, (1,) * bought, days, days, (1.0,) * bought, TODAY))
    record = purchase_record(shopper, Memory(), NOW, ids)
    table = features(np.ones(bought, dtype=np.float32), record, candidates(bought, count), of)
    assert table.shape == (count, len(feature_names(of)))
    assert table.dtype == np.float32
    assert np.isfinite(table).all()
    assert any(name.startswith("level_") for name in feature_names(of)) == categories


def test_what_is_foretold_is_by_the_formula_of_ease() -> None:
    """A product's score is from all others of the history, and raised by how much it would foretell itself."""
    of = facts()
    rows, weights = np.array([7, 2, 9, 4]), np.array([[2.0, 0.5], [0.0, 1.0]], dtype=np.float32)
    vectors = of.vectors.astype(np.float64) * of.scales[:, None]
    between = vectors @ vectors.T
    for line, told in zip(weights, of.foretold(weights, rows), strict=True):
        history = dict(zip(rows[:2].tolist(), line.tolist(), strict=True))
        for row, score in zip(rows.tolist(), told.tolist(), strict=True):
            others = sum(weight * between[one, row] for one, weight in history.items())
            expected = (others - history.get(row, 0.0) * of.own[row]) / (1 - of.own[row])
            assert score == pytest.approx(expected, rel=1e-3, abs=1e-4)


@given(st.lists(st.tuples(st.floats(0, 1, width=32), st.sampled_from([-1.0, 0.0, 0.5, 3.0])), max_size=30))
def test_scores_are_dealt_to_what_is_liked(pairs: list[tuple[float, float]]) -> None:
    """The same scores, no larger one for what is liked less; of what is liked alike the earlier has the larger."""
    scores, liked = (
        np.array(column, dtype=np.float32) for column in (zip(*pairs, strict=True) if pairs else ((), ()))
    )
    given = dealt(scores, liked)
    assert np.array_equal(np.sort(given), np.sort(scores))
    order = np.argsort(-liked, kind="stable")
    assert (np.diff(given[order]) <= 0).all()


def test_facts_come_back_as_they_were() -> None:
    """The same bytes for the same facts, and another catalogue's are refused."""
    content = facts().to_bytes()
    again = ProductFacts.from_bytes(content, PRODUCTS)
    assert again.to_bytes() == content
    with pytest.raises(InvalidFactsError, match="do not fit 13"):
        ProductFacts.from_bytes(content, 13)
    with pytest.raises(InvalidFactsError, match="foretells itself"):
        ProductFacts.from_bytes(replace(facts(), own=np.ones(PRODUCTS, dtype=np.float32)).to_bytes(), PRODUCTS)
    with pytest.raises(InvalidFactsError, match="cannot be read"):
        ProductFacts.from_bytes(content[:50], PRODUCTS)


def test_levels_that_tell_nothing_are_left_out() -> None:
    """One department for all, or a third level as coarse as the second."""
    assert path_codes([("a",), ("a",)]).shape == (0, 2)
    assert path_codes([("a", "b"), ("a", "c"), ()]).tolist() == [[0, 0, 1], [0, 1, 2]]
