"""Everything a decision needs to know of the shop, as one immutable snapshot."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from functions.personalization.catalog import Catalog
from functions.personalization.offers import Offer, Policy

type Affinities = tuple[tuple[str, float], ...]
"""(product id, affinity), best first."""


@dataclass(frozen=True, slots=True)
class Assortment:
    """Catalogue, offers, policy, and the pre-computed affinities for each segment and for everyone."""

    catalog: Catalog
    offers: Mapping[str, Offer]
    policy: Policy
    segments: Mapping[str, Affinities] = field(default_factory=dict)
    everyone: Affinities = ()
