"""A typed client of the personalization API: lists of products, offers, and what shoppers do."""

from .clients import AsyncClient, Client
from .messages import (
    DecideRequest,
    Event,
    EventResult,
    EventResults,
    ListQuery,
    OfferDecision,
    Product,
    RecommendationList,
    RecommendedItem,
    Rule,
    RuleContent,
    RulePage,
    Suggestions,
    VersionedRule,
)
from .problem import FieldFault, ProblemError

__all__ = [
    "AsyncClient",
    "Client",
    "DecideRequest",
    "Event",
    "EventResult",
    "EventResults",
    "FieldFault",
    "ListQuery",
    "OfferDecision",
    "ProblemError",
    "Product",
    "RecommendationList",
    "RecommendedItem",
    "Rule",
    "RuleContent",
    "RulePage",
    "Suggestions",
    "VersionedRule",
]
