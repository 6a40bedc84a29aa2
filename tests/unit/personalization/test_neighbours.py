"""What stands beside a product."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.personalization.neighbours import InvalidNeighboursError, Kind, Neighbours, Table

PRODUCTS = ("tent", "stove", "mat", "lamp")


def table(lists: list[list[int]]) -> Table:
    """Neighbours by row, their scores falling from 1."""
    scores = [1 / (place + 1) for each in lists for place in range(len(each))]
    rows = np.array([row for each in lists for row in each], dtype=np.int64)
    return Table(rows, np.array(scores, dtype=np.float32), np.array([len(each) for each in lists]))


def neighbours() -> Neighbours:
    tables: dict[Kind, Table] = {
        "similar": table([[2], [3], [0, 1, 3], []]),
        "together": table([[1, 2, 3], [0], [], [0]]),
    }
    return Neighbours(tables, PRODUCTS)


def test_neighbours_are_looked_up_by_product() -> None:
    """Ids with their scores, best first, as many as are wanted."""
    assert neighbours().of("tent", "together", 2) == (("stove", 1.0), ("mat", 0.5))
    assert [product for product, _ in neighbours().of("mat", "similar", 9)] == ["tent", "stove", "lamp"]


@given(st.text(), st.sampled_from(["similar", "together"]), st.integers(-5, 5))
def test_any_question_has_an_answer(product: str, kind: Kind, count: int) -> None:
    """An unknown product has no neighbours, and a silly number gives none."""
    assert len(neighbours().of(product, kind, count)) <= max(count, 0)


def test_a_product_without_neighbours_has_none() -> None:
    """It does not get those of the next."""
    assert neighbours().of("lamp", "similar", 5) == ()
    assert neighbours().of("mat", "together", 5) == ()


def test_tables_survive_their_file() -> None:
    """The same neighbours, and the same bytes whenever they are written."""
    content = neighbours().to_bytes()
    back = Neighbours.from_bytes(content, PRODUCTS)
    assert back.to_bytes() == content
    assert [back.of(product, "together", 9) for product in PRODUCTS[:2]] == [
        (("stove", 1.0), ("mat", 0.5), ("lamp", pytest.approx(1 / 3, abs=1e-3))),
        (("tent", 1.0),),
    ]


@pytest.mark.parametrize("content", [b"", b"garbage", b"PK\x03\x04 half a zip"])
def test_a_file_that_is_no_table_is_refused(content: bytes) -> None:
    """By one error, whatever is wrong with it."""
    with pytest.raises(InvalidNeighboursError, match="not tables"):
        Neighbours.from_bytes(content, PRODUCTS)


def test_tables_of_another_catalogue_are_refused() -> None:
    """They would name the wrong products."""
    with pytest.raises(InvalidNeighboursError, match="for 4 products, the catalogue has 3"):
        Neighbours.from_bytes(neighbours().to_bytes(), PRODUCTS[:3])


@pytest.mark.parametrize("lists", [[[4], [], [], []], [[-1], [], [], []]])
def test_rows_beyond_the_catalogue_are_refused(lists: list[list[int]]) -> None:
    """A row that no product has cannot be shown."""
    with pytest.raises(InvalidNeighboursError, match="not in the catalogue"):
        Neighbours({"similar": table(lists)}, PRODUCTS)


def test_lengths_that_do_not_fit_are_refused() -> None:
    """They must cover all neighbours exactly."""
    whole = table([[1], [0], [], []])
    with pytest.raises(InvalidNeighboursError, match="lengths"):
        Neighbours({"similar": Table(whole.rows[:1], whole.scores, whole.lengths)}, PRODUCTS)
