"""What a look for drift finds in events and profiles."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from functions.analytics.drift import Drift, Spread, Values
from functions.analytics.fold import Received
from functions.analytics.recent import RIPE, WINDOW
from functions.events import CloudEvent, DecisionData, DecisionEvent, Promotion, PromotionEvent, ScoredOffer, to_json
from functions.personalization.decision import Score
from functions.personalization.eligibility import Occasion
from functions.personalization.shopper import History, Shopper
from functions.usecases.check_drift import MOST_MESSAGES, MOST_SHOPPERS, CheckDrift
from functions.usecases.stream_ports import LogUnavailableError
from tests.unit.usecases.fakes import FakeShoppers
from tests.unit.usecases.offering import view
from tests.unit.usecases.stream_fakes import FakeLog

NOW = datetime(2026, 11, 1, 12, tzinfo=UTC)


@dataclass
class FakeObserved:
    """Knows milk and bread; its one feature is the number of products bought, once for each of ten candidates."""

    version: str = "v1"
    reference: Mapping[str, Spread] = field(default_factory=lambda: {"bought": Spread((1.5,), (0.5, 0.5))})

    def knows(self, product: str) -> bool:
        return product in ("milk", "bread")

    def features_now(self, occasion: Occasion) -> Values:
        return np.full((10, 1), len(occasion.shopper.history), dtype=np.float32)


@dataclass
class World:
    """The use case over fakes; `saved` is what it kept."""

    bodies: list[bytes] = field(default_factory=list)
    profiles: dict[str, Shopper] = field(default_factory=dict)
    model: FakeObserved = field(default_factory=FakeObserved)
    saved: list[Drift] = field(default_factory=list)
    down: bool = False

    async def current(self) -> FakeObserved:
        return self.model

    async def save(self, drift: Drift) -> None:
        self.saved.append(drift)

    async def check(self) -> Drift:
        records = [Received(number, str(number), 0.0, body) for number, body in enumerate(self.bodies)]
        log = FakeLog(
            {"events-0": records[::2], "events-1": records[1::2], "events-2": []}, slice=500, down=self.down
        )
        return await CheckDrift(log, FakeShoppers(self.profiles), self, self, lambda: NOW)()

    def saw(self, *events: CloudEvent) -> None:
        self.bodies += [to_json(event).encode() for event in events]


def shopper(name: str, *products: str) -> Shopper:
    """Somebody who bought products."""
    ones = (1,) * len(products)
    return Shopper(name, "families", history=History(products, ones, ones, ones, ones))


def touch(product: str, number: int, name: str = "anna", ago: timedelta = timedelta(0)) -> CloudEvent:
    """A look at a product."""
    return view(product, name, f"e{number}").model_copy(update={"time": NOW - ago})


def decision(
    number: int, score: float, model: str = "v1", ago: timedelta = RIPE, by: Score = "redemption"
) -> DecisionEvent:
    """An offer that was made, foretold to be taken with a probability."""
    data = DecisionData(
        action_id=f"a{number}",
        offer="soap",
        placement="home",
        level="affinity",
        arm="personalized",
        probability=1,
        model=model,
        path="warm",
        products=(),
        considered=(ScoredOffer(offer="milk", score=0.9), ScoredOffer(offer="soap", score=score)),
        scored_by=by,
        reasons=(),
    )
    return DecisionEvent(id=f"d{number}", source="/t", subject="anna", time=NOW - ago, data=data)


def click(number: int) -> PromotionEvent:
    """The offer of a decision was clicked."""
    data = Promotion(promotion_id="soap", decision_id=f"d{number}")
    return PromotionEvent(id=f"c{number}", source="/t", subject="anna", time=NOW, type="select_promotion", data=data)


async def test_products_that_the_model_does_not_know_are_counted() -> None:
    """Those touched as often as they are, and those that the shoppers of these events bought."""
    world = World(profiles={"anna": shopper("anna", "milk", "tofu")})
    world.saw(touch("milk", 1), touch("milk", 2), touch("bread", 3), touch("soap", 4))
    found = (await world.check()).looked_at
    assert (found.events, found.shoppers, found.touches) == (4, 1, 4)
    assert (found.unknown_touched, found.bought, found.unknown_bought) == (0.25, 2, 0.5)


async def test_features_are_compared_with_those_of_training() -> None:
    """All shoppers bought more than one product, half of them did in training: half of the rows moved."""
    names = [f"s{number}" for number in range(5)]
    world = World(profiles={name: shopper(name, "milk", "bread") for name in names})
    world.saw(*(touch("milk", number, name) for number, name in enumerate(names)))
    found = (await world.check()).looked_at
    assert found.values == 50
    assert found.psi
    assert found.psi["bought"] == pytest.approx(4.6048, abs=1e-3)


async def test_clicks_are_compared_with_what_was_foreseen() -> None:
    """Of decisions by this version that are old enough to have been clicked; each counts once."""
    world = World()
    world.saw(*(decision(number, 0.25) for number in range(8)), decision(3, 0.25))
    world.saw(decision(90, 0.9, model="v0"), decision(91, 0.9, ago=timedelta(0)))
    world.saw(click(1), click(1), click(2), click(90), click(91))
    found = (await world.check()).looked_at.calibration
    assert found
    assert (found.decisions, found.expected, found.observed) == (8, 2.0, 2)


async def test_scores_that_are_no_probabilities_are_not_compared() -> None:
    """Nor are features of a model without reference."""
    world = World(model=FakeObserved(reference={}))
    world.saw(decision(1, 0.5, by="fit"), touch("milk", 2))
    found = (await world.check()).looked_at
    assert (found.calibration, found.psi, found.values) == (None, None, 0)


async def test_only_the_last_hour_and_so_many_events_are_looked_at() -> None:
    """What is older, and what is no event, is passed over."""
    world = World()
    world.saw(touch("milk", 1, ago=WINDOW + timedelta(seconds=1)), touch("milk", 2, ago=WINDOW))
    world.bodies.append(b"no event")
    assert (await world.check()).looked_at.events == 1
    world.bodies = [to_json(touch("milk", number)).encode() for number in range(3)] * MOST_MESSAGES
    assert (await world.check()).looked_at.events == MOST_MESSAGES


async def test_few_profiles_are_read() -> None:
    """However many acted; who opted out is not looked into."""
    names = [f"s{number}" for number in range(MOST_SHOPPERS + 50)]
    world = World(profiles={name: Shopper(name, "x", personalize=False) for name in names})
    world.saw(*(touch("milk", number, name) for number, name in enumerate(names)))
    found = (await world.check()).looked_at
    assert (found.shoppers, found.values) == (MOST_SHOPPERS, 0)


async def test_the_outcome_is_kept_with_a_verdict() -> None:
    """A line for people."""
    world = World()
    world.saw(*(touch("tofu", number) for number in range(300)))
    drift = await world.check()
    assert world.saved == [drift]
    assert drift.verdict == "train again: the model does not know 100% of what is touched"


async def test_nothing_happened() -> None:
    """An empty log is no drift."""
    drift = await World().check()
    assert drift.verdict == "nothing speaks for training again"


async def test_a_log_that_is_down_keeps_the_last_outcome() -> None:
    """The next look comes in an hour."""
    world = World(down=True)
    with pytest.raises(LogUnavailableError):
        await world.check()
    assert world.saved == []
