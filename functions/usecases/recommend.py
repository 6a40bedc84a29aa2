"""What to show: every list of the API, for a shopper or a session, answered in one way."""

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from hashlib import blake2b
from typing import Protocol

import numpy as np

from functions.personalization.assortment import Affinities, Assortment
from functions.personalization.catalog import Bools, Ints, Product
from functions.personalization.curation import Curated, Curation, curate, kept_out
from functions.personalization.diversity import POOL, diversified
from functions.personalization.eligibility import Occasion
from functions.personalization.filters import allowed
from functions.personalization.lists import Filled, filled
from functions.personalization.neighbours import Kind
from functions.personalization.recommendations import NOTHING_SCORED, Scored
from functions.personalization.shopper import NO_SEGMENT, InvalidShopperError, Memory, Shopper, with_consent
from functions.usecases.answers_kept import AnswersKept
from functions.usecases.ports import (
    CurationRules,
    MemoryUnavailableError,
    Model,
    ProductSearch,
    Shelf,
    Shoppers,
    StoreUnavailableError,
)
from functions.usecases.recommendation_lists import (
    BY_TASTE,
    ENDLESS,
    REASONS,
    TITLES,
    Known,
    made_of,
    missing,
    never_shown,
)
from functions.usecases.recommendation_messages import (
    MOST_SHOWN,
    MOST_SKIPPED,
    RecommendationList,
    RecommendationQuery,
    RecommendedItem,
)
from functions.usecases.scores_kept import ScoresKept
from functions.usecases.together import together

NOBODY = "anonymous"
SCORED, CANDIDATES, WIDELY = 400, 2_000, 5_000
"""Products that the model ranks for a list, those that follow where they are too few, and where filters leave few."""
LONGEST = MOST_SKIPPED + MOST_SHOWN
"""Products to which a list is filled up, on whichever page, where rules change its order: so pages fit together."""
MOST_FOUND = 1_200
"""Products that a search finds at most, unless filters choose among all that match."""
LONGEST_VERSION = 64
"""Characters of a model's version in a tracking id, which is an id of at most 128 in events."""
CURATED = "chosen by the shop"
UNSCORED = frozenset({"trending", "popular", "new", "recently-viewed", "buy-again"})
"""Lists that need no model to tell what a shopper wants."""

log = logging.getLogger(__name__)


class UnknownListError(Exception):
    """There is no list of that name, neither built in nor curated."""

    def __init__(self, name: str) -> None:
        super().__init__(f"there is no list '{name}': the lists are {', '.join(sorted(TITLES))}, and curated ones")


