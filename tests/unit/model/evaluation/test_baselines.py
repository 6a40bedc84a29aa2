"""Each baseline against its definition, written out naively, on data small enough for that."""

import numpy as np
import pytest
from scipy import sparse

from model.evaluation.baselines.als import Als
from model.evaluation.baselines.ease import Ease, by_products, by_shoppers
from model.evaluation.baselines.item_knn import ItemKnn
from model.evaluation.baselines.personal import Personal
from model.evaluation.baselines.popularity import Popularity
from model.evaluation.baselines.tifu_knn import Fading, Groups, TifuKnn
from model.evaluation.measures import Doubles, mean, measure, rank
from model.evaluation.slices import Slice
from model.evaluation.tuning import GRIDS, told, validate
from tests.unit.model.evaluation.made import made_slice, random_slice

EVERYONE = np.arange(2)


@pytest.fixture
def two() -> Slice:
    """Two shoppers of four products."""
    return made_slice({"a": [(20, [0, 1]), (10, [0])], "b": [(10, [0, 2])]}, {"a": [0], "b": [3]}, products=4)


@pytest.fixture(scope="module")
def known() -> Slice:
    """Thirty shoppers of forty products."""
    return random_slice()


def test_popularity_counts_baskets(two: Slice) -> None:
    """For everyone the same; with decay a basket of ten days ago counts exp(-10 / tau)."""
    assert Popularity().fit(two)(EVERYONE).tolist() == [[3, 1, 1, 0]] * 2
    [scores, _] = Popularity(tau=10.0).fit(two)(EVERYONE)
    assert scores == pytest.approx([2 * np.exp(-1) + np.exp(-2), np.exp(-2), np.exp(-1), 0])


def test_personal_counts_come_before_popularity(two: Slice) -> None:
    """The shopper's own baskets, and half a basket for the most popular product of all."""
    scores = Personal(prior=0.5).fit(two)(EVERYONE)
    np.testing.assert_allclose(scores, [[2.5, 1 + 1 / 6, 1 / 6, 0], [1.5, 1 / 6, 1 + 1 / 6, 0]], rtol=1e-6)


def test_item_knn_by_its_definition(known: Slice) -> None:
    """Each product is scored by its nearest products in the history, itself the first of them."""
    both = (known.weights().toarray() > 0).astype(float)
    buyers = both.sum(axis=0)
    similarity = (both.T @ both) / (np.sqrt(np.outer(buyers, buyers)) + 3.0)
    near = np.where(similarity >= np.sort(similarity, axis=1)[:, [-4]], similarity, 0.0)
    expected = known.weights().toarray() @ near.T
    rows = np.array([3, 7])
    scores = ItemKnn(shrinkage=3.0, neighbours=4).fit(known)(rows)
    clear = (near > 0).sum(axis=1) <= 4  # products whose fourth neighbour is no tie with the fifth
    assert clear.sum() >= 10
    np.testing.assert_allclose(scores[:, clear], expected[rows][:, clear], rtol=1e-5)


def dense_ease(learned: Doubles, ridge: float) -> Doubles:
    """B as Steck (2019) writes it down."""
    inverse = np.linalg.inv(learned.T @ learned + ridge * np.eye(learned.shape[1]))
    weights: Doubles = inverse / -np.diag(inverse)
    np.fill_diagonal(weights, 0.0)
    return weights


def test_ease_is_the_same_from_both_sides(known: Slice) -> None:
    """The Gram matrix of the shoppers gives exactly what that of the products gives."""
    learned = known.weights(50.0).astype(np.float64)
    expected = learned.toarray() @ dense_ease(learned.toarray(), 2.0)
    for way in (by_shoppers, by_products):
        np.testing.assert_allclose(way(learned, 2.0)(learned), expected, atol=1e-10)


def test_ease_can_be_asked_about_histories_it_was_not_taught(known: Slice) -> None:
    """A new shopper's history, too."""
    learned = known.weights().astype(np.float64)
    asked = sparse.csr_array(np.eye(1, 40, 5))
    expected = asked.toarray() @ dense_ease(learned.toarray(), 1.0)
    np.testing.assert_allclose(by_shoppers(learned, 1.0)(asked), expected, atol=1e-10)


