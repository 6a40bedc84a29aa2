"""Profiles and their documents."""

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.personalization.shopper import History, InvalidShopperError, Shopper


@st.composite
def histories(draw: st.DrawFn) -> History:
    """Columns of the same length."""
    size = draw(st.integers(0, 5))

    def column(values: st.SearchStrategy[Any]) -> tuple[Any, ...]:
        return tuple(draw(st.lists(values, min_size=size, max_size=size)))

    days = st.integers(0, 30_000)
    products, weights = column(st.text("abc", min_size=1)), column(st.floats(0, 1e6))
    return History(products, column(days), column(days), column(days), weights, draw(st.floats(0, 1e5)))


shoppers = st.builds(
    Shopper,
    id=st.text("abc123", min_size=1),
    segment=st.text(max_size=8),
    affinities=st.dictionaries(st.text(max_size=5), st.floats(0, 1), max_size=4),
    history=histories(),
    personalize=st.booleans(),
    distance_miles=st.none() | st.floats(0, 1e4),
    region=st.none() | st.text(max_size=5),
    traits=st.dictionaries(st.text(max_size=5), st.text(max_size=5), max_size=3),
    updated=st.none() | st.datetimes(timezones=st.just(UTC)),
)


@given(shoppers)
def test_a_profile_survives_its_document(shopper: Shopper) -> None:
    """What is stored is what is read."""
    assert Shopper.from_document(shopper.to_document()) == shopper


def test_a_document_with_the_least_is_a_shopper_of_whom_nothing_is_known() -> None:
    """Id and segment are enough."""
    assert Shopper.from_document({"id": "anna", "segment": "unknown"}) == Shopper("anna", "unknown")


@pytest.mark.parametrize(
    "wrong",
    [
        {"personalize": "false"},
        {"personalize": 0},
        {"affinities": {"food": "secretly fond"}},
        {"affinities": ["secretly fond"]},
        {"distanceMiles": "secretly far"},
        {"updated": "secretly"},
        {"history": {"products": ["secretly"], "weights": []}},
        {"history": {"products": 7}},
    ],
)
def test_a_document_that_is_no_profile_is_refused_without_quoting_it(wrong: dict[str, Any]) -> None:
    """The text names the document, and never what is in it: it ends up in logs."""
    profile = Shopper("anna", "families", updated=datetime(2026, 1, 1, tzinfo=UTC)).to_document()
    with pytest.raises(InvalidShopperError, match="_rid 'r1' is not a shopper") as refused:
        Shopper.from_document({**profile, "_rid": "r1", **wrong})
    assert "secretly" not in str(refused.value)
    assert "anna" not in str(refused.value)


def test_a_profile_without_a_segment_is_refused() -> None:
    """The text names the field."""
    with pytest.raises(InvalidShopperError, match="'segment' is missing"):
        Shopper.from_document({"id": "anna"})
