"""Request units by Microsoft's table."""

from hypothesis import given
from hypothesis import strategies as st

from functions.contracts import DECISIONS
from infra.sizing import request_units

bytes_ = st.integers(0, 2 * 1_024 * 1_024)


def test_the_table_is_met() -> None:
    """At the sizes of the table reads and writes take just what it says."""
    for kilobytes, read, write in request_units.TABLE:
        assert request_units.read(kilobytes * 1_024) == read
        assert request_units.write(kilobytes * 1_024) == write


@given(bytes_, bytes_)
def test_larger_documents_never_take_less(one: int, other: int) -> None:
    """Between the sizes of the table the units rise."""
    small, large = sorted((one, other))
    assert request_units.read(small) <= request_units.read(large)
    assert request_units.write(small) <= request_units.write(large)
    assert request_units.read(small) < request_units.query(small)


def test_what_is_not_indexed_does_not_count() -> None:
    """Of a decision, products and reasons are read but never searched: they make a write no dearer."""
    document = {"id": "1", "arm": "holdout", "products": [{"id": "2"}], "reasons": ["3", "4"]}
    assert request_units.indexed_values(document, DECISIONS.unindexed) == 2
    assert request_units.indexed_values(document, ()) == 5