def test_ease_adds_what_comes_back(known: Slice) -> None:
    """`repeat` times the decayed count, on top of what the other products foretell."""
    rows = np.array([0, 5])
    without, with_it = (Ease(repeat=repeat).fit(known)(rows) for repeat in (0.0, 2.0))
    np.testing.assert_allclose(with_it - without, 2 * known.weights(120.0)[rows].toarray(), atol=1e-5)


def test_tifu_groups_by_hand() -> None:
    """Five baskets in two groups: the first of two, the last of three; one in its only group."""
    known = made_slice({"a": [(age, [0]) for age in (5, 4, 3, 2, 1)], "b": [(1, [1])]}, {}, products=2)
    weights = Groups(count=2, within=0.9, between=0.6).weights(known)
    early = [0.9 / 2 * 0.6 / 2, 1 / 2 * 0.6 / 2]
    late = [0.81 / 3 / 2, 0.9 / 3 / 2, 1 / 3 / 2]
    assert weights == pytest.approx([*early, *late, 1.0])


def test_tifu_is_the_shopper_and_those_alike() -> None:
    """b is nearer to a than c is: a's scores are its own vector, and b's."""
    known = made_slice({"a": [(1, [0, 1])], "b": [(1, [0, 1, 2])], "c": [(1, [3])]}, {}, products=4)
    scores = TifuKnn(Fading(np.inf), neighbours=1, own=0.7).fit(known)(np.array([0]))
    np.testing.assert_allclose(scores, [[1.0, 1.0, 0.3, 0.0]], rtol=1e-6)


def test_tifu_fills_up_with_anybody() -> None:
    """a and b have each other alone, c has nobody: the first of the others are taken for those who are missing."""
    known = made_slice({"a": [(1, [0, 1])], "b": [(1, [0])], "c": [(1, [2])]}, {}, products=3)
    scores = TifuKnn(Fading(np.inf), neighbours=2, own=0.5).fit(known)(np.array([0, 2]))
    np.testing.assert_allclose(scores, [[0.75, 0.5, 0.25], [0.5, 0.25, 0.5]], rtol=1e-6)


def test_als_finds_what_shoppers_have_in_common() -> None:
    """Two kinds of shoppers and of products: each is scored higher within its kind, also what it never bought."""
    past = {f"s{shopper:02}": [(1, [shopper % 2 * 5 + (shopper // 2 + step) % 5 for step in range(4)])]
            for shopper in range(40)}  # fmt: skip
    scores = Als(factors=4, regularization=0.1).fit(made_slice(past, {}, products=10))(np.array([0, 1]))
    assert scores[0, :5].min() > scores[0, 5:].max()
    assert scores[1, 5:].min() > scores[1, :5].max()


@pytest.mark.parametrize("name", list(GRIDS))
def test_every_baseline_fits_the_same_twice_and_says_what_it_is(name: str, known: Slice) -> None:
    """Fresh arrays for each request, the same figures each time, better than nothing."""
    choice = GRIDS[name][0]
    score = choice.fit(known)
    rows = np.array([4, 2])
    first = score(rows)
    expected = first.copy()
    first[:] = 0
    np.testing.assert_array_equal(score(rows), expected)
    np.testing.assert_allclose(choice.fit(known)(rows), expected, rtol=1e-5)
    assert first.shape == (2, 40)
    assert "tau" in told(choice)
    assert validate(choice, known).ndcg > 0.1


@pytest.mark.parametrize("name", list(GRIDS))
@pytest.mark.parametrize(
    "tiny",
    [
        made_slice({"a": [(1, [0])]}, {"a": [0]}, products=1),
        made_slice({"a": [(1, [0, 1])], "b": [(2, [0, 1])]}, {"a": [1]}, products=2),
    ],
    ids=["one of each", "all the same"],
)
def test_tiny_data_is_no_error(name: str, tiny: Slice) -> None:
    """One shopper and one product, or shoppers without a difference: every settings of the grid has an answer."""
    for choice in GRIDS[name]:
        found = measure(rank(choice.fit(tiny), tiny), tiny)
        assert mean(found.recall) == 1.0
