"""The catalogue as one value."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.adapters.packed_catalog import FORMAT, NotPackedCatalogError, catalog_of, pack, unpack
from functions.personalization.catalog import Catalog, Product

moments = st.none() | st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
products = st.builds(
    Product,
    id=st.from_regex(r"[A-Za-z0-9_-]{1,20}", fullmatch=True),
    name=st.text(min_size=1, max_size=40),
    category=st.lists(st.text(max_size=20), max_size=3).map(tuple),
    price=st.floats(0, 1e6),
    available_from=moments,
    available_until=moments,
    attributes=st.none() | st.dictionaries(st.text(max_size=9), st.text(max_size=9), min_size=1, max_size=3),
)


@given(st.lists(products, max_size=20, unique_by=lambda product: product.id))
def test_what_is_packed_is_unpacked(found: list[Product]) -> None:
    """No product, and no character of it, is lost."""
    assert unpack(pack(Catalog(found))).products == tuple(found)


@given(st.binary(max_size=200))
def test_other_bytes_are_refused(rubbish: bytes) -> None:
    """Whatever stands there, it is an error of one kind."""
    for packed in (rubbish, FORMAT + rubbish):
        with pytest.raises(NotPackedCatalogError):
            unpack(packed)


def test_documents_are_ordered_by_id() -> None:
    """Two processes have the same rows."""
    documents = [Product(name, name, ("D",), 1).to_document() for name in "cab"]
    assert catalog_of(documents).ids == ("a", "b", "c")
