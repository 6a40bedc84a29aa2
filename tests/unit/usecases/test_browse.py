"""Products looked at, and suggestions."""

from collections.abc import Iterable
from datetime import timedelta

import pytest
from pydantic import ValidationError

from functions.personalization.assortment import Assortment
from functions.personalization.catalog import Catalog, Product
from functions.usecases.browse import NoSuchProductError, SuggestionsQuery, look_at, suggest
from functions.usecases.ports import Found
from tests.unit.personalization.shop import NOW, shop

TEA = Product(
    "tea",
    "Tea",
    ("food", "drinks"),
    3.5,
    available_from=NOW,
    available_until=NOW + timedelta(days=1),
    attributes={"brand": "Alpine"},
)


class ShelfOf:
    """A shelf with these products."""

    def __init__(self, products: Iterable[Product]) -> None:
        self._assortment = shop(catalog=Catalog(products))

    async def current(self) -> Assortment:
        """What there is."""
        return self._assortment


class Echo:
    """A search that suggests what it was asked."""

    async def find(self, term: str, count: int, catalog: Catalog) -> Found:
        """Not asked here."""
        raise NotImplementedError

    async def suggest(self, prefix: str, count: int) -> tuple[str, ...]:
        """The prefix, as often as wanted."""
        return (prefix,) * count


async def test_a_product_tells_everything_a_page_shows() -> None:
    """With camelCase names and the whole category path."""
    found = await look_at(ShelfOf([TEA]), "tea", NOW)
    assert found.model_dump() == {
        "id": "tea",
        "name": "Tea",
        "category": ("food", "drinks"),
        "price": 3.5,
        "attributes": {"brand": "Alpine"},
        "available": True,
    }


async def test_a_product_that_is_over_can_still_be_looked_at() -> None:
    """A link to it may be old; it says that it is not available."""
    found = await look_at(ShelfOf([TEA]), "tea", NOW + timedelta(days=1))
    assert not found.available


async def test_an_unknown_product_is_told_by_name() -> None:
    """The door makes it a 404."""
    with pytest.raises(NoSuchProductError):
        await look_at(ShelfOf([TEA]), "coffee", NOW)


async def test_suggestions_are_those_of_the_search() -> None:
    """As many as wanted, eight by default."""
    assert (await suggest(Echo(), SuggestionsQuery(q="te", count=2))).suggestions == ("te", "te")
    assert len((await suggest(Echo(), SuggestionsQuery(q="te"))).suggestions) == 8


@pytest.mark.parametrize("wrong", [{"count": 0}, {"count": 21}, {"q": "x" * 257}])
def test_absurd_questions_are_refused(wrong: dict[str, object]) -> None:
    """At the door, by the model."""
    with pytest.raises(ValidationError):
        SuggestionsQuery.model_validate(wrong)
