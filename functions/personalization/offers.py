"""Offers, the typed rules that restrict them, and the policy that chooses among them: data, checked at the door."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, TypeAdapter, ValidationError, model_validator
from pydantic.alias_generators import to_camel

from functions.events import Id

Share = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]
Miles = Annotated[float, Field(ge=0, le=20_000, allow_inf_nan=False)]


class InvalidOfferError(Exception):
    """A document is not an offer or a policy; the text names the fields that are wrong."""


class Record(BaseModel):
    """Immutable; camelCase in documents; a field it does not know is an error, so that no typo goes unseen."""

    model_config = ConfigDict(frozen=True, extra="forbid", alias_generator=to_camel, populate_by_name=True)


class TopShoppers(Record):
    """For the `within` shoppers with the most views in the last day."""

    type: Literal["top_shoppers"] = "top_shoppers"
    within: Annotated[int, Field(ge=1, le=100_000)] = 1_000


class Distance(Record):
    """For shoppers who live at least, and at most, so far from their store."""

    type: Literal["distance"] = "distance"
    at_least: Miles = 0
    at_most: Miles = 20_000


class Dates(Record):
    """Only from a moment (inclusive) to another (exclusive)."""

    type: Literal["dates"] = "dates"
    starts: AwareDatetime
    ends: AwareDatetime


class Segments(Record):
    """Only for shoppers of these segments."""

    type: Literal["segments"] = "segments"
    segments: Annotated[tuple[str, ...], Field(min_length=1, max_length=100)]


Rule = Annotated[TopShoppers | Distance | Dates | Segments, Field(discriminator="type")]


class Offer(Record):
    """Something a shopper can be given. It covers `products`; with none, it is a rule offer for anything.

    It runs from `starts` (inclusive) to `ends` (exclusive). Every rule must pass. A shopper is made the offer at
    most `daily_cap` times within 24 hours.
    """

    id: Id
    name: Annotated[str, Field(min_length=1, max_length=256)]
    campaign: Annotated[str, Field(max_length=128)] | None = None
    products: Annotated[tuple[Id, ...], Field(max_length=10_000)] = ()
    starts: AwareDatetime | None = None
    ends: AwareDatetime | None = None
    rules: Annotated[tuple[Rule, ...], Field(max_length=20)] = ()
    daily_cap: Annotated[int, Field(ge=1, le=10_000)] | None = None

    @property
    def restricted(self) -> bool:
        """Whether there is any shopper or moment for which the offer may not be made."""
        return bool(self.starts or self.ends or self.rules or self.daily_cap)

    def to_document(self) -> dict[str, Any]:
        """The offer as its Cosmos document."""
        return self.model_dump(mode="json", by_alias=True)

    @classmethod
    def from_document(cls, document: Mapping[str, Any]) -> "Offer":
        """The offer of a Cosmos document, or `InvalidOfferError`."""
        return _validate(_offer, document)


class Policy(Record):
    """How offers are chosen.

    The offers `first` are made to whoever may have them, in order. Then those that cover products compete; one must
    score at least `threshold`: the probability that the shopper redeems it or, where no model foresees that, the
    share of the best `likely_products` products that it covers. Both are small: a good coupon is redeemed by a few
    shoppers in a hundred. Then the `priority` list, in order, then `fallback`. A share `exploration` of decisions
    shows an eligible offer at random, and a share `holdout` of shoppers never gets a
    personalized one: both are there to learn from.
    """

    first: Annotated[tuple[Id, ...], Field(max_length=100)] = ()
    threshold: Share = 0.02
    likely_products: Annotated[int, Field(ge=1, le=1_000)] = 100
    priority: Annotated[tuple[Id, ...], Field(max_length=1_000)] = ()
    fallback: Id
    exploration: Share = 0.05
    holdout: Share = 0.05

    @model_validator(mode="after")
    def _fallback_comes_last(self) -> "Policy":
        if self.fallback in (*self.first, *self.priority):
            raise ValueError("the fallback must not be in a list: it comes after them")
        return self

    def to_document(self) -> dict[str, Any]:
        """The policy as the body of its Cosmos document, without the id."""
        return self.model_dump(mode="json", by_alias=True)

    @classmethod
    def from_document(cls, document: Mapping[str, Any]) -> "Policy":
        """The policy of a Cosmos document, or `InvalidOfferError`."""
        return _validate(_policy, {key: value for key, value in document.items() if key != "id"})


_offer = TypeAdapter(Offer)
_policy = TypeAdapter(Policy)


def _validate[T](adapter: TypeAdapter[T], document: Mapping[str, Any]) -> T:
    own = {key: value for key, value in document.items() if not key.startswith("_")}
    try:
        return adapter.validate_python(own)
    except ValidationError as error:
        faults = error.errors(include_url=False, include_input=False, include_context=False)[:3]
        named = "; ".join(f"{'.'.join(map(str, fault['loc']))}: {fault['msg']}" for fault in faults)
        raise InvalidOfferError(f"document '{str(document.get('id'))[:128]}': {named}") from None
