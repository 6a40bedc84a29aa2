"""What is asked and answered, named as on the wire. The API's document at /api/openapi.json says more of each."""

from typing import Any, Literal, NamedTuple, NotRequired, TypedDict


class ListQuery(TypedDict, total=False):
    """For whom a list is, and what may be in it."""

    userId: str
    sessionId: str
    count: int
    skip: int
    channel: str
    catalog: str
    seed: list[str]
    items: list[str]
    q: str
    category: str
    priceMin: float
    priceMax: float
    attributes: list[str]
    exclude: list[str]
    excludeSeen: bool
    excludeBought: bool
    diversity: float
    refine: Literal["ignore-history"]
    explain: bool


class RecommendedItem(TypedDict):
    """A product of a list; `trackingId` names it in this answer, `score` orders this list only."""

    id: str
    name: str
    category: list[str]
    price: float
    score: float
    trackingId: str
    reason: str
    explain: str | None


class RecommendationList(TypedDict):
    """A page of a list."""

    title: str
    model: str
    path: Literal["warm", "cold"]
    degraded: list[str]
    fallback: str | None
    total: int
    items: list[RecommendedItem]
    list: str


class Event(TypedDict):
    """A CloudEvent; `subject` is the shopper, or the session of somebody who is not known."""

    specversion: NotRequired[Literal["1.0"]]
    id: str
    source: str
    subject: str
    time: str
    type: str
    data: dict[str, Any]
    session: NotRequired[str]
    sequence: NotRequired[int]


class EventResult(TypedDict):
    """What became of an event: `unavailable` is to be sent again, `rejected` never will be accepted."""

    id: str | None
    status: Literal["accepted", "rejected", "unavailable"]
    detail: str | None


class EventResults(TypedDict):
    """What became of each event, in the order sent."""

    accepted: int
    rejected: int
    unavailable: int
    results: list[EventResult]


class DecideRequest(TypedDict, total=False):
    """Who looks at what: `userId` or `sessionId` must be there."""

    userId: str
    sessionId: str
    requestId: str
    placement: str
    viewed: list[str]


class OfferMade(TypedDict):
    """The offer as it is to be shown."""

    id: str
    name: str
    covers: int
    products: list[str]


class DecidedProduct(TypedDict):
    """A product that the decision took for likely."""

    id: str
    score: float


class OfferDecision(TypedDict):
    """A decision with everything that explains it; views and clicks are reported with both of its ids."""

    decisionId: str
    trackingId: str
    offer: OfferMade
    runnerUp: str | None
    reasons: list[str]
    probability: float
    level: Literal["affinity", "rule", "priority", "fallback"]
    arm: Literal["personalized", "exploration", "holdout"]
    placement: str
    model: str
    path: Literal["warm", "cold"]
    degraded: list[str]
    products: list[DecidedProduct]


class Suggestions(TypedDict):
    """What may be meant by what was typed."""

    suggestions: list[str]


class Product(TypedDict):
    """A product of the catalogue."""

    id: str
    name: str
    category: list[str]
    price: float
    attributes: dict[str, str]
    available: bool


class Touched(TypedDict):
    """A product that a shopper touched a moment ago, and how."""

    id: str
    name: str
    action: str
    time: str


class Bought(TypedDict):
    """A product that a shopper buys."""

    id: str
    name: str
    purchases: int
    last: str


class ShopperSummary(TypedDict):
    """A shopper at a glance; of who opted out nothing personal is told."""

    id: str
    segment: str
    personalize: bool
    affinities: dict[str, float]
    recent: list[Touched]
    bought: list[Bought]
    baskets: int
    degraded: list[str]


class PersonalExport(TypedDict):
    """Everything that is held of a shopper or a visitor, by the place that holds it."""

    id: str
    held: dict[str, list[dict[str, Any]]]


class Erasure(TypedDict):
    """How many records each place held; erase again when it is not `complete`."""

    id: str
    erased: dict[str, int]
    complete: bool


class RuleContent(TypedDict):
    """What is said of some products in some lists, for some time."""

    name: str
    kind: Literal["include", "exclude", "boost", "bury"]
    products: NotRequired[list[str]]
    category: NotRequired[list[str]]
    attribute: NotRequired[list[str] | None]
    lists: NotRequired[list[str]]
    channels: NotRequired[list[str]]
    starts: NotRequired[str | None]
    ends: NotRequired[str | None]
    rank: NotRequired[int]
    factor: NotRequired[float]


class Rule(RuleContent):
    """A rule as it is kept."""

    id: str


class RulePage(TypedDict):
    """A page of rules, and how many there are."""

    total: int
    rules: list[Rule]


class VersionedRule(NamedTuple):
    """A rule, and the ETag by which a writer says which version it replaces."""

    rule: Rule
    etag: str
