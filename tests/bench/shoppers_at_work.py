"""A storefront that reports what its visitors do and asks what to show, while servers come and go."""

import asyncio
import json
import random
from collections import deque
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import aiohttp

from tests.bench.plain_count import TOO_LATE

PAUSE, RETRY = 0.3, 0.5
KINDS = ("view_item", "view_item", "view_item", "select_item", "add_to_cart", "purchase", "add_to_wishlist")

type Json = Mapping[str, Any]


@dataclass
class Told:
    """What the system said of what it was told: ids that it accepted, and what it has to have done."""

    accepted: set[str] = field(default_factory=set)
    refused: int = 0
    decisions: set[str] = field(default_factory=set)
    simulated: int = 0
    asked_again: int = 0


class Storefront:
    """Asks again whatever was not answered, as a storefront would, with the same ids."""

    def __init__(self, url: str, session: aiohttp.ClientSession, products: list[str], dice: random.Random) -> None:
        self.told = Told()
        self._url, self._session, self._products, self._dice = url, session, products, dice
        self._sent: deque[dict[str, Any]] = deque(maxlen=300)
        self._number = 0

    async def work(self, goes_on: Callable[[], bool]) -> None:
        """Do what visitors do, one after the other."""
        while goes_on():
            await self._dice.choices((self._report, self._browse, self._offer), (5, 2, 2))[0]()
            await asyncio.sleep(PAUSE)

    async def simulate(self, goes_on: Callable[[], bool], pause: float) -> None:
        """Begin a small simulation again and again."""
        number = 0
        while goes_on():
            number += 1
            run = {"run": f"endurance-{number}", "shoppers": 5, "steps": 6, "seed": number}
            await self._until_answered("POST", "/api/v1/simulations", run)
            self.told.simulated += 5 * 6
            await asyncio.sleep(pause)

    async def _report(self) -> None:
        """A batch of events: some of them again, some late, some much too late, some no events."""
        events = [self._event() for _ in range(self._dice.randint(1, 20))]
        if self._sent and self._dice.random() < 0.3:
            events += self._dice.sample(list(self._sent), min(3, len(self._sent)))
        wrong = [{"id": f"wrong-{self._next()}", "type": "nonsense"}] if self._dice.random() < 0.2 else []
        await self._post([*events, *wrong])
        self._sent.extend(events)

    async def _browse(self) -> None:
        """A list is shown, and something of it clicked and bought."""
        user = {"userId": str(self._dice.randint(1, 2_500))}
        name = self._dice.choice(("picks", "trending", "popular"))
        answer = await self._until_answered("GET", f"/api/v1/recommendations/{name}", None, user)
        items = [{"item_id": one["id"], "tracking_id": one["trackingId"]} for one in answer["items"]]
        if not items:
            return
        subject = user["userId"]
        clicked = [{**self._dice.choice(items), "price": 1.99, "quantity": 2}]
        events = [self._event("view_item_list", subject, items)]
        if self._dice.random() < 0.5:
            events += [self._event(kind, subject, clicked) for kind in ("select_item", "add_to_cart", "purchase")]
        await self._post(events)

    async def _offer(self) -> None:
        """An offer is made, seen, and now and then clicked and redeemed."""
        subject = str(self._dice.randint(1, 2_500))
        asked = {"userId": subject, "placement": "home", "requestId": f"request-{self._next()}"}
        answer = await self._until_answered("POST", "/api/v1/offers/decide", asked)
        self.told.decisions.add(answer["decisionId"])
        data = {"promotion_id": answer["offer"]["id"], "decision_id": answer["decisionId"]}
        data["tracking_id"] = answer["trackingId"]
        kinds = ("view_promotion", "select_promotion", "coupon_redeemed")[: self._dice.randint(1, 3)]
        events = [{**self._event(kind, subject), "data": {**data, "value": 0.75}} for kind in kinds]
        await self._post(events)

    def _event(self, kind: str = "", subject: str = "", items: list[Any] | None = None) -> dict[str, Any]:
        dice, now = self._dice, datetime.now(UTC)
        chance, name = dice.random(), f"endurance-{self._next()}"
        if chance < 0.01:
            name, now = f"{TOO_LATE}{name}", now - timedelta(hours=3)
        elif chance < 0.06:
            now -= timedelta(minutes=dice.randint(1, 8))
        priced = {"item_id": dice.choice(self._products), "price": round(dice.random() * 20, 2)}
        return {
            "specversion": "1.0",
            "id": name,
            "source": "/endurance",
            "type": kind or dice.choice(KINDS),
            "subject": subject or f"visit-{dice.randint(1, 3_000)}",
            "time": now.isoformat(),
            "data": {"items": items or [priced]},
        }

    async def _post(self, events: list[dict[str, Any]]) -> None:
        """Report until each event is accepted or refused."""
        left = {event["id"]: event for event in events}
        while left:
            answer = await self._until_answered("POST", "/api/v1/events", list(left.values()))
            for result in answer["results"]:
                if result["status"] == "accepted":
                    self.told.accepted.add(result["id"])
                self.told.refused += result["status"] == "rejected"
                if result["status"] != "unavailable":
                    left.pop(result["id"], None)

    async def _until_answered(self, method: str, path: str, body: object, query: Json | None = None) -> Any:
        while True:
            try:
                async with self._session.request(
                    method, f"{self._url}{path}", params=query, data=json.dumps(body) if body else None
                ) as answer:
                    if answer.status < 300:
                        return await answer.json()
                    if answer.status < 500 and answer.status != 429:
                        raise AssertionError(f"{method} {path}: {answer.status} {await answer.text()}")
            except (aiohttp.ClientError, TimeoutError, ConnectionError):
                pass  # killed just now: a storefront asks again
            self.told.asked_again += 1
            await asyncio.sleep(RETRY)

    def _next(self) -> int:
        self._number += 1
        return self._number


async def garbage(send: Callable[[bytes], Awaitable[bool]], goes_on: Callable[[], bool], dice: random.Random) -> int:
    """Put what is no event into the stream behind the app's back; how many of it arrived."""
    arrived = 0
    while goes_on():
        arrived += await send(dice.choice((b"\xff\xfe no text", b"{}", b'{"id": 7', b"[1]")))
        await asyncio.sleep(5)
    return arrived
