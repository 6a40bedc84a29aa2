"""What to show: every list of the API, for a shopper or a session, answered in one way."""

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import blake2b
from typing import Protocol

from functions.personalization.assortment import Affinities, Assortment
from functions.personalization.catalog import Ints, Product
from functions.personalization.curation import Curation, curate, kept_out
from functions.personalization.diversity import POOL, diversified
from functions.personalization.eligibility import Occasion
from functions.personalization.filters import allowed
from functions.personalization.lists import Filled, filled
from functions.personalization.neighbours import Kind
from functions.personalization.recommendations import NOTHING_SCORED, Scored
from functions.personalization.shopper import NO_SEGMENT, Memory, Shopper, with_consent
from functions.usecases.ports import (
    CurationRules,
    MemoryUnavailableError,
    Model,
    ProductSearch,
    Shelf,
    Shoppers,
    StoreUnavailableError,
)
from functions.usecases.recommendation_lists import ENDLESS, REASONS, TITLES, Known, made_of, never_shown
from functions.usecases.recommendation_messages import (
    MOST_SHOWN,
    MOST_SKIPPED,
    RecommendationList,
    RecommendationQuery,
    RecommendedItem,
)
from functions.usecases.scores_kept import ScoresKept

NOBODY = "anonymous"
SCORED, CANDIDATES = 400, 2_000
"""Products that the model ranks for a list, and those from which it is filled up where filters leave too few."""
LONGEST = MOST_SKIPPED + MOST_SHOWN
"""Products to which a list is filled up, on whichever page, where rules change its order: so pages fit together."""
MOST_FOUND = 1_200
"""Products that a search finds at most."""
CURATED = "chosen by the shop"
UNSCORED = frozenset({"trending", "popular", "new", "recently-viewed", "buy-again"})
"""Lists that need no model to tell what a shopper wants."""

log = logging.getLogger(__name__)


class UnknownListError(Exception):
    """There is no list of that name, neither built in nor curated."""

    def __init__(self, name: str) -> None:
        super().__init__(f"there is no list '{name}': the lists are {', '.join(sorted(TITLES))}, and curated ones")


class RankingModel(Model, Protocol):
    """A model that ranks whole catalogues and knows neighbours of products."""

    async def candidates_of(self, occasion: Occasion, count: int) -> Scored:
        """As `score`, without the ranker: any number of products; empty when it knows nothing of the shopper."""

    def neighbours(self, product: str, kind: Kind, count: int) -> Affinities:
        """Products similar to one, or bought together with it, best first."""

    def days_on_sale(self) -> Mapping[str, float]:
        """Days since each product was first sold; empty where the model does not know."""


class RankingModels(Protocol):
    """Which model ranks."""

    async def current(self) -> RankingModel:
        """The active model."""


class Remembering(Protocol):
    """Fast memory, read."""

    async def look(self, subjects: Sequence[str]) -> Memory:
        """What it holds of these subjects together, newest first; raises `MemoryUnavailableError`."""


class Trends(Protocol):
    """What is looked at most right now."""

    async def trending(self) -> Affinities:
        """Products by views of the last hour, or else of the last day; raises `MemoryUnavailableError`."""


@dataclass(frozen=True, slots=True)
class Recommend:
    """The use case with what it reads from. `new_id` gives a short id that is never given twice."""

    shoppers: Shoppers
    memories: Remembering
    shelf: Shelf
    models: RankingModels
    trends: Trends
    search: ProductSearch
    rules: CurationRules
    clock: Callable[[], datetime]
    new_id: Callable[[], str]
    scores: ScoresKept = field(default_factory=ScoresKept)

    async def __call__(self, name: str, query: RecommendationQuery) -> RecommendationList:
        """The page that was asked for; raises `UnknownListError`, and without a catalogue `StoreUnavailableError`."""
        assortment, model, curation = await asyncio.gather(
            self.shelf.current(), self.models.current(), self.rules.current()
        )
        if name not in TITLES and name not in curation.lists:
            raise UnknownListError(name)
        occasion, degraded = await self._occasion(query)
        known, lost = await self._known(name, query, occasion, assortment, model)
        request = self.new_id() if query.personal else None
        return _page(known, curation, model.version, request, tuple(dict.fromkeys(degraded + lost)))

    async def _occasion(self, query: RecommendationQuery) -> tuple[Occasion, tuple[str, ...]]:
        """The shopper at this moment, and which services were down; who is not known is nobody in particular."""
        subjects = tuple(dict.fromkeys(each for each in (query.user_id, query.session_id) if each))
        (shopper, no_store), (memory, no_memory) = await asyncio.gather(
            self._profile(query.user_id), self._memory(subjects)
        )
        if shopper is None:
            shopper = Shopper(query.user_id or query.session_id or NOBODY, NO_SEGMENT)
        shopper = with_consent(shopper, memory)
        if query.refine == "ignore-history" or not shopper.personalize:
            shopper, memory = Shopper(shopper.id, NO_SEGMENT, personalize=False), Memory()
        return Occasion(shopper, memory, self.clock()), (*no_store, *no_memory)

    async def _profile(self, user: str | None) -> tuple[Shopper | None, tuple[str, ...]]:
        if user is None:
            return None, ()
        try:
            return await self.shoppers.read(user), ()
        except StoreUnavailableError as error:
            log.warning("recommending without a profile: %s", error)
            return None, ("cosmos",)

    async def _memory(self, subjects: Sequence[str]) -> tuple[Memory, tuple[str, ...]]:
        try:
            return (await self.memories.look(subjects) if subjects else Memory()), ()
        except MemoryUnavailableError as error:
            log.warning("recommending without fast memory: %s", error)
            return Memory(), ("redis",)

    async def _known(
        self, name: str, query: RecommendationQuery, occasion: Occasion, assortment: Assortment, model: RankingModel
    ) -> tuple[Known, tuple[str, ...]]:
        """Everything that the list may rank by; what is costly only where the list asks for it."""
        scored = every = NOTHING_SCORED
        if occasion.shopper.personalize and name not in UNSCORED:
            scored = await self.scores.of(model.version, occasion, lambda: model.score(occasion, SCORED))
            every = await model.candidates_of(occasion, CANDIDATES) if _whole(name, query) else every
        trending, lost = await self._trending() if name == "trending" else ((), ())
        found = await self.search.find(query.q or "", MOST_FOUND) if name == "search" else None
        days = model.days_on_sale() if name == "new" else {}
        return Known(name, query, occasion, assortment, model.neighbours, days, scored, every, trending, found), lost

    async def _trending(self) -> tuple[Affinities, tuple[str, ...]]:
        try:
            return await self.trends.trending(), ()
        except MemoryUnavailableError as error:
            log.warning("recommending without trends: %s", error)
            return (), ("redis",)


