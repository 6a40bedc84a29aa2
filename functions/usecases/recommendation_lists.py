"""Which rankings make up each list, in the order in which they fill it up. The order is documented in docs/api.md."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import chain

import numpy as np

from functions.personalization import rankings
from functions.personalization.assortment import Affinities, Assortment
from functions.personalization.eligibility import Occasion
from functions.personalization.lists import Ranking, filled, listed
from functions.personalization.neighbours import Kind
from functions.personalization.rankings import VIEWS
from functions.personalization.recommendations import NOTHING_SCORED, Scored
from functions.personalization.shopper import Recent
from functions.usecases.ports import Found
from functions.usecases.recommendation_messages import RecommendationQuery

TITLES: Mapping[str, str] = {
    "picks": "Picks for you",
    "similar": "Similar products",
    "bought-together": "Frequently bought together",
    "basket": "Goes with your basket",
    "buy-again": "Buy again",
    "trending": "Trending now",
    "popular": "Popular",
    "new": "New",
    "recently-viewed": "Recently viewed",
    "wish-list": "For your wish list",
    "search": "Search results",
    "rank": "Ranked for you",
}
REASONS: Mapping[str, str] = {
    "picks": "fits what you buy",
    "session": "fits what you look at",
    "segment": "liked by shoppers like you",
    "shopper": "chosen for you beforehand",
    "everyone": "popular with everyone",
    "popular": "popular with everyone",
    "catalogue": "from the catalogue",
    "category": "of the same category",
    "similar": "similar to it",
    "bought-together": "often bought together with it",
    "basket": "goes with the basket",
    "buy-again": "you buy it regularly and it is due",
    "bought": "you bought it before",
    "trending": "looked at by many right now",
    "new": "new in the shop",
    "recently-viewed": "you looked at it",
    "wish-list": "goes with the wish list",
    "search": "matches what you look for",
    "rank": "in the order of your taste",
}
"""Why a product is shown, by the ranking it comes from."""
NEIGHBOURS = 12
WISHED = frozenset({"add_to_wishlist"})

type Beside = Callable[[str, Kind, int], Affinities]
"""Products beside a product, best first."""


@dataclass(frozen=True, eq=False)
class Known:
    """Everything that a list may rank by.

    `name` is the list's; `occasion` is what it may use of the shopper, `past` what the caller's exclusions are about.
    `scored` is what the model ranks for the shopper, `every` the same for more of the catalogue where that is too
    little; both are empty when the model knows nothing of the shopper, or may not. `found` is what a search found.
    """

    name: str
    query: RecommendationQuery
    occasion: Occasion
    past: Occasion
    assortment: Assortment
    beside: Beside
    days_on_sale: Mapping[str, float]
    scored: Scored
    every: Scored = NOTHING_SCORED
    trending: Affinities = ()
    found: Found | None = None

    @property
    def warm(self) -> bool:
        """Whether the model read the shopper."""
        return bool(self.scored.products)

    @property
    def popular(self) -> Ranking:
        """What everyone wants."""
        return self.assortment.popular

    @cached_property
    def taste(self) -> Ranking:
        """What the model says that the shopper wants; may be empty."""
        name = "session" if self.scored.source == "session" else "picks"
        return self.by(name, self.scored)

    def picks(self) -> Iterator[Ranking]:
        """What the shopper likes, then widely."""
        yield from self.liked()
        yield from self.widely()

    def liked(self) -> Iterator[Ranking]:
        """By taste, else by what was computed beforehand; only what knows anything."""
        own, segment = self.occasion.memory.affinity, self.occasion.shopper.segment
        lists = (
            (self.taste, self.by("picks", self.every))
            if self.warm
            else (self.listed("shopper", own), self.assortment.liked.get(segment, _nothing("segment")))
        )
        yield from (each for each in lists if len(each.rows))

    def widely(self) -> Iterator[Ranking]:
        """What fills up any list: in the end the whole catalogue."""
        yield self.popular
        yield rankings.everything(self.assortment.catalog, self.popular)

    def around(self, name: str, kind: Kind, products: Sequence[str]) -> Ranking:
        """What lies beside these products, with the shopper's taste in it."""
        near = [self.beside(product, kind, NEIGHBOURS) for product in products]
        return rankings.beside(name, near, self.assortment.catalog, self.taste)

    def by(self, name: str, scored: Scored) -> Ranking:
        """What the model scored."""
        return Ranking(name, scored.rows(self.assortment.catalog), scored.scores.astype(np.float64))

    def listed(self, name: str, affinities: Affinities) -> Ranking:
        return listed(name, affinities, self.assortment.catalog)


