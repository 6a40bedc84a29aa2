"""Decisions for tests."""

from datetime import datetime, timedelta
from typing import Any

from functions.events import DecisionData, DecisionEvent, ScoredOffer, ScoredProduct
from tests.unit.personalization.shop import NOW


def decision(number: int, shopper: str = "anna", offer: str = "half", **changes: Any) -> DecisionEvent:
    """The offer was made so many minutes after noon."""
    about: dict[str, Any] = {
        "action_id": f"a{number}",
        "offer": offer,
        "placement": "home",
        "level": "affinity",
        "arm": "personalized",
        "probability": 0.9,
        "model": "m1",
        "path": "warm",
        "products": (ScoredProduct(product="milk", score=0.5), ScoredProduct(product="gone", score=0.1)),
        "considered": (
            ScoredOffer(offer=offer, score=0.5),
            ScoredOffer(offer="over", score=0.4, refused=("it is over",)),
        ),
        "reasons": ("it fits",),
    }
    time: datetime = NOW + timedelta(minutes=number)
    data = DecisionData(**{**about, **changes})
    return DecisionEvent(id=f"d{number}", source="/test", subject=shopper, time=time, data=data)