def _whole(name: str, query: RecommendationQuery) -> bool:
    """Whether the list may need more products than the model ranks."""
    narrowed = query.category or query.attributes or query.price_min is not None or query.price_max is not None
    return bool(narrowed or name == "rank" or query.last > MOST_SHOWN or query.exclude_bought)


def _needed(query: RecommendationQuery, *, curated: bool) -> int:
    """To how many products a list is filled up: enough for the page, and for whatever changes the order of all."""
    return LONGEST if curated else max(query.last, POOL if query.diversity else 0)


def _page(
    known: Known, curation: Curation, model: str, request: str | None, degraded: tuple[str, ...]
) -> RecommendationList:
    query, catalog, now = known.query, known.assortment.catalog, known.occasion.now
    mask = allowed(query.filter(never_shown(known)), catalog, now)
    mask &= ~kept_out(curation, known.name, query.channel, now, catalog)
    found = filled(made_of(known), mask, _needed(query, curated=bool(curation.rules)))
    curated = curate(curation, known.name, query.channel, now, catalog, found.rows, found.scores, mask)
    order = diversified(curated.rows, curated.scores, catalog, query.diversity)
    rows, scores = curated.rows[order], curated.scores[order]
    origin = dict(zip(found.rows.tolist(), found.origins, strict=True))
    page = slice(query.skip, query.last)
    request = request or _snapshot(known.name, model, rows[page])
    shown = zip(rows[page].tolist(), scores[page].tolist(), strict=True)
    return RecommendationList(
        list=known.name,
        title=TITLES.get(known.name, known.name.replace("-", " ").capitalize()),
        model=model,
        path="warm" if known.warm else "cold",
        degraded=degraded,
        fallback=", ".join(_fallbacks(found, rows[: query.last], origin)) or None,
        total=int(mask.sum()) if known.name in ENDLESS else len(rows),
        items=tuple(
            _item(
                catalog.products[row], score, (origin.get(row, CURATED), curated.why.get(row)), (known, request, rank)
            )
            for rank, (row, score) in enumerate(shown, query.skip + 1)
        ),
    )


def _snapshot(name: str, model: str, rows: Ints) -> str:
    """A name for what everyone is shown: the same products in the same order have the same, in every process."""
    return blake2b(f"{name} {model} {rows.tolist()}".encode(), digest_size=8).hexdigest()


def _fallbacks(found: Filled, rows: Ints, origin: Mapping[int, str]) -> tuple[str, ...]:
    """The rankings other than the list's own of which a product is on the pages so far, in the order of filling."""
    shown = {origin.get(row) for row in rows.tolist()}
    return tuple(name for name in found.fallbacks if name in shown)


def _item(
    product: Product, score: float, told: tuple[str, str | None], asked: tuple[Known, str, int]
) -> RecommendedItem:
    (origin, why), (known, request, rank) = told, asked
    return RecommendedItem(
        id=product.id,
        name=product.name,
        category=product.category,
        price=product.price,
        score=round(score, 6),
        tracking_id=f"{known.name}~{request}~{rank}",
        reason=REASONS.get(origin, CURATED),
        explain="; ".join([f"ranked by {origin}", *([why] if why else [])]) if known.query.explain else None,
    )
