"""A simulated shopper turns what it was shown into its next action."""

from collections.abc import Sequence
from datetime import UTC, datetime

import pytest

from functions.events import DecisionData, DecisionEvent, InteractionEvent, PromotionEvent, ScoredProduct, VisitEvent
from functions.personalization.assortment import Assortment
from functions.personalization.catalog import Catalog, Product
from functions.personalization.offers import Offer, Policy
from functions.simulation.behaviour import Wants
from functions.simulation.run import NotSimulatedError, Run
from functions.usecases.simulate_shopper import NotSimulatableError, SimulateShopper
from functions.usecases.start_simulation import NoShoppersError, SimulationRequest, start_simulation

NOW = datetime(2026, 11, 1, tzinfo=UTC)


class FakeSimulations:
    """Keeps runs and wants in dicts."""

    def __init__(self, wants: dict[str, Wants]) -> None:
        self.known = wants
        self.runs: dict[str, Run] = {}

    async def shoppers(self) -> Sequence[str]:
        return list(self.known)

    async def wants(self, shopper_id: str) -> Wants | None:
        return self.known.get(shopper_id)

    async def save(self, run: Run) -> None:
        self.runs[run.name] = run

    async def run(self, name: str, started: int) -> Run | None:
        return self.runs.get(name)


class FakeShelf:
    """A shop with three products and one offer on milk."""

    async def current(self) -> Assortment:
        products = [Product(name, name, ("food",), 1.5) for name in ("milk", "bread", "beer")]
        offer = Offer(id="milk-offer", name="Milk", products=("milk",))
        fallback = Offer(id="delivery", name="Free delivery")
        offers = {each.id: each for each in (offer, fallback)}
        return Assortment(Catalog(products), offers, Policy(fallback=fallback.id))


def _decision(visit: VisitEvent, sequence: int, offer: str = "milk-offer") -> DecisionEvent:
    return DecisionEvent(
        id=f"{visit.id}-decision-{sequence}",
        source="/test",
        subject=visit.subject,
        time=NOW,
        session=visit.session,
        sequence=sequence,
        data=DecisionData(
            action_id=visit.id,
            offer=offer,
            runner_up=None,
            placement="home",
            level="affinity",
            arm="personalized",
            probability=1,
            model="none",
            path="cold",
            products=(ScoredProduct(product="bread", score=1),),
            considered=(),
            reasons=(),
        ),
    )


@pytest.fixture
def simulations() -> FakeSimulations:
    return FakeSimulations({"anna": Wants(("milk", "bread"), (5, 1)), "ben": Wants(("beer",), (1,))})


@pytest.fixture
def simulate(simulations: FakeSimulations) -> SimulateShopper:
    return SimulateShopper(simulations, FakeShelf())


async def _arrive(simulations: FakeSimulations, **asked: int) -> VisitEvent:
    started = await start_simulation(simulations, SimulationRequest(**asked), NOW)  # type: ignore[arg-type]
    return next(event for event in started.arrivals if event.subject == "anna")


async def test_a_shopper_who_arrives_acts(simulations: FakeSimulations, simulate: SimulateShopper) -> None:
    """The first action names the shopper, its session and step one, with the catalogue's price."""
    action = await simulate(await _arrive(simulations), NOW)
    assert isinstance(action, InteractionEvent)
    assert (action.subject, action.sequence) == ("anna", 1)
    assert action.data.items[0].price == 1.5


async def test_a_redelivered_message_gives_the_same_event(
    simulations: FakeSimulations, simulate: SimulateShopper
) -> None:
    """A second delivery of a message is recognised downstream by its id, and says the same."""
    visit = await _arrive(simulations)
    assert await simulate(visit, NOW) == await simulate(visit, NOW)


async def test_a_click_names_the_decision_and_nothing_else(
    simulations: FakeSimulations, simulate: SimulateShopper
) -> None:
    """Fault 7 of the original: an offer click is a click only, never also an offer made."""
    visit = await _arrive(simulations, steps=500)
    reactions = [await simulate(_decision(visit, step), NOW) for step in range(1, 200)]
    clicks = [reaction for reaction in reactions if isinstance(reaction, PromotionEvent)]
    assert clicks
    assert {click.type for click in clicks} == {"select_promotion"}
    assert all(click.data.decision_id and click.data.promotion_id == "milk-offer" for click in clicks)


async def test_acceptance_depends_on_the_offer(simulations: FakeSimulations, simulate: SimulateShopper) -> None:
    """Fault 13 of the original: who is shown what fits clicks more than who is shown what does not."""
    visit = await _arrive(simulations, steps=1_000)

    async def clicks(offer: str) -> int:
        reactions = [await simulate(_decision(visit, step, offer), NOW) for step in range(1, 400)]
        return sum(isinstance(reaction, PromotionEvent) for reaction in reactions)

    assert await clicks("milk-offer") > 5 * await clicks("delivery")


async def test_a_shopper_leaves_after_its_last_step(simulations: FakeSimulations, simulate: SimulateShopper) -> None:
    """A run ends by itself."""
    visit = await _arrive(simulations, steps=2)
    assert await simulate(_decision(visit, 1), NOW) is not None
    assert await simulate(_decision(visit, 2), NOW) is None


async def test_a_newer_run_replaces_an_older_one(simulations: FakeSimulations, simulate: SimulateShopper) -> None:
    """Messages left in the queue by a replaced run end quietly, so restarts do not pile up load."""
    visit = await _arrive(simulations)
    await start_simulation(simulations, SimulationRequest(), NOW.replace(year=2027))
    assert await simulate(visit, NOW) is None


async def test_a_shopper_nobody_knows_cannot_be_simulated(
    simulations: FakeSimulations, simulate: SimulateShopper
) -> None:
    """The door parks the message; the error, which is logged, names nobody."""
    visit = await _arrive(simulations)
    with pytest.raises(NotSimulatableError, match="not among"):
        await simulate(visit.model_copy(update={"subject": "zoe"}), NOW)


async def test_a_message_without_a_session_is_not_ours(simulate: SimulateShopper) -> None:
    """A response that no simulation asked for is refused by name."""
    with pytest.raises(NotSimulatedError):
        await simulate(VisitEvent(id="v", source="/test", subject="anna", time=NOW), NOW)


async def test_without_data_the_error_says_what_to_do() -> None:
    """Starting before seeding points to the seed command."""
    with pytest.raises(NoShoppersError, match=r"python -m model\.seed"):
        await start_simulation(FakeSimulations({}), SimulationRequest(), NOW)
