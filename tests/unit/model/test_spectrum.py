"""Leading directions, and what products foretell by them, compared with the formulas they stand for."""

import numpy as np
import pytest
from scipy import sparse

from model.evaluation.baselines.ease import by_products
from model.training import foretelling, spectrum
from model.training.spectrum import leading


def matrix(shoppers: int, products: int) -> sparse.csr_array:
    """Purchases in which there is something to find: shoppers of a few kinds."""
    dice = np.random.default_rng(5)
    kinds = dice.gamma(0.2, 1.0, (6, products))
    return sparse.csr_array(dice.poisson(kinds[dice.integers(0, 6, shoppers)]).astype(np.float64))


@pytest.mark.parametrize(("shoppers", "products"), [(12, 30), (30, 12)])
def test_both_sides_give_the_singular_vectors(shoppers: int, products: int) -> None:
    """Whichever Gram matrix is the smaller one."""
    x = matrix(shoppers, products)
    values, vectors = leading(x, 5)
    _, roots, rows = np.linalg.svd(x.toarray())
    assert values == pytest.approx(roots[:5] ** 2)
    assert np.abs((rows[:5] * vectors.T).sum(axis=1)) == pytest.approx(1)


@pytest.mark.parametrize(("shoppers", "products"), [(300, 200), (200, 300)])
def test_random_projections_come_close(shoppers: int, products: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where both sides are long, whichever is the longer; the same each time."""
    x = matrix(shoppers, products)
    exact, directions = leading(x, 6)
    monkeypatch.setattr(spectrum, "EXACT_UP_TO", 100)
    values, vectors = leading(x, 6)
    assert values == pytest.approx(exact, rel=0.01)
    assert np.abs((vectors * directions).sum(axis=0))[:3] == pytest.approx(1, abs=0.01)
    assert np.array_equal(leading(x, 6)[1], vectors)


def test_with_all_directions_products_foretell_each_other_as_by_ease() -> None:
    """EASE in closed form, but for what the history itself holds, which is left out."""
    weights = matrix(40, 25).astype(np.float32)
    vectors, own = foretelling.foretelling(weights)
    rooted = weights.sqrt().astype(np.float64)
    ridge = foretelling.REGULARIZATION * float((rooted.data**2).sum()) / 40
    expected = by_products(rooted, ridge)(rooted)
    told = (rooted @ vectors @ vectors.T - rooted.toarray() * own) / (1 - own)
    assert told == pytest.approx(expected, abs=1e-4)


def test_fewer_shoppers_than_directions_are_no_fault() -> None:
    """As many directions as there are shoppers, and no product that foretells itself wholly."""
    vectors, own = foretelling.foretelling(matrix(3, 20))
    assert vectors.shape == (20, 3)
    assert (own < 1).all()
