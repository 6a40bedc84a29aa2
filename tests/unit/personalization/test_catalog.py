"""Products, their documents, and what is available when."""

from datetime import UTC, datetime
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.personalization.catalog import Catalog, InvalidProductError, Product
from tests.unit.personalization.shop import HOUR, NOW

moments = st.integers(0, 4_000_000_000).map(lambda second: datetime.fromtimestamp(second, UTC))
products = st.builds(
    Product,
    id=st.from_regex(r"[A-Za-z0-9_.-]{1,20}", fullmatch=True),
    name=st.text(max_size=20),
    category=st.lists(st.text(max_size=8), max_size=3).map(tuple),
    price=st.floats(0, 1e6),
    available_from=st.none() | moments,
    available_until=st.none() | moments,
    attributes=st.none() | st.dictionaries(st.text(max_size=5), st.text(max_size=5), min_size=1, max_size=3),
)


@given(products)
def test_a_product_survives_its_document(product: Product) -> None:
    """What is stored is what is read."""
    assert Product.from_document(product.to_document()) == product


@pytest.mark.parametrize(
    ("wrong", "fault"),
    [
        ({"id": "a b"}, "cannot travel"),
        ({"id": "x" * 129}, "cannot travel"),
        ({"price": float("nan")}, "price"),
        ({"price": -1}, "price"),
        ({"price": "dear"}, "dear"),
        ({"category": "food"}, "not a list"),
        ({"availableFrom": "2026-01-01T00:00:00"}, "no time zone"),
        ({"availableUntil": 7}, "TypeError"),
    ],
)
def test_a_document_that_is_no_product_is_refused(wrong: dict[str, Any], fault: str) -> None:
    """A product that could not be shown, sold or told of is stopped at the door, naming the document."""
    document = {**Product("milk", "Milk", ("food",), 1.5).to_document(), **wrong}
    with pytest.raises(InvalidProductError, match=fault):
        Product.from_document(document)


def test_a_document_without_a_price_is_refused() -> None:
    """The text names the document and the field."""
    document = Product("milk", "Milk", ("food",), 1.5).to_document()
    del document["price"]
    with pytest.raises(InvalidProductError, match=r"'milk' is not a product: KeyError\('price'\)"):
        Product.from_document(document)


@given(moments, st.none() | moments, st.none() | moments)
def test_a_product_is_available_from_its_start_until_before_its_end(
    now: datetime, starts: datetime | None, ends: datetime | None
) -> None:
    """The start belongs to the window, the end does not, and None is no limit."""
    catalog = Catalog([Product("milk", "Milk", ("food",), 1.5, starts, ends)])
    expected = (starts is None or starts <= now) and (ends is None or now < ends)
    assert catalog.available(catalog.positions(["milk"]), now).tolist() == [expected]


def test_the_ends_of_the_window_are_exact() -> None:
    """At its start a product is there, at its end it is gone."""
    catalog = Catalog([Product("milk", "Milk", ("food",), 1.5, NOW, NOW + HOUR)])
    rows = catalog.positions(["milk"])
    assert catalog.available(rows, NOW).all()
    assert not catalog.available(rows, NOW + HOUR).any()


@given(st.lists(products, max_size=6), st.data())
def test_what_is_on_sale_is_what_is_available_at_each_moment(products: list[Product], data: st.DataObject) -> None:
    """Whenever it is asked, in whatever order, at a start and an end too, and whatever callers do to the answer."""
    catalog = Catalog(products)
    ends = [each for p in products for each in (p.available_from, p.available_until) if each]
    for now in data.draw(st.lists(st.sampled_from(ends) | moments if ends else moments, max_size=8)):
        mask = catalog.on_sale(now)
        assert mask.tolist() == catalog.available(np.arange(len(products)), now).tolist()
        mask[:] = False


@pytest.mark.parametrize("products", [[], [Product("milk", "Milk", ("food",), 1.5)]])
def test_what_the_catalogue_does_not_have_is_never_available(products: list[Product]) -> None:
    """An unknown id has row -1 and is not available, in an empty catalogue too."""
    catalog = Catalog(products)
    rows = catalog.positions(["unicorn"])
    assert rows.tolist() == [-1]
    assert not catalog.available(rows, NOW).any()


def test_departments_are_the_tops_of_the_category_paths() -> None:
    """Each product's department is found by its code; a product without a category has the nameless one."""
    catalog = Catalog(
        [Product("a", "A", ("food", "dairy"), 1), Product("b", "B", (), 1), Product("c", "C", ("car",), 1)]
    )
    assert [catalog.departments[code] for code in catalog.department_codes] == ["food", "", "car"]
    assert catalog.department_codes.dtype == np.int64
    assert (len(catalog), catalog.ids) == (3, ("a", "b", "c"))