def made_of(known: Known) -> Iterator[Ranking]:
    """The rankings of the list that was asked for; the first is its own, those that follow fill it up.

    A name that is not built in is a curated list: its rules alone say what is in it.
    """
    make = _LISTS.get(known.name)
    return make(known) if make else iter([_nothing(known.name)])


def missing(name: str, query: RecommendationQuery) -> str | None:
    """The field without which the list means nothing, when the question lacks it."""
    if name == "search" and not (query.q or "").strip():
        return "q"
    return "items" if name == "rank" and not query.items else None


def never_shown(known: Known) -> frozenset[str]:
    """What a list leaves out by itself, or because the caller does not want what was seen or bought."""
    query, past = known.query, known.past
    out: set[str] = set()
    if known.name in {"similar", "bought-together", "basket"}:
        out.update(query.seed)
    if known.name == "wish-list":
        out.update(_wished(known))
    if query.exclude_seen:
        out.update(_products(past.memory.recent))
    if query.exclude_bought:
        out.update(past.shopper.history.products, rankings.bought_lately(past.memory))
    return frozenset(out)


def _similar(known: Known) -> Iterator[Ranking]:
    yield known.around("similar", "similar", known.query.seed)
    seeds = known.assortment.catalog.positions(known.query.seed)
    yield rankings.alike(seeds, known.assortment.catalog, known.popular)
    yield from known.widely()


def _together(known: Known) -> Iterator[Ranking]:
    yield known.around("bought-together", "together", known.query.seed)
    yield known.around("similar", "similar", known.query.seed)
    yield from known.widely()


def _basket(known: Known) -> Iterator[Ranking]:
    yield known.around("basket", "together", known.query.seed)
    yield from known.picks()


def _wish_list(known: Known) -> Iterator[Ranking]:
    yield known.around("wish-list", "similar", _wished(known))
    yield from known.picks()


def _buy_again(known: Known) -> Iterator[Ranking]:
    history, memory = known.occasion.shopper.history, known.occasion.memory
    yield rankings.due_again(history, memory, known.occasion.now, known.assortment.catalog)
    lately = rankings.bought_lately(memory)
    before = zip(history.products, history.weights, strict=True)
    yield known.listed("bought", tuple(pair for pair in before if pair[0] not in lately))


def _trending(known: Known) -> Iterator[Ranking]:
    yield known.listed("trending", known.trending)
    yield from known.widely()


def _new(known: Known) -> Iterator[Ranking]:
    yield rankings.newest(known.assortment.catalog, known.occasion.now, known.days_on_sale)
    yield from known.widely()


def _viewed(known: Known) -> Iterator[Ranking]:
    yield rankings.touched("recently-viewed", known.occasion.memory, VIEWS, known.assortment.catalog)


def _search(known: Known) -> Iterator[Ranking]:
    if known.found is None:
        yield _nothing("search")
        return
    found = Ranking("search", known.found.rows, known.found.scores)
    yield rankings.personalized(found, known.taste, known.assortment.catalog)


def _rank(known: Known) -> Iterator[Ranking]:
    catalog = known.assortment.catalog
    rows = catalog.positions(known.query.items)
    candidates = np.zeros(len(catalog), dtype=np.bool_)
    candidates[rows[rows >= 0]] = True
    told = filled(chain(known.liked(), [known.popular]), candidates, int(candidates.sum())).rows
    taste = Ranking("rank", told, 1.0 - np.arange(len(told)) / max(len(told), 1))
    yield rankings.chosen("rank", known.query.items, taste, catalog)


_LISTS: Mapping[str, Callable[[Known], Iterator[Ranking]]] = {
    "picks": Known.picks,
    "similar": _similar,
    "bought-together": _together,
    "basket": _basket,
    "buy-again": _buy_again,
    "trending": _trending,
    "popular": Known.widely,
    "new": _new,
    "recently-viewed": _viewed,
    "wish-list": _wish_list,
    "search": _search,
    "rank": _rank,
}
ENDLESS = frozenset(_LISTS) - {"buy-again", "recently-viewed", "search", "rank"}
"""Lists that end with the whole catalogue: everything that may be shown at all is in them."""


BY_TASTE = frozenset({"picks", "basket", "wish-list", "rank"})
"""Lists that go on with whatever else the shopper may want, where what the model ranks is too little."""


def _wished(known: Known) -> tuple[str, ...]:
    """The wish list that was sent, else the one of the session."""
    events = known.occasion.memory.recent
    return known.query.items or tuple(_products(event for event in events if event.action in WISHED))


def _products(events: Iterable[Recent]) -> dict[str, None]:
    return dict.fromkeys(event.product for event in events)


def _nothing(name: str) -> Ranking:
    return Ranking(name, np.zeros(0, dtype=np.int64), np.zeros(0))
