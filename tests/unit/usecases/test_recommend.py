"""Every list of the API, over fakes: what it holds, what fills it up, and what it must not show."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import count
from typing import Any

import numpy as np
import pytest
from pydantic import ValidationError

from functions.events import ID_PATTERN
from functions.personalization.assortment import Affinities
from functions.personalization.catalog import Catalog
from functions.personalization.curation import Curation, Rule
from functions.personalization.eligibility import Occasion
from functions.personalization.neighbours import Kind
from functions.personalization.recommendations import Scored
from functions.personalization.shopper import History, InvalidShopperError, Memory, Recent, Shopper
from functions.usecases.ports import Found, MemoryUnavailableError
from functions.usecases.recommend import MissingInputError, Recommend, UnknownListError
from functions.usecases.recommendation_lists import REASONS, TITLES
from functions.usecases.recommendation_messages import RecommendationList, RecommendationQuery
from tests.unit.personalization.shop import NOW, shop
from tests.unit.usecases.fakes import FakeModel, FakeModels, FakeShelf, FakeShoppers

DAY = int(NOW.timestamp() // 86_400)
ANNA = Shopper(
    "anna",
    "families",
    history=History(("soap", "beer"), (4, 2), (DAY - 40, DAY - 9), (DAY - 10, DAY - 1), (3.0, 1.0), as_of=float(DAY)),
)
SECRET = replace(ANNA, id="secret", personalize=False)


@dataclass
class RankingModel(FakeModel):
    """Knows soap and beer of Anna, neighbours of bread, and when products were first sold."""

    async def score(self, occasion: Occasion, count: int) -> Scored:
        known = await super().score(occasion, count)
        knows = occasion.shopper.history.products or occasion.memory.recent
        return known if knows else replace(known, products=(), scores=known.scores[:0])

    async def candidates_of(self, occasion: Occasion, count: int) -> Scored:
        return await self.score(occasion, count)

    def neighbours(self, product: str, kind: Kind, count: int) -> Affinities:
        tables: Mapping[tuple[str, Kind], Affinities] = {
            ("bread", "together"): (("milk", 0.5), ("soap", 0.4)),
            ("bread", "similar"): (("beer", 0.9),),
        }
        return tables.get((product, kind), ())[:count]

    def days_on_sale(self) -> Mapping[str, float]:
        return {"milk": 300.0, "bread": 2.0, "beer": 50.0}


@dataclass
class Remembered:
    """What fast memory holds of each subject."""

    memories: dict[str, Memory] = field(default_factory=dict)
    down: bool = False

    async def look(self, subjects: Sequence[str]) -> Memory:
        if self.down:
            raise MemoryUnavailableError("Redis is stopped")
        found = [self.memories[each] for each in subjects if each in self.memories]
        return Memory(recent=tuple(event for memory in found for event in memory.recent))


@dataclass
class Trending:
    """What is looked at."""

    products: Affinities = ()
    down: bool = False

    async def trending(self) -> Affinities:
        if self.down:
            raise MemoryUnavailableError("Redis is stopped")
        return self.products


class Searching:
    """Finds milk and bread, whatever is typed."""

    async def find(self, term: str, count: int, catalog: Catalog) -> Found:
        return Found(np.array([0, 1]), np.array([0.5, 0.4]))

    async def suggest(self, prefix: str, count: int) -> tuple[str, ...]:
        return ()


@dataclass
class Rules:
    """The rules that a test wants."""

    rules: tuple[Rule, ...] = ()

    async def current(self) -> Curation:
        return self._curation

    @cached_property
    def _curation(self) -> Curation:
        return Curation(self.rules)


def recommending(**parts: Any) -> Recommend:
    """The use case over fakes; the model likes soap best, then beer."""
    numbers = count()
    defaults: dict[str, Any] = {
        "shoppers": FakeShoppers({each.id: each for each in (ANNA, SECRET)}),
        "memories": Remembered(),
        "shelf": FakeShelf(shop()),
        "models": FakeModels([RankingModel((("soap", 3.0), ("beer", 1.0)))]),
        "trends": Trending((("beer", 9.0),)),
        "search": Searching(),
        "rules": Rules(),
        "clock": lambda: NOW,
        "new_id": lambda: f"n{next(numbers)}",
    }
    return Recommend(**{**defaults, **parts})


async def asked(name: str, parts: Mapping[str, Any] | None = None, **query: Any) -> RecommendationList:
    """The answer to a question."""
    return await recommending(**(parts or {}))(name, RecommendationQuery.model_validate(query))


def ids(found: RecommendationList) -> list[str]:
    return [item.id for item in found.items]


@pytest.mark.parametrize(
    ("name", "query", "expected", "fallback"),
    [
        ("picks", {"userId": "anna"}, ["soap", "beer", "milk", "bread"], "popular"),
        ("picks", {}, ["milk", "bread", "beer", "soap"], None),
        ("picks", {"userId": "nobody"}, ["milk", "bread", "beer", "soap"], None),
        ("picks", {"userId": "secret"}, ["milk", "bread", "beer", "soap"], None),
        ("picks", {"userId": "anna", "refine": "ignore-history"}, ["milk", "bread", "beer", "soap"], None),
        ("similar", {"seed": "bread"}, ["beer", "milk", "soap"], "popular"),
        ("bought-together", {"seed": "bread"}, ["milk", "soap", "beer"], "similar"),
        ("basket", {"seed": "bread", "userId": "anna"}, ["soap", "milk", "beer"], "picks"),
        ("buy-again", {"userId": "anna"}, ["soap", "beer"], "bought"),
        ("buy-again", {}, [], None),
        ("trending", {}, ["beer", "milk", "bread", "soap"], "popular"),
        ("popular", {}, ["milk", "bread", "beer", "soap"], None),
        ("new", {}, ["bread", "beer", "milk", "soap"], "popular"),
        ("search", {"q": "anything"}, ["milk", "bread"], None),
        ("rank", {"items": "milk,beer,soap,gone", "userId": "anna"}, ["soap", "beer", "milk"], None),
        ("wish-list", {"items": "bread"}, ["beer", "milk", "soap"], "popular"),
        ("recently-viewed", {"userId": "anna"}, [], None),
    ],
)
async def test_each_list_holds_what_it_is_for(
    name: str, query: dict[str, Any], expected: list[str], fallback: str | None
) -> None:
    """In its order, filled up as documented, and it says by what."""
    found = await asked(name, **query)
    assert ids(found) == expected
    assert found.fallback == fallback
    assert found.title == TITLES[name]


async def test_a_session_is_remembered() -> None:
    """What a visitor looked at is recently viewed, newest first, and makes the answer warm."""
    looked = Memory(recent=(Recent("beer", "view_item", NOW), Recent("milk", "view_item", NOW)))
    parts = {"memories": Remembered({"s1": looked})}
    assert ids(await asked("recently-viewed", parts, sessionId="s1")) == ["beer", "milk"]
    assert (await asked("picks", parts, sessionId="s1")).path == "warm"
    assert ids(await asked("picks", parts, sessionId="s1", excludeSeen=True)) == ["soap", "bread"]


@pytest.mark.parametrize("name", sorted(TITLES))
async def test_no_list_shows_what_is_filtered_out_or_excluded(name: str) -> None:
    """Not even what a rule puts at the top."""
    top = Rule(id="top", name="top", kind="include", products=("beer", "soap"))
    query = {
        "seed": "bread",
        "items": "bread,beer",
        "q": "x",
        "exclude": "beer",
        "category": "Food",
        "userId": "anna",
    }
    found = await asked(name, {"rules": Rules((top,))}, **query)
    assert not {"beer", "soap"} & set(ids(found))


async def test_rules_are_applied_and_explained() -> None:
    """A product that a rule put in says so; one that was kept out makes room for another."""
    rules = Rules((
        Rule(id="a", name="a", kind="include", products=("bread",), lists=("picks", "summer")),
        Rule(id="b", name="b", kind="exclude", products=("milk",)),
    ))  # fmt: skip
    found = await asked("picks", {"rules": rules}, count=3, explain=True)
    assert ids(found) == ["bread", "beer", "soap"]
    assert "rule 'a'" in (found.items[0].explain or "")
    curated = await asked("summer", {"rules": rules})
    assert (ids(curated), curated.title) == (["bread"], "Summer")


async def test_a_list_that_nobody_made_is_not_found() -> None:
    """And the error names those that there are."""
    with pytest.raises(UnknownListError, match="picks"):
        await asked("winter")


async def test_pages_fit_together() -> None:
    """One after the other they are the whole list, for every list."""
    for name in TITLES:
        query: dict[str, Any] = {"seed": "bread", "items": "bread,beer,milk", "q": "x", "userId": "anna"}
        whole = ids(await asked(name, **query, diversity=0.5))
        pages = [ids(await asked(name, **query, diversity=0.5, count=2, skip=skip)) for skip in (0, 2, 4)]
        assert [each for page in pages for each in page] == whole


async def test_answers_go_on_without_redis_and_cosmos() -> None:
    """Marked as what they are."""
    parts = {"memories": Remembered(down=True), "trends": Trending(down=True)}
    found = await asked("trending", parts, userId="anna")
    assert (found.degraded, ids(found)[0], found.fallback) == (("redis",), "milk", "popular")
    lost = await asked("picks", {"shoppers": FakeShoppers({}, down=True)}, userId="anna")
    assert (lost.degraded, lost.path) == (("cosmos",), "cold")


class Unreadable(FakeShoppers):
    """A document is there that is no profile."""

    async def read(self, shopper_id: str) -> Shopper | None:
        raise InvalidShopperError({"id": shopper_id, "_rid": "r1"}, "history: it is a text")


async def test_a_profile_that_cannot_be_read_costs_nobody_its_list(caplog: pytest.LogCaptureFixture) -> None:
    """It is a good one for somebody unknown, marked, and the log says which document to put right."""
    found = await asked("picks", {"shoppers": Unreadable({})}, userId="anna")
    assert (found.degraded, found.path) == (("profile",), "cold")
    assert found.items
    assert "of _rid 'r1' is not a shopper: history" in caplog.text


@pytest.mark.parametrize(
    ("name", "query", "field"), [("search", {}, "q"), ("search", {"q": "  "}, "q"), ("rank", {"q": "x"}, "items")]
)
async def test_what_a_list_cannot_do_without_is_asked_for(name: str, query: dict[str, Any], field: str) -> None:
    """By the name of the field."""
    with pytest.raises(MissingInputError, match=f"'{name}' needs '{field}'") as refused:
        await asked(name, **query)
    assert refused.value.field == field


async def test_what_is_the_same_for_everyone_is_made_once() -> None:
    """As long as the rules are the same ones, and never what was made without a service."""
    trends = Trending((("milk", 5.0),))
    recommend = recommending(trends=trends)
    question = RecommendationQuery()
    first = await recommend("trending", question)
    assert await recommend("trending", question) is first
    assert await recommend("trending", RecommendationQuery(session_id="v")) is not first
    trends.down = True
    recommend = recommending(trends=trends)
    lost = await recommend("trending", question)
    assert lost.degraded == ("redis",)
    trends.down = False
    assert (await recommend("trending", question)).degraded == ()


async def test_every_product_can_be_tracked_and_says_why() -> None:
    """Tracking ids differ, and fit where ids go; what everyone is shown has one answer, and ids of its own."""
    found = await asked("picks", userId="anna")
    tracked = [item.tracking_id for item in found.items]
    assert tracked == [f"picks~fake-1~n0~{rank}" for rank in (1, 2, 3, 4)]
    assert {item.reason for item in found.items} <= set(REASONS.values())
    everyone = [await asked("popular") for _ in range(2)]
    assert everyone[0] == everyone[1]
    assert (await asked("popular", count=2)).items != everyone[0].items[:2]
    assert found.model == "fake-1"


async def test_a_tracking_id_fits_into_an_event() -> None:
    """However long the names of the list and of the model are."""
    long = FakeModels([RankingModel(version="v" * 200)])
    rule = Rule(id="a", name="a", kind="include", products=("milk",), lists=("s" * 32,))
    found = await asked(
        "s" * 32, {"models": long, "rules": Rules((rule,)), "new_id": lambda: "f" * 16}, userId="anna"
    )
    assert re.fullmatch(ID_PATTERN, found.items[0].tracking_id)


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"count": 0}, "count"),
        ({"count": 101}, "count"),
        ({"count": "many"}, "count"),
        ({"skip": -1}, "skip"),
        ({"userId": "a b"}, "userId"),
        ({"seed": "a,b c"}, "seed"),
        ({"seed": ",".join(f"p{n}" for n in range(201))}, "seed"),
        ({"priceMin": "NaN"}, "priceMin"),
        ({"priceMin": 2, "priceMax": 1}, ""),
        ({"attributes": "brand"}, "attributes"),
        ({"diversity": 1.5}, "diversity"),
        ({"refine": "everything"}, "refine"),
        ({"q": "x" * 257}, "q"),
    ],
)
def test_absurd_questions_are_refused(query: dict[str, Any], field: str) -> None:
    """Naming the field."""
    with pytest.raises(ValidationError) as refused:
        RecommendationQuery.model_validate(query)
    assert [".".join(map(str, fault["loc"])).split(".")[0] for fault in refused.value.errors()] == [field]
