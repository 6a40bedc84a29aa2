"""Microsoft's retired Intelligent Recommendations, as its callers knew it, answered by our own lists.

Its routes and parameters are read leniently, as it read them: it did not care for capitals (its own examples ask for
`Reco/V1.0/New?Count=5`), and any other query parameter is a filter on an attribute.
"""

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import Field

from functions.events import Id
from functions.usecases.metrics import Answer
from functions.usecases.recommendation_messages import RecommendationList, RecommendationQuery

VERSION, STATUS = "v1.0", "Success"
ALGORITHMS: Mapping[str, str] = {"boughttogether": "bought-together", "peoplealsobought": "bought-together"}
"""What `algoType` asks for, in small letters; all others (people also like, similar looks) are `similar`."""
ALIASES: Mapping[str, str] = {"bestselling": "popular"}

NAMES: Mapping[str, str] = {
    "count": "count",
    "skipitems": "skip",
    "userid": "userId",
    "sessionid": "sessionId",
    "channelid": "channel",
    "catalogid": "catalog",
}
"""Parameters by what they are called here; the service did not care for capitals."""
OURS = frozenset({"modeling", "algotype", "refinements", "seeditemids", "code", "items"})
IGNORED = frozenset({"clienttype", "environmentid"})
"""What published callers of the service also send: who calls, and whose account; nothing about products."""


class RecoItem(Answer):
    """A product of a list."""

    id: str
    tracking_id: str


class RecoPaging(Answer):
    """How many products the list has."""

    total_items: int


class RecoList(Answer):
    """A list as the retired service answered."""

    id: str
    name: str
    version: str
    interactions_version: str
    items: tuple[RecoItem, ...]
    title: str
    long_title: str
    title_id: int
    paging_info: RecoPaging
    status: str


class Candidates(Answer):
    """The caller's own candidates, to be ranked for a shopper."""

    user_id: Id | None = None
    items: Annotated[tuple[Id, ...], Field(min_length=1, max_length=200)]


def list_named(name: str, params: Mapping[str, str]) -> str:
    """Our name of a list of theirs."""
    name = name.lower()
    if name == "similar":
        return ALGORITHMS.get(_lower(params).get("algotype", "").lower(), "similar")
    return ALIASES.get(name, name)


def question(params: Mapping[str, str], **more: Any) -> RecommendationQuery:
    """Our question of their parameters; raises pydantic's `ValidationError`."""
    lower = _lower(params)
    known = {ours: lower[theirs] for theirs, ours in NAMES.items() if theirs in lower}
    free = [f"{name}={value}" for name, value in params.items() if name.lower() not in OURS | IGNORED | NAMES.keys()]
    category = next((pair.partition("=")[2] for pair in free if pair.lower().startswith("category=")), None)
    attributes = [pair for pair in free if not pair.lower().startswith("category=")]
    if "removeuserhistory" in lower.get("refinements", "").lower():
        known["refine"] = "ignore-history"
    if "seeditemids" in lower:
        known["seed"] = lower["seeditemids"]
    asked = {**known, "category": category, "attributes": attributes, **more}
    return RecommendationQuery.model_validate({name: value for name, value in asked.items() if value is not None})


def answer(found: RecommendationList) -> RecoList:
    """Our list in their words."""
    return RecoList(
        id=found.list,
        name=found.title,
        version=VERSION,
        interactions_version=found.model,
        items=tuple(RecoItem(id=item.id, tracking_id=item.tracking_id) for item in found.items),
        title=found.title,
        long_title=found.title,
        title_id=0,
        paging_info=RecoPaging(total_items=found.total),
        status=STATUS,
    )


def _lower(params: Mapping[str, str]) -> dict[str, str]:
    return {name.lower(): value for name, value in params.items()}
