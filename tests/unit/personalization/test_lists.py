"""What no list may break, whatever it ranks by."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from functions.personalization.catalog import Catalog, Product
from functions.personalization.diversity import diversified
from functions.personalization.filters import Filter, allowed
from functions.personalization.lists import Ranking, filled
from tests.unit.personalization.shop import CATALOG, HOUR, NOW

SIZE = 12
rows = st.lists(st.integers(-1, SIZE - 1), max_size=20)


@st.composite
def rankings(draw: st.DrawFn, name: str) -> Ranking:
    """Products, some of them twice or not in the catalogue, with falling scores."""
    found = draw(rows)
    scores = sorted(draw(st.lists(st.floats(0, 1e6), min_size=len(found), max_size=len(found))), reverse=True)
    return Ranking(name, np.array(found, dtype=np.int64), np.array(scores))


masks = st.lists(st.booleans(), min_size=SIZE, max_size=SIZE).map(lambda each: np.array(each, dtype=np.bool_))


@given(rankings("own"), rankings("more"), rankings("most"), masks, st.integers(0, 20))
def test_a_list_holds_what_is_allowed_once_and_as_much_as_there_is(
    own: Ranking, more: Ranking, most: Ranking, mask: np.ndarray, wanted: int
) -> None:
    """Nothing else, nothing twice, and it is too short only when all rankings together hold no more."""
    found = filled([own, more, most], mask, wanted)
    shown = found.rows.tolist()
    assert all(mask[row] for row in shown)
    assert len(set(shown)) == len(shown) == len(found.origins) == len(found.scores)
    qualify = {row for each in (own, more, most) for row in each.rows.tolist() if row >= 0 and mask[row]}
    assert len(shown) >= min(wanted, len(qualify))


@given(rankings("own"), rankings("more"), masks, st.integers(0, 20), st.integers(0, 20))
def test_a_longer_list_begins_as_the_shorter_one(
    own: Ranking, more: Ranking, mask: np.ndarray, one: int, two: int
) -> None:
    """So that pages fit together."""
    short, long = (filled([own, more], mask, wanted).rows.tolist() for wanted in sorted((one, two)))
    assert long[: len(short)] == short


@given(rankings("own"), rankings("more"), masks)
def test_what_fills_up_comes_after_what_is_the_lists_own(own: Ranking, more: Ranking, mask: np.ndarray) -> None:
    """In place and in score, and it is told where it comes from."""
    found = filled([own, more], mask, SIZE)
    count = found.origins.count("own")
    assert found.origins == ("own",) * count + ("more",) * (len(found.origins) - count)
    assert (np.diff(found.scores) <= 1e-9 * np.maximum(found.scores[:-1], 1)).all()
    assert found.fallbacks == (("more",) if "more" in found.origins else ())


def test_filters_keep_what_the_caller_wants() -> None:
    """Category, however it is capitalised, prices, exclusions; what is unknown matches nothing."""

    def names(**wanted: object) -> list[str]:
        mask = allowed(Filter(**wanted), CATALOG, NOW)  # type: ignore[arg-type]
        return [CATALOG.ids[row] for row in np.flatnonzero(mask)]

    assert names() == ["milk", "bread", "beer", "soap"]
    assert names(category=("FOOD",)) == ["milk", "bread", "beer"]
    assert names(category=("food", "dairy")) == ["milk"]
    assert names(category=("food'; DROP TABLE",)) == []
    assert names(cheapest=2.0, dearest=2.5) == ["bread", "soap"]
    assert names(excluded=frozenset({"beer", "gone"})) == ["milk", "bread", "soap"]
    assert names(attributes={"brand": "x"}) == []


def test_attributes_and_availability_are_kept() -> None:
    """What is not on sale yet is never shown, whatever else it is."""
    catalog = Catalog([
        Product("tea", "Tea", ("food",), 1.0, attributes={"Brand": "Leaf"}),
        Product("mate", "Mate", ("food",), 1.0, available_from=NOW + HOUR, attributes={"Brand": "Leaf"}),
    ])  # fmt: skip
    assert allowed(Filter(attributes={"brand": "leaf"}), catalog, NOW).tolist() == [True, False]


@given(st.lists(st.integers(0, 3), unique=True, max_size=4), st.floats(0, 1))
def test_diversity_only_changes_the_order(found: list[int], share: float) -> None:
    """Every product stays, and the best stays first."""
    scores = np.arange(len(found), 0, -1.0)
    order = diversified(np.array(found, dtype=np.int64), scores, CATALOG, share)
    assert sorted(order.tolist()) == list(range(len(found)))
    assert not found or order[0] == 0 or share == 1.0


def test_a_diverse_list_changes_department_sooner() -> None:
    """With a large share, soap comes before the third food."""
    found = np.arange(4)
    order = diversified(found, np.array([4.0, 3.9, 3.8, 3.7]), CATALOG, 0.9)
    assert order.tolist().index(3) == 1
