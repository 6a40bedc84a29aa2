"""A shop's catalogue, looked at: one product, and what somebody who types may be looking for."""

from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

from functions.usecases.ports import ProductSearch, Shelf


class NoSuchProductError(Exception):
    """The catalogue does not have the product."""

    def __init__(self) -> None:
        super().__init__("There is no such product.")


class Answer(BaseModel):
    """Immutable, camelCase in JSON."""

    model_config = ConfigDict(frozen=True, alias_generator=to_camel, populate_by_name=True, serialize_by_alias=True)


class SuggestionsQuery(Answer):
    """What was typed so far, and the most suggestions wanted."""

    q: Annotated[str, Field(max_length=256, description="What was typed so far; typing errors are forgiven")] = ""
    count: Annotated[int, Field(ge=1, le=20)] = 8


class Suggestions(Answer):
    """Names of products and categories that have all the words, best first; each can be searched for."""

    suggestions: tuple[str, ...]


class ProductAnswer(Answer):
    """A product; `price` for one unit, `category` from the department down, `available` at this moment."""

    id: str
    name: str
    category: tuple[str, ...]
    price: float
    attributes: dict[str, str]
    available: bool


async def suggest(search: ProductSearch, query: SuggestionsQuery) -> Suggestions:
    """What the words may become; raises `StoreUnavailableError`."""
    return Suggestions(suggestions=await search.suggest(query.q, query.count))


async def look_at(shelf: Shelf, product_id: str, now: datetime) -> ProductAnswer:
    """The product, also one that cannot be shown now; raises `NoSuchProductError` and `StoreUnavailableError`."""
    catalog = (await shelf.current()).catalog
    rows = catalog.positions([product_id])
    if rows[0] < 0:
        raise NoSuchProductError
    product = catalog.products[rows[0]]
    return ProductAnswer(
        id=product.id,
        name=product.name,
        category=product.category,
        price=product.price,
        attributes=dict(product.attributes or {}),
        available=bool(catalog.available(rows, now)[0]),
    )
