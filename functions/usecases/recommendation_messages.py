"""The question and the answer of `/api/v1/recommendations/{list}`."""

from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator, Field, PrivateAttr, model_validator

from functions.events import Id
from functions.personalization.filters import Filter
from functions.usecases.metrics import Answer

MOST_IDS, MOST_SHOWN, MOST_SKIPPED = 200, 100, 1_000


def _split(value: object) -> object:
    """A query parameter is one text with commas, a body has arrays."""
    if isinstance(value, str):
        return tuple(part.strip() for part in value.split(",") if part.strip())
    return value


def _pairs(value: tuple[str, ...]) -> tuple[str, ...]:
    for pair in value:
        name, equals, told = pair.partition("=")
        if not (name.strip() and equals and told.strip()):
            raise ValueError(f"'{pair[:40]}' is not of the form name=value")
    return value


Ids = Annotated[tuple[Id, ...], BeforeValidator(_split), Field(max_length=MOST_IDS)]
Pairs = Annotated[
    tuple[Annotated[str, Field(max_length=128, json_schema_extra={"pattern": r"\S\s*=\s*\S"})], ...],
    BeforeValidator(_split), Field(max_length=20), AfterValidator(_pairs),
]  # fmt: skip
Price = Annotated[float, Field(ge=0, le=1e6, allow_inf_nan=False)]


class RecommendationQuery(Answer):
    """Which list, for whom, and what may be in it. Lists of ids are separated by commas in a URL."""

    user_id: Annotated[Id | None, Field(description="A shopper with a profile")] = None
    session_id: Annotated[Id | None, Field(description="A visit; its events have this id as subject")] = None
    count: Annotated[int, Field(ge=1, le=MOST_SHOWN, description="Products of a page")] = 10
    skip: Annotated[int, Field(ge=0, le=MOST_SKIPPED, description="Products of the pages before")] = 0
    channel: Annotated[Id | None, Field(description="Where the list is shown: decides which rules apply")] = None
    catalog: Annotated[Id | None, Field(description="Reserved: a shop has one catalogue")] = None
    seed: Annotated[Ids, Field(description="Products that `similar`, `bought-together` and `basket` start from")] = ()
    items: Annotated[Ids, Field(description="Candidates of `rank`, or the wish list of `wish-list`")] = ()
    q: Annotated[str | None, Field(max_length=256, description="Search term of `search`")] = None
    category: Annotated[str | None, Field(max_length=512, description="Path, levels separated by /")] = None
    price_min: Annotated[Price | None, Field(description="The lowest price, included")] = None
    price_max: Annotated[Price | None, Field(description="The highest price, included")] = None
    attributes: Annotated[Pairs, Field(description="name=value that products must have")] = ()
    exclude: Annotated[Ids, Field(description="Products that must not be in the list")] = ()
    exclude_seen: Annotated[bool, Field(description="Without what was touched in the session")] = False
    exclude_bought: Annotated[bool, Field(description="Without what the shopper ever bought")] = False
    diversity: Annotated[float, Field(ge=0, le=1, description="0: the best; towards 1: the most different")] = 0.0
    refine: Annotated[Literal["ignore-history"] | None, Field(description="`ignore-history`: nothing personal")] = (
        None
    )
    explain: Annotated[bool, Field(description="Tell where each product comes from")] = False

    @model_validator(mode="after")
    def _prices_are_a_range(self) -> "RecommendationQuery":
        if self.price_min is not None and self.price_max is not None and self.price_min > self.price_max:
            raise ValueError("`priceMin` must not be above `priceMax`")
        return self

    @property
    def personal(self) -> bool:
        """Whether it is about somebody: else the answer is the same for everyone."""
        return bool(self.user_id or self.session_id)

    @property
    def narrowed(self) -> bool:
        """Whether filters may leave only a small part of the catalogue."""
        return bool(self.category or self.attributes or self.price_min is not None or self.price_max is not None)

    @property
    def last(self) -> int:
        """How many products the page, and those before it, hold."""
        return self.skip + self.count

    def filter(self, excluded: frozenset[str]) -> Filter:
        """The filter, with more products that must not be shown."""
        return Filter(
            category=tuple(level.strip() for level in (self.category or "").split("/") if level.strip()),
            cheapest=self.price_min,
            dearest=self.price_max,
            attributes={name.strip(): told.strip() for name, _, told in (p.partition("=") for p in self.attributes)},
            excluded=frozenset(self.exclude) | excluded,
        )


class RecommendedItem(Answer):
    """A product of a list; `trackingId` ties what becomes of it to this answer, `score` orders one list only."""

    id: str
    name: str
    category: tuple[str, ...]
    price: float
    score: float
    tracking_id: str
    reason: str
    explain: str | None = None


class RecommendationList(Answer):
    """A page of a list. `path` is warm when the model read the shopper, `total` counts what the list can show.

    `fallback` names what filled up the list where it had too little of its own; `degraded`, services that were down.
    """

    list: str
    title: str
    model: str
    path: Literal["warm", "cold"]
    degraded: tuple[str, ...] = ()
    fallback: str | None = None
    total: int
    items: tuple[RecommendedItem, ...]
    _json: str | None = PrivateAttr(default=None)

    def to_json(self) -> str:
        """The list as it is answered; made once, as what is the same for everyone is answered again and again."""
        if self._json is None:
            self._json = self.model_dump_json(by_alias=True)
        return self._json
