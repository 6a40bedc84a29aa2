"""The tables of neighbours that training makes."""

from dataclasses import replace

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.personalization.catalog import Doubles
from functions.personalization.neighbours import Neighbours, Table
from model.datasets import schemas
from model.datasets.dataset import Dataset
from model.training import baskets, neighbours
from tests.unit.model.small import small_dataset, training


def of(table: Table, row: int) -> list[int]:
    end = int(table.lengths[: row + 1].sum())
    return list(table.rows[end - int(table.lengths[row]) : end].tolist())


def bought(lists: list[list[int]], anonymous: bool = False) -> Dataset:
    """The small catalogue with these baskets, a day apart."""
    rows = [(number, f"p{row:04}", number % 60) for number, each in enumerate(lists) for row in each]
    frame = pl.DataFrame(rows, dict(schemas.ANONYMOUS), orient="row").sort("day", "basket", "product")
    dataset = small_dataset()
    if anonymous:
        return replace(dataset, purchases=dataset.purchases.clear(), anonymous=frame)
    named = frame.select(pl.lit("s000").alias("shopper"), "basket", "product", "day", spend=pl.lit(1.0, pl.Float32))
    return replace(dataset, purchases=named)


def fair(seed: int = 1) -> list[list[int]]:
    """Product 0 is in nearly every basket, 1 and 2 belong together, the others are picked at random."""
    dice = np.random.default_rng(seed)
    lists = []
    for number in range(600):
        others = dice.choice(np.arange(3, 60), 3, replace=False).tolist()
        star = [0] if dice.random() < 0.9 else []
        lists.append([*star, *([1, 2] if number % 10 == 0 else []), *others])
    return lists


@pytest.mark.parametrize("anonymous", [False, True])
def test_a_best_seller_that_goes_with_everything_is_beside_nothing(anonymous: bool) -> None:
    """It shares the most baskets with every product, hardly one more than chance explains; a true pair is found."""
    dataset = bought(fair(), anonymous)
    table = neighbours.bought_together(dataset)
    lists = [of(table, row) for row in range(60)]
    assert of(table, 1)[0] == 2
    assert of(table, 2)[0] == 1
    most_shared = (baskets.before_cut(dataset).held.T @ baskets.before_cut(dataset).held).toarray()
    np.fill_diagonal(most_shared, 0)
    assert (most_shared.argmax(axis=1) == 0).mean() > 0.9
    assert sum(0 in each for each in lists) <= 6


def test_chance_pairs_are_not_bought_together() -> None:
    """Twice the same basket is no evidence, however rare its products are."""
    table = neighbours.bought_together(bought([[1, 2]] * 2 + [[3], [4]] * 40))
    assert table.lengths.sum() == 0


def test_large_baskets_alone_bring_nothing_together() -> None:
    """Some shoppers buy much of everything: pairs in their baskets are more than independence, and yet chance."""
    dice = np.random.default_rng(5)
    lists = [dice.choice(60, size, replace=False).tolist() for size in dice.choice([1, 40], 400, p=[0.7, 0.3])]
    table = neighbours.bought_together(bought(lists))
    assert table.lengths.sum() < 60 * 59 * 0.1


@given(st.lists(st.sets(st.integers(0, 9), min_size=1, max_size=7), min_size=20, max_size=60), st.floats(0, 0.5))
def test_no_neighbour_is_there_by_popularity(lists: list[set[int]], evenness: float) -> None:
    """Whatever is bought, every listed pair has a lift above 1: it shares more baskets than chance explains."""
    dataset = bought([sorted(each) for each in lists])
    table = neighbours.bought_together(dataset, evenness)
    pairs = baskets.before_cut(dataset).pairs(1)
    lifts = dict(zip(zip(pairs.rows, pairs.columns, strict=True), pairs.counted / pairs.chance, strict=True))
    listed = zip(np.repeat(np.arange(len(table.lengths)), table.lengths), table.rows, strict=True)
    assert all(lifts[pair] > 1 for pair in listed)


@given(st.lists(st.integers(1, 1_000), min_size=1, max_size=40))
def test_chance_leaves_every_product_as_many_neighbours_as_it_had(beside: list[int]) -> None:
    """What is expected of a product's pairs adds up to what was counted: on average its lift is 1."""
    had = np.array([*beside, max(beside), max(beside)], dtype=np.float64)  # none is in half of the pairs
    factors = baskets.pulls(had)
    assert factors * (factors.sum() - factors) == pytest.approx(had, rel=1e-3)


