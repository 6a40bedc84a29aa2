"""The shopper's profile: what we know of a person, and the only place where it is kept."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

MAX_HISTORY = 240
"""Products kept in a profile's history: those with the largest recency-decayed weight."""


@dataclass(frozen=True, slots=True)
class History:
    """What a shopper bought, a row for each product, as parallel columns (at most `MAX_HISTORY` rows).

    `purchases` counts baskets with the product; `first` and `last` are epoch days of the first and last of them;
    `weights` are recency-decayed purchase counts at `as_of`, an epoch day with fraction:
    sum over purchases of exp(-(as_of - day) / tau), with the tau of the model that will read them.
    """

    products: tuple[str, ...] = ()
    purchases: tuple[int, ...] = ()
    first: tuple[int, ...] = ()
    last: tuple[int, ...] = ()
    weights: tuple[float, ...] = ()
    as_of: float = 0.0

    def __len__(self) -> int:
        return len(self.products)


@dataclass(frozen=True, slots=True)
class Shopper:
    """A shopper. `affinities` maps departments to the share of spend, 0 to 1, or is empty when nothing is known.

    `distance_miles` is from the shopper's own store; None when not known. With `personalize` off (the shopper
    opted out) nothing personal may be used in a decision.
    """

    id: str
    segment: str
    affinities: Mapping[str, float] = field(default_factory=dict)
    history: History = History()
    personalize: bool = True
    distance_miles: float | None = None
    region: str | None = None
    traits: Mapping[str, str] = field(default_factory=dict)
    updated: datetime | None = None

    def to_document(self) -> dict[str, Any]:
        """The shopper as its Cosmos document."""
        return {
            "id": self.id,
            "segment": self.segment,
            "affinities": dict(self.affinities),
            "history": {
                "products": list(self.history.products),
                "purchases": list(self.history.purchases),
                "first": list(self.history.first),
                "last": list(self.history.last),
                "weights": list(self.history.weights),
                "asOf": self.history.as_of,
            },
            "personalize": self.personalize,
            "distanceMiles": self.distance_miles,
            "region": self.region,
            "traits": dict(self.traits),
            "updated": self.updated.isoformat() if self.updated else None,
        }

    @classmethod
    def from_document(cls, document: Mapping[str, Any]) -> "Shopper":
        """The shopper of a Cosmos document."""
        history = document.get("history") or {}
        return cls(
            id=document["id"],
            segment=document["segment"],
            affinities=document.get("affinities") or {},
            history=History(
                products=tuple(history.get("products", ())),
                purchases=tuple(history.get("purchases", ())),
                first=tuple(history.get("first", ())),
                last=tuple(history.get("last", ())),
                weights=tuple(history.get("weights", ())),
                as_of=history.get("asOf", 0.0),
            ),
            personalize=document.get("personalize", True),
            distance_miles=document.get("distanceMiles"),
            region=document.get("region"),
            traits=document.get("traits") or {},
            updated=datetime.fromisoformat(document["updated"]) if document.get("updated") else None,
        )


@dataclass(frozen=True, slots=True)
class Recent:
    """A product that the shopper touched a moment ago, and how (an event type)."""

    product: str
    action: str
    time: datetime


@dataclass(frozen=True, slots=True)
class Memory:
    """What fast memory holds of a shopper: changes within the second, lost without harm.

    `recent` is newest first; `offered` maps an offer to how often it was made to the shopper within 24 hours;
    `affinity` is the pre-computed list of (product, affinity), best first; `views_rank` is 0 for the shopper with the
    most views in the last day, None for one who is not among those kept.
    """

    recent: tuple[Recent, ...] = ()
    offered: Mapping[str, int] = field(default_factory=dict)
    affinity: tuple[tuple[str, float], ...] = ()
    views_rank: int | None = None
