"""Events like those of the loop: what a shopper did, the decision that followed, and how long it took."""

import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from functions.contracts import EVENT_SOURCE
from functions.events import (
    CloudEvent,
    DecisionData,
    DecisionEvent,
    Interaction,
    InteractionEvent,
    Item,
    PerformanceData,
    PerformanceEvent,
    ScoredOffer,
    ScoredProduct,
    to_json,
)


def bodies(shoppers: int = 2_000, products: int = 25_000) -> Iterator[bytes]:
    """Events without end, in threes; the last minutes, seeded."""
    choose = random.Random(1)
    while True:
        for event in _step(choose, f"shopper-{choose.randrange(shoppers)}", products):
            yield to_json(event).encode()


def _step(choose: random.Random, shopper: str, products: int) -> list[CloudEvent]:
    time = datetime.now(UTC) - timedelta(seconds=choose.randrange(90))
    envelope: dict[str, Any] = {
        "source": EVENT_SOURCE, "subject": shopper, "time": time, "session": f"live.1.{shopper}"
    }  # fmt: skip
    item = Item(item_id=str(int(products * choose.random() ** 3)), price=2.49)
    action = InteractionEvent(id=_id(choose), type="view_item", data=Interaction(items=(item,)), **envelope)
    scored = tuple(ScoredProduct(product=str(choose.randrange(products)), score=choose.random()) for _ in range(10))
    offers = tuple(ScoredOffer(offer=f"coupon-{choose.randrange(500)}", score=choose.random()) for _ in range(5))
    decision = DecisionEvent(
        id=_id(choose),
        data=DecisionData(
            action_id=action.id, offer=offers[0].offer, runner_up=offers[1].offer, placement="home",
            level="affinity", arm="personalized", probability=0.95, model="2026-11-21", path="warm",
            products=scored, considered=offers, reasons=("it covers products that the shopper is likely to want",),
        ),
        **envelope,
    )  # fmt: skip
    timing = PerformanceData(
        decision_id=decision.id, total_ms=choose.lognormvariate(1, 0.5), scoring_ms=0.3, path="warm"
    )
    return [action, decision, PerformanceEvent(id=_id(choose), data=timing, **envelope)]


def _id(choose: random.Random) -> str:
    return str(UUID(int=choose.getrandbits(128)))