class MissingInputError(Exception):
    """A list cannot be made without this field of the question."""

    def __init__(self, name: str, field: str) -> None:
        super().__init__(f"The list '{name}' needs '{field}'.")
        self.field = field


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
    answers: AnswersKept[tuple[str, RecommendationQuery], RecommendationList] = field(default_factory=AnswersKept)

    async def __call__(self, name: str, query: RecommendationQuery) -> RecommendationList:
        """The page that was asked for.

        Raises `UnknownListError`, `MissingInputError`, and without a catalogue `StoreUnavailableError`.
        """
        made_of = await together(self.shelf.current(), self.models.current(), self.rules.current())
        if name not in TITLES and name not in made_of[2].lists:
            raise UnknownListError(name)
        if (field := missing(name, query)) is not None:
            raise MissingInputError(name, field)
        if query.personal:
            return await self._made(name, query, *made_of)
        if (kept := self.answers.find((name, query), made_of, self.clock())) is not None:
            return kept
        answer = await self._made(name, query, *made_of)
        if not answer.degraded:
            self.answers.keep((name, query), made_of, self.clock(), answer)
        return answer

    async def _made(
        self, name: str, query: RecommendationQuery, assortment: Assortment, model: RankingModel, curation: Curation
    ) -> RecommendationList:
        past, degraded = await self._past(query)
        known, lost = await self._known(name, query, past, assortment, model)
        limits = _limits(known, curation)
        if _too_little(known, limits):
            count = WIDELY if query.narrowed else CANDIDATES
            known = replace(known, every=await model.candidates_of(known.occasion, count))
        request = self.new_id() if query.personal else None
        return _page(known, curation, limits, (model.version, request, tuple(dict.fromkeys(degraded + lost))))

    async def _past(self, query: RecommendationQuery) -> tuple[Occasion, tuple[str, ...]]:
        """The shopper at this moment, and which services were down; who is not known is nobody in particular, and of
        who opted out nothing is known."""
        subjects = tuple(dict.fromkeys(each for each in (query.user_id, query.session_id) if each))
        (shopper, no_store), (memory, no_memory) = await together(
            self._profile(query.user_id), self._memory(subjects)
        )
        if shopper is None:
            shopper = Shopper(query.user_id or query.session_id or NOBODY, NO_SEGMENT)
        shopper = with_consent(shopper, memory)
        past = Occasion(shopper, memory, self.clock())
        return (past if shopper.personalize else _forgotten(past)), (*no_store, *no_memory)

    async def _profile(self, user: str | None) -> tuple[Shopper | None, tuple[str, ...]]:
        if user is None:
            return None, ()
        try:
            return await self.shoppers.read(user), ()
        except StoreUnavailableError as error:
            log.warning("recommending without a profile: %s", error)
            return None, ("cosmos",)
        except InvalidShopperError as error:
            log.error("Recommending without a profile. Put right or delete the document in Cosmos: %s", error)
            return None, ("profile",)

    async def _memory(self, subjects: Sequence[str]) -> tuple[Memory, tuple[str, ...]]:
        try:
            return (await self.memories.look(subjects) if subjects else Memory()), ()
        except MemoryUnavailableError as error:
            log.warning("recommending without fast memory: %s", error)
            return Memory(), ("redis",)

    async def _known(
        self, name: str, query: RecommendationQuery, past: Occasion, assortment: Assortment, model: RankingModel
    ) -> tuple[Known, tuple[str, ...]]:
        """Everything that the list may rank by; what is costly only where the list asks for it."""
        occasion = _forgotten(past) if query.refine == "ignore-history" else past
        scored = NOTHING_SCORED
        if occasion.shopper.personalize and name not in UNSCORED:
            scored = await self.scores.of(model.version, occasion, lambda: model.score(occasion, SCORED))
        trending, lost = await self._trending() if name == "trending" else ((), ())
        most = max(MOST_FOUND, len(assortment.catalog)) if query.narrowed else MOST_FOUND
        found = await self.search.find(query.q or "", most, assortment.catalog) if name == "search" else None
        days = model.days_on_sale() if name == "new" else {}
        return Known(
            name, query, occasion, past, assortment, model.neighbours, days, scored, trending=trending, found=found
        ), lost

    async def _trending(self) -> tuple[Affinities, tuple[str, ...]]:
        try:
            return await self.trends.trending(), ()
        except MemoryUnavailableError as error:
            log.warning("recommending without trends: %s", error)
            return (), ("redis",)


@dataclass(frozen=True, slots=True, eq=False)
class Limits:
    """What a list may show, shape (products,), and how long it must be for the page that was asked for."""

    allowed: Bools
    needed: int


def _forgotten(occasion: Occasion) -> Occasion:
    """The same moment, of somebody of whom nothing is known."""
    return Occasion(Shopper(occasion.shopper.id, NO_SEGMENT, personalize=False), Memory(), occasion.now)


