"""The clients: one that waits, and one that is awaited."""

import asyncio
import time
from collections.abc import Sequence
from types import TracebackType
from typing import Self, Unpack

import httpx

from . import calls
from .calls import Call
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
from .problem import problem_of

TIMEOUT = 10.0
RETRIES, LONGEST_WAIT = 3, 30.0


def _headers(key: str | None, publishable_key: str | None) -> dict[str, str]:
    given = {"x-functions-key": key, "x-api-key": publishable_key}
    return {name: value for name, value in given.items() if value}


class Client:
    """Asks and waits. A call that was refused with 429 or 503 is sent again, `retries` times, after as many
    seconds as the answer asks, `longest_wait` at most. Every method raises `ProblemError` and `httpx.TransportError`.
    """

    def __init__(
        self,
        url: str,
        *,
        key: str | None = None,
        publishable_key: str | None = None,
        timeout: float = TIMEOUT,
        retries: int = RETRIES,
        longest_wait: float = LONGEST_WAIT,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        headers = _headers(key, publishable_key)
        self._http = httpx.Client(base_url=url, headers=headers, timeout=timeout, transport=transport)
        self._retries = retries
        self._longest = longest_wait

    def recommendations(self, name: str, **about: Unpack[ListQuery]) -> RecommendationList:
        """A page of a list: picks, similar, bought-together, basket, trending, ... or a curated one."""
        return self._send(calls.recommendations(name, about))

    def events(self, batch: Sequence[Event]) -> EventResults:
        """Report what shoppers did, up to 500 events: look at the result of each."""
        return self._send(calls.events(batch))

    def decide(self, **about: Unpack[DecideRequest]) -> OfferDecision:
        """Which offer to make, and why."""
        return self._send(calls.decide(about))

    def suggestions(self, typed: str, count: int = 8) -> list[str]:
        """What may be meant by what was typed so far."""
        return self._send(calls.suggestions(typed, count))

    def product(self, product_id: str) -> Product:
        """A product of the catalogue."""
        return self._send(calls.product(product_id))

    def shopper(self, shopper_id: str) -> ShopperSummary:
        """A shopper at a glance, for who serves the shopper."""
        return self._send(calls.shopper(shopper_id))

    def personalize(self, shopper_id: str, *, allowed: bool) -> None:
        """Keep a shopper's word on whether anything personal may be used, from the next request on."""
        self._send(calls.personalize(shopper_id, allowed))

    def export(self, shopper_id: str) -> PersonalExport:
        """Everything that is held of a shopper or a visitor."""
        return self._send(calls.export(shopper_id))

    def erase(self, shopper_id: str) -> Erasure:
        """Erase everything that is held of a shopper or a visitor; again when the answer is not complete."""
        return self._send(calls.erase(shopper_id))

    def rules(self, count: int = 50, skip: int = 0) -> RulePage:
        """A page of the rules of lists."""
        return self._send(calls.rules(count, skip))

    def rule(self, rule_id: str) -> VersionedRule:
        """A rule, with its ETag."""
        return self._send(calls.rule(rule_id))

    def write_rule(self, rule_id: str, content: RuleContent, etag: str | None = None) -> VersionedRule:
        """Write a rule; with `etag` only in place of that version, else a problem of status 412."""
        return self._send(calls.write_rule(rule_id, content, etag))

    def delete_rule(self, rule_id: str, etag: str | None = None) -> None:
        """Delete a rule."""
        self._send(calls.delete_rule(rule_id, etag))

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _send[T](self, call: Call[T]) -> T:
        request, sent = call.build(self._http), 0
        while True:
            response, sent = self._http.send(request), sent + 1
            if response.is_success:
                return call.read(response)
            seconds = calls.wait(response, sent, self._retries, self._longest)
            if seconds is None:
                raise problem_of(response)
            time.sleep(seconds)


class AsyncClient:
    """Asks and is awaited. A call that was refused with 429 or 503 is sent again, `retries` times, after as many
    seconds as the answer asks, `longest_wait` at most. Every method raises `ProblemError` and `httpx.TransportError`.
    """

    def __init__(
        self,
        url: str,
        *,
        key: str | None = None,
        publishable_key: str | None = None,
        timeout: float = TIMEOUT,
        retries: int = RETRIES,
        longest_wait: float = LONGEST_WAIT,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        headers = _headers(key, publishable_key)
        self._http = httpx.AsyncClient(base_url=url, headers=headers, timeout=timeout, transport=transport)
        self._retries = retries
        self._longest = longest_wait

    async def recommendations(self, name: str, **about: Unpack[ListQuery]) -> RecommendationList:
        """A page of a list: picks, similar, bought-together, basket, trending, ... or a curated one."""
        return await self._send(calls.recommendations(name, about))

    async def events(self, batch: Sequence[Event]) -> EventResults:
        """Report what shoppers did, up to 500 events: look at the result of each."""
        return await self._send(calls.events(batch))

    async def decide(self, **about: Unpack[DecideRequest]) -> OfferDecision:
        """Which offer to make, and why."""
        return await self._send(calls.decide(about))

    async def suggestions(self, typed: str, count: int = 8) -> list[str]:
        """What may be meant by what was typed so far."""
        return await self._send(calls.suggestions(typed, count))

    async def product(self, product_id: str) -> Product:
        """A product of the catalogue."""
        return await self._send(calls.product(product_id))

    async def shopper(self, shopper_id: str) -> ShopperSummary:
        """A shopper at a glance, for who serves the shopper."""
        return await self._send(calls.shopper(shopper_id))

    async def personalize(self, shopper_id: str, *, allowed: bool) -> None:
        """Keep a shopper's word on whether anything personal may be used, from the next request on."""
        await self._send(calls.personalize(shopper_id, allowed))

    async def export(self, shopper_id: str) -> PersonalExport:
        """Everything that is held of a shopper or a visitor."""
        return await self._send(calls.export(shopper_id))

    async def erase(self, shopper_id: str) -> Erasure:
        """Erase everything that is held of a shopper or a visitor; again when the answer is not complete."""
        return await self._send(calls.erase(shopper_id))

    async def rules(self, count: int = 50, skip: int = 0) -> RulePage:
        """A page of the rules of lists."""
        return await self._send(calls.rules(count, skip))

    async def rule(self, rule_id: str) -> VersionedRule:
        """A rule, with its ETag."""
        return await self._send(calls.rule(rule_id))

    async def write_rule(self, rule_id: str, content: RuleContent, etag: str | None = None) -> VersionedRule:
        """Write a rule; with `etag` only in place of that version, else a problem of status 412."""
        return await self._send(calls.write_rule(rule_id, content, etag))

    async def delete_rule(self, rule_id: str, etag: str | None = None) -> None:
        """Delete a rule."""
        await self._send(calls.delete_rule(rule_id, etag))

    async def aclose(self) -> None:
        """Close the connections."""
        await self._http.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()

    async def _send[T](self, call: Call[T]) -> T:
        request, sent = call.build(self._http), 0
        while True:
            response, sent = await self._http.send(request), sent + 1
            if response.is_success:
                return call.read(response)
            seconds = calls.wait(response, sent, self._retries, self._longest)
            if seconds is None:
                raise problem_of(response)
            await asyncio.sleep(seconds)
