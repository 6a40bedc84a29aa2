"""Everything a decision needs to know of the shop, as one immutable snapshot."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

from functions.personalization.catalog import Catalog
from functions.personalization.coverage import Coverage
from functions.personalization.lists import Ranking, listed
from functions.personalization.offers import Offer, Policy

type Affinities = tuple[tuple[str, float], ...]
"""(product id, affinity), best first."""


class UnfitFallbackError(Exception):
    """The policy's fallback does not exist or is restricted: a shopper could be left without an offer."""

    def __init__(self, fallback: str, fault: str) -> None:
        super().__init__(
            f"The fallback offer '{fallback}' {fault}: the policy needs one that every shopper may have."
        )


@dataclass(frozen=True)
class Assortment:
    """Catalogue, offers, policy, and the pre-computed affinities for each segment and for everyone.

    Raises `UnfitFallbackError` when the policy's fallback is not an offer without dates, rules and cap.
    """

    catalog: Catalog
    offers: Mapping[str, Offer]
    policy: Policy
    segments: Mapping[str, Affinities] = field(default_factory=dict)
    everyone: Affinities = ()

    def __post_init__(self) -> None:
        fallback = self.offers.get(self.policy.fallback)
        if fallback is None:
            raise UnfitFallbackError(self.policy.fallback, "is not among the offers")
        if fallback.restricted:
            raise UnfitFallbackError(fallback.id, "has dates, rules or a cap")

    @property
    def fallback(self) -> Offer:
        """The offer that every shopper may have at any time."""
        return self.offers[self.policy.fallback]

    @property
    def missing(self) -> tuple[str, ...]:
        """Offers that the policy names and that do not exist: they are passed over, and somebody should be told."""
        return tuple(name for name in (*self.policy.first, *self.policy.priority) if name not in self.offers)

    @cached_property
    def popular(self) -> Ranking:
        """What everyone wants."""
        return listed("popular", self.everyone, self.catalog)

    @cached_property
    def liked(self) -> Mapping[str, Ranking]:
        """What the shoppers of each segment want."""
        return {name: listed("segment", each, self.catalog) for name, each in self.segments.items()}

    @cached_property
    def coverage(self) -> Coverage:
        """Which offers cover which products; made at first use, so touch it before serving from this snapshot."""
        return Coverage(self.offers.values(), self.catalog)
