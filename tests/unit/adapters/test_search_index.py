"""Search over a catalogue."""

import asyncio
from collections.abc import Iterable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.adapters import search_index
from functions.adapters.search_index import CatalogIndex, TantivySearch
from functions.personalization.assortment import Assortment
from functions.personalization.catalog import Catalog, Product
from tests.unit.personalization.shop import shop

PRODUCTS = (
    Product("m1", "Milk, 16 oz", ("Food", "Dairy"), 1.5),
    Product("m2", "Milk, 32 oz", ("Food", "Dairy"), 2.5),
    Product("m3", "milk", ("Food", "Dairy"), 2.0, attributes={"brand": "Alpine"}),
    Product("butter", "Butter", ("Food", "Dairy"), 2.0),
    Product("soap", "Soap", ("Household", "Bath"), 2.5, attributes={"brand": "Butterfly"}),
    Product("4711", "Cologne", ("Household", "Bath"), 9.5),
)
CATALOG = Catalog(PRODUCTS)
INDEX = CatalogIndex.of(CATALOG)


class ShelfOf:
    """A shelf whose catalogue a test can replace."""

    def __init__(self, products: Iterable[Product]) -> None:
        self.assortment = shop(catalog=Catalog(products))

    async def current(self) -> Assortment:
        """What there is now."""
        return self.assortment


def ids(term: str, index: CatalogIndex = INDEX) -> list[str]:
    """Ids of what is found."""
    return [index.catalog.ids[row] for row in index.find(term, 10).rows]


def test_a_product_is_found_by_its_very_id() -> None:
    """First, and once, also when its name is found too."""
    assert ids(" 4711 ") == ["4711"]
    assert ids("butter") == ["butter", "soap"]
    assert INDEX.find("4711", 1).scores.tolist() == [1.0]


@given(st.lists(st.tuples(st.sampled_from(["4711", "milk", " milk ", "butter"]), st.integers(0, 4)), max_size=9))
def test_what_is_kept_is_what_would_be_found(asked: list[tuple[str, int]]) -> None:
    """Whatever was asked for before, and however many."""
    index = CatalogIndex.of(CATALOG)
    for term, count in asked:
        INDEX.kept.clear()
        found, fresh = index.find(term, count), INDEX.find(term, count)
        assert (found.rows.tolist(), found.scores.tolist()) == (fresh.rows.tolist(), fresh.scores.tolist())


def test_the_last_searches_are_kept_and_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    """The one that was not asked for longest goes; one that found too many products is not kept."""
    monkeypatch.setattr(search_index, "CAPACITY", 2)
    monkeypatch.setattr(search_index, "LONGEST_KEPT", 2)
    index = CatalogIndex.of(CATALOG)
    soap = index.find("soap", 10)
    for term in ("butter", "soap", "4711", "milk"):
        index.find(term, 10)
    assert [term for term, _ in index.kept] == ["soap", "4711"]
    assert index.find("soap", 10) is soap


def test_attributes_are_searched() -> None:
    """A brand, for one."""
    assert ids("alpine") == ["m3"]


def test_suggestions_are_names_and_categories_without_variants() -> None:
    """Each once, whatever its capitals and size."""
    assert INDEX.suggest("mil", 5) == ("milk",)
    assert INDEX.suggest("da", 5) == ("Dairy",)
    assert INDEX.suggest("b", 1) == ("Bath",)
    assert INDEX.suggest("milk butter", 5) == ()


@given(st.text(max_size=100), st.integers(0, 8))
def test_any_text_finds_rows_of_the_catalogue(text: str, count: int) -> None:
    """At most as many as wanted, each once; any text can be completed, too."""
    found = INDEX.find(text, count)
    assert found.rows.shape == found.scores.shape
    assert len(found.rows) == len(np.unique(found.rows)) <= count
    assert np.isin(found.rows, np.arange(len(CATALOG))).all()
    assert len(INDEX.suggest(text, count)) <= count


async def test_a_new_catalogue_is_searched_as_soon_as_its_index_is_made() -> None:
    """Until then the old index answers with the rows of the new catalogue, without what is gone."""
    shelf = ShelfOf(PRODUCTS)
    search = TantivySearch(shelf)
    old = shelf.assortment.catalog
    assert len((await search.find("milk", 10, old)).rows) == 3
    shelf.assortment = shop(catalog=Catalog([Product("new", "Oat Milk", ("Food",), 3.0), *PRODUCTS[1:]]))
    catalog = shelf.assortment.catalog
    meanwhile = [catalog.ids[row] for row in (await search.find("milk", 10, catalog)).rows]
    await search.settled()
    afterwards = [catalog.ids[row] for row in (await search.find("milk", 10, catalog)).rows]
    assert sorted(meanwhile) == ["m2", "m3"]
    assert sorted(afterwards) == ["m2", "m3", "new"]
    assert await search.suggest("oat", 3) == ("Oat Milk",)
    late = [old.ids[row] for row in (await search.find("milk", 10, old)).rows]
    assert sorted(late) == ["m2", "m3"]  # of whom the shelf was refreshed under: rows of what it had read


async def test_many_first_callers_wait_for_one_index() -> None:
    """One that gives up does not take it from the others."""
    search = TantivySearch(ShelfOf(PRODUCTS))
    impatient, *others = (asyncio.create_task(search.find("milk", 1, CATALOG)) for _ in range(5))
    await asyncio.sleep(0)
    impatient.cancel()
    assert [len(found.rows) for found in await asyncio.gather(*others)] == [1] * 4