def test_evenness_puts_what_sells_less_first() -> None:
    """Half of the product's baskets hold the best-seller, fewer hold what is bought with nothing else."""
    lists = [[1, 2]] * 60 + [[1, 3]] * 40 + [[2, number % 50 + 5] for number in range(500)]
    table = {each: of(neighbours.Together(*_pair_counts(lists)).table(each), 1) for each in (0.0, 0.5)}
    assert (table[0.0], table[0.5]) == ([2, 3], [3, 2])


def test_the_evenness_is_what_completes_most_baskets() -> None:
    """Of those that are tried, on the slice that is given."""
    dataset = replace(bought([[2 * (number % 30), 2 * (number % 30) + 1] for number in range(600)]), cut=50)
    evenness, completed = neighbours.chosen(dataset)
    assert evenness in neighbours.EVENNESS
    assert completed == baskets.completion(dataset, neighbours.bought_together(dataset, evenness))


def _pair_counts(lists: list[list[int]]) -> tuple[baskets.Pairs, Doubles]:
    """All pairs of these baskets, lifted or not, and the counts of the products."""
    counted = baskets.before_cut(bought(lists))
    return counted.pairs(1), counted.held.sum(axis=0).astype(np.float64)


def test_dealers_are_not_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    """Baskets of very many products say little, and cost the most."""
    monkeypatch.setattr(baskets, "LARGEST", 5)
    monkeypatch.setattr(baskets, "MOST_BASKETS", 3)
    dataset = bought([[1, 2], [3, 4], list(range(6)), [5, 6], [7, 8]])
    assert baskets.before_cut(dataset).held.toarray().sum(axis=0)[:9].tolist() == [0, 0, 0, 1, 1, 1, 1, 1, 1]


def test_similar_products_share_buyers_or_words() -> None:
    """With the same vectors, the description decides; with no description at all, the vectors do."""
    dataset = small_dataset()
    words = dataset.products.with_columns(name=pl.lit("thing"), category=pl.lit([], pl.List(pl.String)))
    names = ["red lamp", "red lamp shade", "iron pan", *["thing"] * 57]
    lamps = replace(dataset, products=words.with_columns(name=pl.Series(names)))
    alike, even = np.ones((60, 4), dtype=np.float32), np.ones(60, dtype=np.float32)
    assert of(neighbours.similar(lamps, alike, even), 0)[0] == 1
    vectors = np.eye(60, 60, dtype=np.float32)
    vectors[7] = vectors[9]
    assert of(neighbours.similar(replace(dataset, products=words), vectors, even), 7)[0] == 9


def test_similar_products_are_looked_for_among_the_best_sold(monkeypatch: pytest.MonkeyPatch) -> None:
    """A bound for very large catalogues: the others have none."""
    monkeypatch.setattr(neighbours, "MOST_PRODUCTS", 10)
    dataset, popularity = small_dataset(), np.arange(60, dtype=np.float32)
    table = neighbours.similar(dataset, np.ones((60, 4), dtype=np.float32), popularity)
    assert np.flatnonzero(table.lengths).tolist() == list(range(50, 60))
    assert set(table.rows.tolist()) == set(range(50, 60))


def test_the_part_can_be_served() -> None:
    """Both tables read back, the same each time, and what they are worth is measured on the validation slice."""
    dataset = small_dataset()
    made = neighbours.part(training(dataset))
    assert made is not None
    assert made == neighbours.part(training(dataset))
    back = Neighbours.from_bytes(made.files[neighbours.FILE], dataset.products["id"].to_list())
    assert 0 < len(back.of("p0000", "similar", 50)) <= neighbours.LISTED
    figures = made.metrics["baskets completed"]
    assert 0 <= figures["recall"] <= figures["hit"] <= 1
    assert 0 < figures["popular recall"] < figures["popular hit"] <= 1


def test_completion_counts_what_is_foreseen() -> None:
    """Of baskets that are always the same pair, everything, where the best-sellers foresee a part."""
    lists = [[2 * (number % 30), 2 * (number % 30) + 1] for number in range(600)]
    dataset = replace(bought(lists), cut=50)
    figures = baskets.completion(dataset, neighbours.bought_together(dataset))
    assert (figures["hit"], figures["recall"]) == (1.0, 1.0)
    assert figures["popular hit"] < 0.5


def test_a_single_product_has_no_neighbours(capsys: pytest.CaptureFixture[str]) -> None:
    """The part is left out, with a reason; two products are enough."""
    small = small_dataset()
    two, one = (_first(small, count) for count in (2, 1))
    assert neighbours.part(training(two)) is not None
    assert neighbours.part(training(one)) is None
    assert "a single product" in capsys.readouterr().out


def _first(dataset: Dataset, count: int) -> Dataset:
    kept = dataset.products.head(count)
    bought_of = dataset.purchases.join(kept.select(product="id"), on="product", how="semi")
    return replace(dataset, products=kept, purchases=bought_of)
