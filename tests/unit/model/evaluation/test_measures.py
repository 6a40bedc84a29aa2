"""Measures, on cases small enough to work out by hand, and whatever lists come."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.evaluation.measures import AT, LONG, MEASURES, NOTHING, Lists, coverage, mean, measure, rank
from model.evaluation.slices import Floats, Ints, Slice
from tests.unit.model.evaluation.made import made_slice, random_slice


def lists(ranked: list[int], fresh: list[int]) -> Lists:
    """The lists of one shopper, filled up with nothing."""
    return Lists(
        np.array([ranked + [NOTHING] * (LONG - len(ranked))]), np.array([fresh + [NOTHING] * (AT - len(fresh))])
    )


@pytest.fixture
def one() -> Slice:
    """A shopper who bought 0, 1 and 2, and next buys 1, 8 and 9; another who bought 0."""
    return made_slice({"a": [(9, [0, 1]), (3, [1, 2])], "b": [(5, [0])]}, {"a": [1, 8, 9]}, products=30)


def test_measures_of_one_list(one: Slice) -> None:
    """Hits at places 2 and 4, and one more at place 12: each measure by its definition."""
    ranked = [0, 1, 2, 8, *range(10, 17), 9]
    found = measure(lists(ranked, [20, 21, 8]), one)
    assert found.recall.tolist() == pytest.approx([2 / 3])
    assert found.recall20.tolist() == [1.0]
    ideal = 1 + 1 / np.log2(3) + 1 / np.log2(4)
    assert found.ndcg.tolist() == pytest.approx([(1 / np.log2(3) + 1 / np.log2(5)) / ideal])
    assert found.hit.tolist() == [1.0]
    assert found.mrr.tolist() == [0.5]
    assert found.repeat.tolist() == [1.0]  # of 1, the only one bought before
    assert found.explore.tolist() == [0.5]  # of 8 and 9, never bought before, the list of new products has 8


def test_novelty_is_the_surprise_of_what_is_shown(one: Slice) -> None:
    """0 was bought by both shoppers, -log2(1) = 0; 1 by half of them, -log2(1/2) = 1; on average 1/2."""
    assert measure(lists([0, 1], []), one).novelty.tolist() == pytest.approx([0.5])


def test_a_list_without_hits_is_worth_nothing(one: Slice) -> None:
    """Zeros, and not a division by zero; of nothing shown, novelty says nothing."""
    found = measure(lists([], []), one)
    for name in set(MEASURES) - {"novelty"}:
        assert getattr(found, name).tolist() == [0.0]
    assert np.isnan(found.novelty).all()


def test_who_explores_nothing_is_not_counted_as_a_failure() -> None:
    """A basket of repeats has no explore recall, one of new products no repeat recall."""
    known = made_slice({"a": [(3, [0])], "b": [(3, [1])]}, {"a": [0], "b": [2]}, products=5)
    found = measure(Lists(np.full((2, LONG), NOTHING), np.full((2, AT), NOTHING)), known)
    assert np.isnan(found.explore).tolist() == [True, False]
    assert np.isnan(found.repeat).tolist() == [False, True]
    assert mean(found.explore) == 0.0
    assert mean(np.array([np.nan])) is None


def test_nobody_to_judge_is_not_an_error() -> None:
    """Empty arrays, no mean and no coverage."""
    known = made_slice({"a": [(3, [0])]}, {}, products=5)
    found = rank(lambda rows: np.zeros((len(rows), 5), dtype=np.float32), known)
    assert coverage(found, known) is None
    assert all(mean(getattr(measure(found, known), name)) is None for name in MEASURES)


def test_coverage_is_the_share_of_the_catalogue_shown(one: Slice) -> None:
    """The first ten of anybody, of thirty products."""
    assert coverage(lists(list(range(20)), []), one) == pytest.approx(10 / 30)


def perfect(known: Slice, turned: Ints) -> Floats:
    """Scores by which every basket comes first, its products in the order of `turned`."""
    scores = np.zeros((len(known.shoppers), len(known.products)), dtype=np.float32)
    for row, basket in zip(known.judged, known.truth, strict=True):
        scores[row, basket] = 1 + turned[: len(basket)]
    return scores


@given(st.integers(0, 10_000), st.permutations(range(3)))
def test_a_perfect_ranking_is_perfect_in_any_order(seed: int, turned: list[int]) -> None:
    """Every basket of three comes first: all measures are 1, however the three are ordered."""
    known = random_slice(seed, shoppers=5)
    scores = perfect(known, np.array(turned))
    found = measure(rank(lambda rows: scores[rows], known), known)
    for name in set(MEASURES) - {"novelty"}:
        values = getattr(found, name)
        assert values[~np.isnan(values)] == pytest.approx(1.0)


@given(st.integers(0, 10_000))
def test_measures_are_shares_and_do_not_see_the_order_of_products(seed: int) -> None:
    """Every measure lies between 0 and 1; a catalogue in another order gives the same, scores without ties."""
    known, dice = random_slice(seed, shoppers=6), np.random.default_rng(seed)
    scores = dice.permuted(np.arange(6 * 40)).reshape(6, 40).astype(np.float32)
    order = dice.permutation(40)  # the product at row p moves to row order[p]
    moved = Slice(
        known.shoppers, tuple(np.array(known.products)[np.argsort(order)]), known.buyers, order[known.bought],
        known.ages, known.baskets, known.judged, tuple(np.sort(order[basket]) for basket in known.truth),
    )  # fmt: skip
    found = measure(rank(lambda rows: scores[rows].copy(), known), known)
    again = measure(rank(lambda rows: scores[rows][:, np.argsort(order)], moved), moved)
    for name in MEASURES:
        values = getattr(found, name)
        np.testing.assert_allclose(values, getattr(again, name))
        if name != "novelty":
            assert ((values >= 0) & (values <= 1) | np.isnan(values)).all()
