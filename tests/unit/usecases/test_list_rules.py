"""What no list may break, asked of the whole use case: every list, with filters, rules of the shop and diversity."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.personalization.assortment import Affinities
from functions.personalization.catalog import Catalog, Product
from functions.personalization.curation import Rule
from functions.personalization.eligibility import Occasion
from functions.personalization.neighbours import Kind
from functions.personalization.recommendations import Scored
from functions.personalization.shopper import History, Memory, Recent, Shopper
from functions.usecases.ports import Found
from functions.usecases.recommend import Recommend
from functions.usecases.recommendation_lists import ENDLESS, TITLES
from functions.usecases.recommendation_messages import RecommendationList, RecommendationQuery
from tests.unit.personalization.shop import NOW, shop
from tests.unit.usecases.fakes import FakeModel, FakeModels, FakeShelf, FakeShoppers
from tests.unit.usecases.test_recommend import Remembered, Rules, Trending, recommending

SIZE, RANKED, FOUND = 160, 120, 90
PLACES = (("food",), ("food", "dairy"), ("food", "bakery"), ("home", "bath"))
TODAY = int(NOW.timestamp() // 86_400)
IDS = tuple(f"p{number}" for number in range(SIZE))


def product(number: int) -> Product:
    """Some are not on sale yet, some no more."""
    return Product(
        IDS[number],
        f"Product {number}",
        PLACES[number % len(PLACES)],
        float(number % 7),
        available_from=NOW + timedelta(days=1) if number % 11 == 3 else None,
        available_until=NOW - timedelta(days=1) if number % 13 == 5 else None,
        attributes={"brand": "Leaf" if number % 3 else "Root"},
    )


CATALOG = Catalog(map(product, range(SIZE)))
SHOPPER = Shopper(
    "anna", "families",
    history=History(IDS[:9], (3,) * 9, (TODAY - 40,) * 9, (TODAY - 15,) * 9, (1.0,) * 9, float(TODAY)),
)  # fmt: skip
VISIT = Memory(recent=tuple(Recent(IDS[n], "view_item", NOW - timedelta(minutes=n)) for n in range(20, 50)))


@dataclass
class Model(FakeModel):
    """Ranks some products for whoever has done anything, the others less well; knows neighbours of each."""

    version: str = "rules-1"
    order: tuple[str, ...] = field(default_factory=lambda: IDS[::-1])

    async def score(self, occasion: Occasion, count: int) -> Scored:
        return self._best(occasion, min(count, RANKED))

    async def candidates_of(self, occasion: Occasion, count: int) -> Scored:
        found = self._best(occasion, SIZE)
        mixed = sorted(found.products, key=lambda each: (int(each[1:]) * 37) % 101)
        return replace(found, products=tuple(mixed[:count]), scores=found.scores[:count])

    def neighbours(self, product: str, kind: Kind, count: int) -> Affinities:
        at = CATALOG.position.get(product)
        step = 3 if kind == "similar" else 5
        return tuple((IDS[(at + n * step) % SIZE], 1.0 / n) for n in range(1, count + 1)) if at is not None else ()

    def days_on_sale(self) -> Mapping[str, float]:
        return {each: float(n) for n, each in enumerate(IDS[40:70])}

    def _best(self, occasion: Occasion, count: int) -> Scored:
        if not (occasion.shopper.history.products or occasion.memory.recent):
            return Scored((), np.zeros(0, dtype=np.float32))
        return Scored(self.order[:count], np.linspace(1.0, 0.1, SIZE, dtype=np.float32)[:count])


class Search:
    """Finds every third product, the best `count` of them."""

    async def find(self, term: str, count: int, catalog: Catalog) -> Found:
        rows = np.arange(0, SIZE, 3)[:count]
        return Found(rows, 1.0 / np.arange(1.0, len(rows) + 1.0))

    async def suggest(self, prefix: str, count: int) -> tuple[str, ...]:
        return ()


def world(rules: Sequence[Rule]) -> Recommend:
    assortment = replace(shop(catalog=CATALOG), everyone=tuple((each, 2.0) for each in IDS[30:120:2]))
    return recommending(
        shoppers=FakeShoppers({"anna": SHOPPER}),
        memories=Remembered({"visit": VISIT}),
        shelf=FakeShelf(assortment),
        models=FakeModels([Model()]),
        trends=Trending(tuple((each, 5.0) for each in IDS[60:80])),
        search=Search(),
        rules=Rules(tuple(rules)),
    )


def pages(
    name: str, query: Mapping[str, Any], rules: Sequence[Rule], *cuts: tuple[int, int]
) -> list[RecommendationList]:
    """The pages of (skip, count); what the list cannot do without is given."""
    given = {"q": "x", **query, **({"items": [IDS[7]]} if name == "rank" and not query.get("items") else {})}

    async def asked() -> list[RecommendationList]:
        recommend = world(rules)
        return [
            await recommend(name, RecommendationQuery.model_validate({**given, "skip": skip, "count": count}))
            for skip, count in cuts
        ]

    return asyncio.run(asked())


def ids(*found: RecommendationList) -> list[str]:
    return [item.id for page in found for item in page.items]


some = st.lists(st.sampled_from(IDS), unique=True, max_size=4)
many = st.integers(0, SIZE).map(lambda size: list(IDS[SIZE - size :]))
queries = st.fixed_dictionaries(
    {},
    optional={
        "userId": st.sampled_from(["anna", "nobody"]),
        "sessionId": st.sampled_from(["visit", "unknown"]),
        "seed": some,
        "items": some,
        "category": st.sampled_from(["food", "food/dairy", "home"]),
        "priceMin": st.sampled_from([0.0, 1.0]),
        "priceMax": st.sampled_from([3.0, 6.0]),
        "attributes": st.just(["brand=leaf"]),
        "exclude": some | many,
        "excludeSeen": st.booleans(),
        "excludeBought": st.booleans(),
        "diversity": st.sampled_from([0.0, 0.3, 1.0]),
        "refine": st.just("ignore-history"),
    },
)
rules = st.lists(
    st.builds(
        lambda number, kind, products, rank: Rule(
            id=f"r{number}", name="a rule", kind=kind, products=tuple(products), rank=rank
        ),
        st.integers(0, 99),
        st.sampled_from(["include", "exclude", "boost", "bury"]),
        some.filter(bool),
        st.integers(1, 5),
    ),
    max_size=3,
    unique_by=lambda rule: rule.id,
)
names = st.sampled_from(sorted(TITLES))


def may_be_shown(query: Mapping[str, Any], rules: Sequence[Rule]) -> set[str]:
    """Told product by product, in the plainest words."""
    out = {each for rule in rules if rule.kind == "exclude" for each in rule.products} | set(query.get("exclude", ()))
    if query.get("excludeSeen") and query.get("sessionId") == "visit":
        out |= {each.product for each in VISIT.recent}
    if query.get("excludeBought") and query.get("userId") == "anna":
        out |= set(SHOPPER.history.products)
    category = tuple(query["category"].split("/")) if "category" in query else ()
    return {
        each.id
        for each in CATALOG.products
        if each.id not in out
        and (each.available_from is None or each.available_from <= NOW)
        and (each.available_until is None or each.available_until > NOW)
        and each.category[: len(category)] == category
        and query.get("priceMin", 0.0) <= each.price <= query.get("priceMax", 9.0)
        and ("attributes" not in query or (each.attributes or {})["brand"] == "Leaf")
    }


@given(names, queries, rules, st.integers(1, 100), st.integers(0, 120))
def test_only_what_may_be_shown_is_and_once(
    name: str, query: dict[str, Any], rules: list[Rule], count: int, skip: int
) -> None:
    """Whatever the rules put at the top; and the page is full as long as enough products qualify."""
    [page] = pages(name, query, rules, (skip, count))
    shown, qualify = ids(page), may_be_shown(query, rules)
    assert set(shown) <= qualify
    assert len(shown) == len(set(shown))
    if name in ENDLESS:
        own = set(query.get("seed", ())) | set(query.get("items", ()))
        assert len(shown) >= min(count, max(0, len(qualify - own) - skip))
    assert len(shown) == min(count, max(0, page.total - skip))


@given(names, queries, rules, st.integers(1, 99))
def test_pages_are_cut_from_one_list(name: str, query: dict[str, Any], rules: list[Rule], at: int) -> None:
    """Wherever it is cut, also where the list goes on beyond the longest page."""
    whole, first, then, over, rest = pages(
        name, query, rules, (0, 100), (0, at), (at, 100 - at), (at, 100), (100, 60)
    )
    assert ids(first, then) == ids(whole)
    assert ids(first, over) == ids(whole, rest)[: at + 100]
    assert len({page.total for page in (whole, first, then, over, rest)}) == 1


@given(names, queries, some.filter(bool), st.integers(1, 5))
def test_what_the_shop_puts_at_the_top_stays_there(
    name: str, query: dict[str, Any], products: list[str], rank: int
) -> None:
    """In its order and at its place, however diverse the list is to be, as far as it may be shown."""
    rule = Rule(id="top", name="top", kind="include", products=tuple(products), rank=rank)
    whole, plain = pages(name, query, [rule], (0, 100)) + pages(name, query, [], (0, 100))
    own = set(query.get("seed", ())) | set(query.get("items", ()))
    pinned = [each for each in products if each in may_be_shown(query, []) - own]
    at = min(rank - 1, len([each for each in ids(plain) if each not in pinned]))
    assert [each for each in ids(whole)[at : at + len(products)] if each in pinned] == pinned


@pytest.mark.parametrize("name", ["picks", "basket", "wish-list"])
@pytest.mark.parametrize(
    "rules", [[], [Rule(id="up", name="up", kind="boost", products=IDS[:30], factor=50.0)]], ids=["plain", "boosted"]
)
def test_pages_fit_together_where_the_model_ranks_too_little(name: str, rules: list[Rule]) -> None:
    """What follows what it ranks is the same on each page, whether a page needs it or not."""
    query = {"userId": "anna", "seed": ["p3"], "exclude": IDS[100:]}
    whole, rest, over = pages(name, query, rules, (0, 100), (100, 60), (50, 100))
    assert ids(over) == ids(whole, rest)[50:]
    assert not set(ids(whole)) & set(ids(rest))


def test_exclusions_hold_where_the_history_is_ignored() -> None:
    """What was seen and bought says nothing of taste then, but it stays out."""
    query = {"userId": "anna", "sessionId": "visit", "excludeSeen": True, "excludeBought": True}
    [page] = pages("picks", {**query, "refine": "ignore-history"}, [], (0, 100))
    assert page.path == "cold"
    assert set(ids(page)).isdisjoint({each.product for each in VISIT.recent} | set(SHOPPER.history.products))


def test_a_search_is_filtered_before_it_is_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    """All that match are looked through for those that pass the filters."""
    monkeypatch.setattr("functions.usecases.recommend.MOST_FOUND", 5)
    [narrow] = pages("search", {"q": "x", "category": "home"}, [], (0, 100))
    assert set(ids(narrow)) == set(IDS[::3]) & may_be_shown({"category": "home"}, [])


def test_candidates_are_ranked_as_they_are_picked() -> None:
    """By what the model ranks, then by what it knows beyond that, then as they were given."""
    ranked, beyond = ["p150", "p155"], ["p7", "p9"]
    picks, more = pages("picks", {"userId": "anna"}, [], (0, 100), (100, 60))
    [page] = pages("rank", {"userId": "anna", "items": [*beyond, *ranked]}, [], (0, 10))
    assert ids(page) == [each for each in ids(picks, more) if each in {*ranked, *beyond}]
    assert set(ids(page)[:2]) == set(ranked)


def test_what_was_bought_a_moment_ago_is_not_due() -> None:
    """Until its cycle comes round again; and it is no product to fill up the list with either."""
    just = Memory(recent=(Recent("p0", "purchase", NOW - timedelta(minutes=1)),))
    before, after = (
        asyncio.run(
            recommending(
                shoppers=FakeShoppers({"anna": SHOPPER}),
                memories=Remembered({"anna": memory}),
                shelf=FakeShelf(shop(catalog=CATALOG)),
                models=FakeModels([Model()]),
            )("buy-again", RecommendationQuery.model_validate({"userId": "anna"}))
        )
        for memory in (Memory(), just)
    )
    assert ids(before)[0] == "p0"
    assert ids(after) == ids(before)[1:]
