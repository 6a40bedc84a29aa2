"""What the use cases need of the outside, as they would like to have it. Adapters implement it, tests fake it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

import numpy as np

from functions.events import ActionEvent, CloudEvent, DecisionData
from functions.personalization.assortment import Assortment
from functions.personalization.catalog import Catalog, Doubles, Ints
from functions.personalization.coverage import Coverage
from functions.personalization.curation import Curation
from functions.personalization.eligibility import Occasion
from functions.personalization.recommendations import Scored
from functions.personalization.shopper import Memory, Shopper


class MemoryUnavailableError(Exception):
    """Fast memory (Redis) does not answer: decisions go on without it, marked degraded."""


class StoreUnavailableError(Exception):
    """The document store (Cosmos) does not answer, or throttled us past the time limit: try the message again."""


class NotSeededError(StoreUnavailableError):
    """The store answers, and there is nothing in it: somebody has to fill the shop first."""

    def __init__(self) -> None:
        super().__init__("there is no policy: seed the data with `python -m model.seed`")


class StreamUnavailableError(Exception):
    """The event stream did not accept the events: nothing may be acknowledged, try the message again."""


class RuleChangedError(Exception):
    """A rule is not the one any more that the caller had read."""

    def __init__(self, rule_id: str) -> None:
        super().__init__(f"The rule '{rule_id}' was changed or deleted since it was read: read it again.")


class Shoppers(Protocol):
    """Profiles."""

    async def read(self, shopper_id: str) -> Shopper | None:
        """The profile, None when there is no such shopper; raises `StoreUnavailableError`."""


class Memories(Protocol):
    """Fast memory of shoppers."""

    async def recall(self, action: ActionEvent) -> Memory:
        """Add the action to its shopper's memory (idempotent by event id) and return that memory, in one round trip.

        The offer that this very action got, when it is delivered again, is not among those `offered`: it would count
        against itself, and the redelivery be decided otherwise.

        Raises `MemoryUnavailableError`.
        """

    async def offer_made(self, shopper_id: str, offer_id: str, decision_id: str, at: datetime) -> None:
        """Count an offer towards its caps (idempotent by decision id); raises `MemoryUnavailableError`."""


class Model(Protocol):
    """One version of the model, which never changes."""

    @property
    def version(self) -> str:
        """Version of the model, as its manifest says."""

    async def score(self, occasion: Occasion, count: int) -> Scored:
        """The `count` products with the largest affinity; empty when the model knows nothing of the shopper."""

    async def redemptions(self, occasion: Occasion, coverage: Coverage) -> Doubles | None:
        """The probability that the shopper redeems each offer of the coverage, shape (offers,), 0 where it is over.

        None when this model knows nothing of offers, or not enough of the shopper.
        """


class Models(Protocol):
    """Which model decides."""

    async def current(self) -> Model:
        """The active model; ask once for each decision, so that a single version makes it."""


class Shelf(Protocol):
    """What the shop has to offer at this moment."""

    async def current(self) -> Assortment:
        """The assortment, cached within its bounded age; raises `StoreUnavailableError` when there is none."""


class CurationRules(Protocol):
    """What campaign managers say of lists."""

    async def current(self) -> Curation:
        """The rules, at most some seconds old; the last known when the store is away."""


class EventStream(Protocol):
    """Where events go."""

    async def send(self, events: Sequence[CloudEvent]) -> None:
        """Send the events of one shopper (`subject` is the key), all or none; raises `StreamUnavailableError`."""


@dataclass(frozen=True, slots=True)
class KeptDecision:
    """A decision as it is kept."""

    id: str
    time: datetime
    data: DecisionData


@dataclass(frozen=True, slots=True)
class Erased:
    """In how many records a shopper was; `complete` is False where some could not be looked at."""

    records: int
    complete: bool = True


@dataclass(frozen=True, slots=True)
class Found:
    """What a search found, best first: `rows` (found,) of the catalogue, `scores` (found,) from 0 to 1."""

    rows: Ints
    scores: Doubles

    def then(self, others: "Found", count: int) -> "Found":
        """At most `count` of these, followed by those of the others that are not among them."""
        new = ~np.isin(others.rows, self.rows)
        rows, scores = (self.rows, others.rows[new]), (self.scores, others.scores[new])
        return Found(np.concatenate(rows)[:count], np.concatenate(scores)[:count])


NOTHING_FOUND = Found(np.zeros(0, dtype=np.int64), np.zeros(0))


class ProductSearch(Protocol):
    """Search over the catalogue by what a person typed: any text is a question, typing errors are forgiven."""

    async def find(self, term: str, count: int, catalog: Catalog) -> Found:
        """At most `count` products by their rows in this catalogue, best first; raises `StoreUnavailableError`."""

    async def suggest(self, prefix: str, count: int) -> tuple[str, ...]:
        """At most `count` names and categories that the words may become; raises `StoreUnavailableError`."""
