"""What is known of a shopper, and what the shopper says may be done with it."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Protocol

from pydantic import StrictBool

from functions.personalization.catalog import Catalog
from functions.personalization.shopper import Memory, Shopper, with_consent
from functions.usecases.metrics import Answer
from functions.usecases.ports import MemoryUnavailableError, Shelf

MOST_RECENT, MOST_BOUGHT = 20, 20
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

log = logging.getLogger(__name__)


class NoSuchShopperError(Exception):
    """There is no profile of that id."""

    def __init__(self, shopper_id: str) -> None:
        super().__init__(f"There is no shopper '{shopper_id[:128]}'.")


class Touched(Answer):
    """A product that the shopper touched a moment ago, and how."""

    id: str
    name: str
    action: str
    time: datetime


class Bought(Answer):
    """A product that the shopper buys: baskets with it, and the day of the last."""

    id: str
    name: str
    purchases: int
    last: str


class ShopperSummary(Answer):
    """A shopper at a glance; nothing that tells who the person is.

    `affinities` are shares of spend by department, largest first. Of who opted out nothing personal is told.
    """

    id: str
    segment: str
    personalize: bool
    affinities: dict[str, float]
    recent: tuple[Touched, ...]
    bought: tuple[Bought, ...]
    baskets: int
    degraded: tuple[str, ...] = ()


class Consent(Answer):
    """Whether the shopper lets itself be personalized."""

    personalize: StrictBool


class Profiles(Protocol):
    """Profiles as they are stored."""

    async def read(self, shopper_id: str) -> Shopper | None:
        """The profile; raises `StoreUnavailableError`."""

    async def consent(self, shopper_id: str, *, personalize: bool) -> bool:
        """Keep the shopper's word, False when there is no such shopper; raises `StoreUnavailableError`."""


class Memories(Protocol):
    """Fast memory."""

    async def look(self, subjects: Sequence[str]) -> Memory:
        """What it holds of these subjects; raises `MemoryUnavailableError`."""

    async def consent(self, shopper_id: str, *, personalize: bool) -> None:
        """Make the shopper's word known everywhere; raises `MemoryUnavailableError`."""


@dataclass(frozen=True, slots=True)
class ShopperData:
    """The use case with what it reads from and writes to."""

    profiles: Profiles
    memories: Memories
    shelf: Shelf

    async def summary(self, shopper_id: str) -> ShopperSummary:
        """A shopper at a glance; raises `NoSuchShopperError`, `StoreUnavailableError`."""
        shopper = await self.profiles.read(shopper_id)
        if shopper is None:
            raise NoSuchShopperError(shopper_id)
        catalog = (await self.shelf.current()).catalog
        try:
            memory = await self.memories.look([shopper_id])
        except MemoryUnavailableError as error:
            log.warning("showing a shopper without fast memory: %s", error)
            return _summary(shopper, Memory(), catalog, ("redis",))
        return _summary(with_consent(shopper, memory), memory, catalog, ())

    async def say(self, shopper_id: str, consent: Consent) -> Consent:
        """Keep what the shopper says: it holds from the next request on, in every process.

        Raises `NoSuchShopperError`, `StoreUnavailableError`, `MemoryUnavailableError`: then to be said again.
        """
        if not await self.profiles.consent(shopper_id, personalize=consent.personalize):
            raise NoSuchShopperError(shopper_id)
        await self.memories.consent(shopper_id, personalize=consent.personalize)
        return consent


def _summary(shopper: Shopper, memory: Memory, catalog: Catalog, degraded: tuple[str, ...]) -> ShopperSummary:
    if not shopper.personalize:
        return ShopperSummary(
            id=shopper.id, segment="", personalize=False, affinities={}, recent=(), bought=(), baskets=0
        )
    shares = sorted(shopper.affinities.items(), key=lambda each: -each[1])
    return ShopperSummary(
        id=shopper.id,
        segment=shopper.segment,
        personalize=True,
        affinities={name: round(share, 4) for name, share in shares},
        recent=tuple(
            Touched(id=each.product, name=_name(each.product, catalog), action=each.action, time=each.time)
            for each in memory.recent[:MOST_RECENT]
        ),
        bought=_bought(shopper, catalog),
        baskets=shopper.history.baskets,
        degraded=degraded,
    )


def _bought(shopper: Shopper, catalog: Catalog) -> tuple[Bought, ...]:
    """What the shopper is most likely to buy again, by its decayed purchases."""
    history = shopper.history
    rows = zip(history.products, history.purchases, history.last, strict=True)
    return tuple(
        Bought(id=product, name=_name(product, catalog), purchases=purchases, last=_day(last))
        for product, purchases, last in islice(rows, MOST_BOUGHT)
    )


def _name(product: str, catalog: Catalog) -> str:
    row = catalog.position.get(product)
    return product if row is None else catalog.products[row].name


def _day(epoch_day: int) -> str:
    return (_EPOCH + timedelta(days=epoch_day)).date().isoformat()
