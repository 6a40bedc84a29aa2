"""What each method of the clients sends, and how it reads the answer: the same for both."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

import httpx

from .messages import (
    DecideRequest,
    Erasure,
    Event,
    EventResults,
    ListQuery,
    OfferDecision,
    PersonalExport,
    Product,
    RecommendationList,
    RuleContent,
    RulePage,
    ShopperSummary,
    VersionedRule,
)
from .problem import retry_after

AGAIN = frozenset({429, 503})
"""Statuses of a call that did nothing and may be sent again."""


@dataclass(frozen=True, slots=True)
class Call[T]:
    """A request, and how its answer is read."""

    method: str
    path: str
    read: Callable[[httpx.Response], T]
    params: Mapping[str, str | int] = field(default_factory=dict)
    body: object = None
    headers: Mapping[str, str] = field(default_factory=dict)

    def build(self, client: httpx.Client | httpx.AsyncClient) -> httpx.Request:
        """The request of a client."""
        told = dict(self.headers)
        return client.build_request(self.method, self.path, params=self.params, json=self.body, headers=told)


def wait(response: httpx.Response, sent: int, retries: int, longest: float) -> float | None:
    """Seconds to wait before a request that was `sent` so often is sent again; None when it is not to be."""
    if response.status_code not in AGAIN or sent > retries:
        return None
    asked = retry_after(response)
    seconds = asked if asked is not None else 0.5 * 2 ** (sent - 1)
    return seconds if seconds <= longest else None


def recommendations(name: str, about: ListQuery) -> Call[RecommendationList]:
    """Always by POST, which has no limit of a URL's length."""
    return Call("POST", f"api/v1/recommendations/{_part(name)}", _json, body=about)


def events(batch: Sequence[Event]) -> Call[EventResults]:
    """A batch."""
    return Call("POST", "api/v1/events", _json, body=list(batch))


def decide(about: DecideRequest) -> Call[OfferDecision]:
    """A decision."""
    return Call("POST", "api/v1/offers/decide", _json, body=about)


def suggestions(typed: str, count: int) -> Call[list[str]]:
    """Suggestions, without their envelope."""
    return Call("GET", "api/v1/suggestions", lambda answer: list(_json(answer)["suggestions"]), _query(typed, count))


def product(product_id: str) -> Call[Product]:
    """A product."""
    return Call("GET", f"api/v1/products/{_part(product_id)}", _json)


def shopper(shopper_id: str) -> Call[ShopperSummary]:
    """A shopper."""
    return Call("GET", _shopper(shopper_id), _json)


def personalize(shopper_id: str, allowed: bool) -> Call[None]:
    """A shopper's word."""
    path, body = f"{_shopper(shopper_id)}/personalization", {"personalize": allowed}
    return Call("PUT", path, lambda _: None, body=body)


def export(shopper_id: str) -> Call[PersonalExport]:
    """An export."""
    return Call("GET", f"{_shopper(shopper_id)}/export", _json)


def erase(shopper_id: str) -> Call[Erasure]:
    """An erasure."""
    return Call("DELETE", _shopper(shopper_id), _json)


def rules(count: int, skip: int) -> Call[RulePage]:
    """A page of rules."""
    return Call("GET", "api/v1/rules", _json, {"count": count, "skip": skip})


def rule(rule_id: str) -> Call[VersionedRule]:
    """A rule."""
    return Call("GET", f"api/v1/rules/{_part(rule_id)}", _versioned)


def write_rule(rule_id: str, content: RuleContent, etag: str | None) -> Call[VersionedRule]:
    """A rule, written."""
    return Call("PUT", f"api/v1/rules/{_part(rule_id)}", _versioned, body=content, headers=_if_match(etag))


def delete_rule(rule_id: str, etag: str | None) -> Call[None]:
    """A rule, deleted."""
    return Call("DELETE", f"api/v1/rules/{_part(rule_id)}", lambda _: None, headers=_if_match(etag))


def _shopper(shopper_id: str) -> str:
    return f"api/v1/shoppers/{_part(shopper_id)}"


def _part(text: str) -> str:
    return quote(text, safe="")


def _query(typed: str, count: int) -> dict[str, str | int]:
    return {"q": typed, "count": count}


def _if_match(etag: str | None) -> dict[str, str]:
    return {"If-Match": etag} if etag else {}


def _json(answer: httpx.Response) -> Any:
    return answer.json()


def _versioned(answer: httpx.Response) -> VersionedRule:
    return VersionedRule(answer.json(), answer.headers.get("ETag", ""))