def _limits(known: Known, curation: Curation) -> Limits:
    query, catalog, now = known.query, known.assortment.catalog, known.occasion.now
    mask = allowed(query.filter(never_shown(known)), catalog, now)
    mask &= ~kept_out(curation, known.name, query.channel, now, catalog)
    rules = [rule for rule in curation.rules if rule.holds(known.name, query.channel, now)]
    pinned = sum(len(rule.products) for rule in rules if rule.kind == "include")
    moved = any(rule.kind in {"boost", "bury"} for rule in rules)
    shown = max(query.last, POOL) + pinned if query.diversity else query.last
    return Limits(mask, max(shown, LONGEST + pinned) if moved else shown)


def _too_little(known: Known, limits: Limits) -> bool:
    """Whether the list needs more than the model ranks: told by what it holds, so that its pages fit together."""
    if not known.warm or known.name not in BY_TASTE:
        return False
    if known.name == "rank":
        return not set(known.query.items) <= set(known.scored.products)
    rows = known.taste.rows
    return int(np.count_nonzero(limits.allowed[rows] & (rows >= 0))) < limits.needed


def _page(
    known: Known, curation: Curation, limits: Limits, made: tuple[str, str | None, tuple[str, ...]]
) -> RecommendationList:
    query, catalog, now, mask = known.query, known.assortment.catalog, known.occasion.now, limits.allowed
    model, request, degraded = made
    found = filled(made_of(known), mask, limits.needed)
    curated = curate(curation, known.name, query.channel, now, catalog, found.rows, found.scores, mask)
    order = _order(curated, known)
    rows, scores = curated.rows[order], curated.scores[order]
    origins = _origins(found, rows[: query.last], len(catalog))
    page = slice(query.skip, query.last)
    answer = f"{known.name}~{model[:LONGEST_VERSION]}~{request or _snapshot(known.name, model, rows[page])}"
    shown = zip(rows[page].tolist(), scores[page].tolist(), origins[page], strict=True)
    return RecommendationList(
        list=known.name,
        title=TITLES.get(known.name, known.name.replace("-", " ").capitalize()),
        model=model,
        path="warm" if known.warm else "cold",
        degraded=degraded,
        fallback=", ".join(name for name in found.fallbacks if name in origins) or None,
        total=int(np.count_nonzero(mask)) if known.name in ENDLESS else len(rows),
        items=tuple(
            _item(catalog.products[row], score, (origin, curated.why.get(row)), (known, answer, rank))
            for rank, (row, score, origin) in enumerate(shown, query.skip + 1)
        ),
    )


def _order(curated: Curated, known: Known) -> Ints:
    """Positions in the curated list: as diverse as wanted, with what the shop put somewhere where it put it."""
    order = np.arange(len(curated.rows))
    free = np.flatnonzero([row not in curated.pinned for row in curated.rows.tolist()]) if curated.pinned else order
    catalog, share = known.assortment.catalog, known.query.diversity
    order[free] = free[diversified(curated.rows[free], curated.scores[free], catalog, share)]
    return order


def _snapshot(name: str, model: str, rows: Ints) -> str:
    """A name for what everyone is shown: the same products in the same order have the same, in every process."""
    return blake2b(f"{name} {model} {rows.tolist()}".encode(), digest_size=8).hexdigest()


def _origins(found: Filled, rows: Ints, products: int) -> tuple[str, ...]:
    """The ranking that each of these rows comes from."""
    place = np.full(products, -1, dtype=np.int32)
    place[found.rows] = np.arange(len(found.rows))
    return tuple(CURATED if at < 0 else found.origins[at] for at in place[rows].tolist())


def _item(
    product: Product, score: float, told: tuple[str, str | None], asked: tuple[Known, str, int]
) -> RecommendedItem:
    (origin, why), (known, answer, rank) = told, asked
    return RecommendedItem(
        id=product.id,
        name=product.name,
        category=product.category,
        price=product.price,
        score=round(score, 6),
        tracking_id=f"{answer}~{rank}",
        reason=REASONS.get(origin, CURATED),
        explain="; ".join([f"ranked by {origin}", *([why] if why else [])]) if known.query.explain else None,
    )
