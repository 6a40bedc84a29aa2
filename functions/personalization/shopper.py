"""The shopper's profile: what we know of a person, and the only place where it is kept."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

MAX_HISTORY = 240
"""Products kept in a profile's history: those with the largest recency-decayed weight."""

NO_SEGMENT = ""
"""Of who has no profile."""


class InvalidShopperError(ValueError):
    """A document is not a shopper's profile; the text says what is wrong, without quoting the profile.

    It ends in logs, so the document is named by its resource id (`c._rid` in a query), which is nobody's name.
    """

    def __init__(self, document: Mapping[str, Any], fault: str) -> None:
        super().__init__(f"the document of _rid '{document.get('_rid')}' is not a shopper: {fault}")


@dataclass(frozen=True, slots=True)
class History:
    """What a shopper bought, a row for each product, as parallel columns (at most `MAX_HISTORY` rows).

    `purchases` counts baskets with the product; `first` and `last` are epoch days of the first and last of them;
    `weights` are recency-decayed purchase counts at `as_of`, an epoch day with fraction:
    sum over purchases of exp(-(as_of - day) / tau), with the tau of the model that will read them.
    `baskets` counts all of the shopper's baskets since the epoch day `since`; 0 where that is not known.
    """

    products: tuple[str, ...] = ()
    purchases: tuple[int, ...] = ()
    first: tuple[int, ...] = ()
    last: tuple[int, ...] = ()
    weights: tuple[float, ...] = ()
    as_of: float = 0.0
    baskets: int = 0
    since: int = 0

    def __len__(self) -> int:
        return len(self.products)

    def to_document(self) -> dict[str, Any]:
        """The history as part of the shopper's document."""
        return {
            "products": list(self.products),
            "purchases": list(self.purchases),
            "first": list(self.first),
            "last": list(self.last),
            "weights": list(self.weights),
            "asOf": self.as_of,
            "baskets": self.baskets,
            "since": self.since,
        }

    @classmethod
    def from_document(cls, document: Mapping[str, Any]) -> "History":
        """The history of a shopper's document; raises `TypeError` or `ValueError`."""
        history = cls(
            products=tuple(document.get("products", ())),
            purchases=tuple(document.get("purchases", ())),
            first=tuple(document.get("first", ())),
            last=tuple(document.get("last", ())),
            weights=tuple(map(float, document.get("weights", ()))),
            as_of=float(document.get("asOf", 0)),
            baskets=int(document.get("baskets", 0)),
            since=int(document.get("since", 0)),
        )
        columns = (history.products, history.purchases, history.first, history.last, history.weights)
        if len({len(column) for column in columns}) > 1:
            raise ValueError("the columns of the history differ in length")
        return history


@dataclass(frozen=True, slots=True)
class Shopper:
    """A shopper. `affinities` maps departments to the share of spend, 0 to 1, or is empty when nothing is known.

    `distance_miles` is from the shopper's own store; None when not known. With `personalize` off (the shopper
    opted out) nothing personal may be used in a decision. `offered` counts the offers that the shopper was given so
    far, `redeemed` the coupons that the shopper used, of these offers or of any other.
    """

    id: str
    segment: str
    affinities: Mapping[str, float] = field(default_factory=dict)
    history: History = History()
    personalize: bool = True
    distance_miles: float | None = None
    region: str | None = None
    traits: Mapping[str, str] = field(default_factory=dict)
    offered: int = 0
    redeemed: int = 0
    updated: datetime | None = None

    def to_document(self) -> dict[str, Any]:
        """The shopper as its Cosmos document."""
        return {
            "id": self.id,
            "segment": self.segment,
            "affinities": dict(self.affinities),
            "history": self.history.to_document(),
            "personalize": self.personalize,
            "distanceMiles": self.distance_miles,
            "region": self.region,
            "traits": dict(self.traits),
            "offered": self.offered,
            "redeemed": self.redeemed,
            "updated": self.updated.isoformat() if self.updated else None,
        }

    @classmethod
    def from_document(cls, document: Mapping[str, Any]) -> "Shopper":
        """The shopper of a Cosmos document, or `InvalidShopperError`."""
        try:
            return cls(
                id=str(document["id"]),
                segment=str(document["segment"]),
                affinities={name: float(share) for name, share in (document.get("affinities") or {}).items()},
                history=History.from_document(document.get("history") or {}),
                personalize=_consent(document.get("personalize", True)),
                distance_miles=_miles(document.get("distanceMiles")),
                region=document.get("region"),
                traits=document.get("traits") or {},
                offered=_count(document.get("offered")),
                redeemed=_count(document.get("redeemed")),
                updated=datetime.fromisoformat(document["updated"]) if document.get("updated") else None,
            )
        except KeyError as error:
            raise InvalidShopperError(document, f"{error} is missing") from error
        except (AttributeError, TypeError, ValueError) as error:
            raise InvalidShopperError(document, f"a field has a wrong type ({type(error).__name__})") from None


def _consent(value: Any) -> bool:
    if not isinstance(value, bool):  # a text such as "false" must never count as consent
        raise TypeError("personalize is neither true nor false")
    return value


def _count(value: Any) -> int:
    count = int(value or 0)
    if count < 0:
        raise ValueError("a count is below 0")
    return count


def _miles(value: Any) -> float | None:
    return None if value is None else float(value)


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
    personalize: bool | None = None
    """What the shopper said of being personalized, where it said so lately: newer than a profile in memory."""


def with_consent(shopper: Shopper, memory: Memory) -> Shopper:
    """The shopper as it wants to be treated from its last word on."""
    return shopper if memory.personalize is None else replace(shopper, personalize=memory.personalize)
