"""A few simulated shoppers, whom a visitor of the demo store can be. Real shoppers are never listed."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from hashlib import sha256

from pydantic import BaseModel, ConfigDict
from pydantic.alias_generators import to_camel

from functions.personalization.shopper import Shopper
from functions.usecases.ports import Shoppers
from functions.usecases.simulate_shopper import Simulations

LOOKED_AT, SHOWN, DEPARTMENTS = 24, 8, 2
"""Profiles read, shoppers listed, departments named for each."""
MAX_AGE = 300.0
"""Seconds for which the list is served from memory."""


class SampleShopper(BaseModel):
    """A simulated shopper: where most is spent, and in how many baskets (0: nothing is known before the visit)."""

    model_config = ConfigDict(frozen=True, alias_generator=to_camel, populate_by_name=True, serialize_by_alias=True)

    id: str
    segment: str
    departments: tuple[str, ...]
    baskets: int


class Sample(BaseModel):
    """Simulated shoppers, those with a history first; none in a shop that was never simulated."""

    model_config = ConfigDict(frozen=True)

    shoppers: tuple[SampleShopper, ...]


@dataclass
class SampleShoppers:
    """The use case, with what it reads from and what it read last."""

    simulations: Simulations
    shoppers: Shoppers
    stopwatch: Callable[[], float]
    _last: tuple[float, Sample] | None = field(default=None, init=False)

    async def __call__(self) -> Sample:
        """Always the same shoppers as long as the shop is the same; raises `StoreUnavailableError`."""
        if self._last is None or self.stopwatch() - self._last[0] > MAX_AGE:
            self._last = (self.stopwatch(), await self._sample())
        return self._last[1]

    def forget(self) -> None:
        """Choose anew when next asked."""
        self._last = None

    async def _sample(self) -> Sample:
        ids = sorted(await self.simulations.shoppers(), key=lambda each: sha256(each.encode()).digest())
        profiles = await asyncio.gather(*map(self.shoppers.read, ids[:LOOKED_AT]))
        known = [_sampled(profile) for profile in profiles if profile is not None and profile.personalize]
        regulars = [each for each in known if each.baskets]
        strangers = [each for each in known if not each.baskets][:1]
        return Sample(shoppers=(*regulars[: SHOWN - len(strangers)], *strangers))


def _sampled(shopper: Shopper) -> SampleShopper:
    favourites = sorted(shopper.affinities, key=lambda name: -shopper.affinities[name])[:DEPARTMENTS]
    return SampleShopper(
        id=shopper.id, segment=shopper.segment, departments=tuple(favourites), baskets=shopper.history.baskets
    )
