"""A simulated shopper reacts to what it was shown."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from functions.analytics.cells import tracking_id
from functions.events import (
    ActionEvent,
    DecisionEvent,
    Interaction,
    InteractionEvent,
    Item,
    Promotion,
    PromotionEvent,
    ResponseEvent,
)
from functions.personalization.assortment import Assortment
from functions.simulation.behaviour import ClickOffer, Shown, TouchProduct, Wants, react
from functions.simulation.run import SOURCE, Run, Session, dice
from functions.usecases.ports import Shelf


class Simulations(Protocol):
    """Runs, and what their shoppers really want. All raise `StoreUnavailableError`."""

    async def shoppers(self) -> Sequence[str]:
        """Ids of all shoppers that can be simulated."""

    async def wants(self, shopper_id: str) -> Wants | None:
        """What the shopper wants, None when it cannot be simulated."""

    async def save(self, run: Run) -> None:
        """Record a run; it replaces an earlier one of its name."""

    async def run(self, name: str, started: int) -> Run | None:
        """The latest run of that name; a cached one only when it is not older than the one that started then."""


class NotSimulatableError(Exception):
    """Nothing is known of what this shopper wants: it cannot be simulated."""

    def __init__(self) -> None:
        super().__init__("the shopper is not among the simulated ones")


@dataclass(frozen=True, slots=True)
class SimulateShopper:
    """The use case with what it reads from."""

    simulations: Simulations
    shelf: Shelf

    async def __call__(self, response: ResponseEvent, now: datetime) -> ActionEvent | None:
        """What the shopper does next; None when it leaves, or when its run was replaced by a newer one.

        The same message gives an action with the same id, so a second delivery is recognised downstream. Raises
        `NotSimulatedError`, `NotSimulatableError` (both for good) and `StoreUnavailableError` (try again).
        """
        session = Session.parse(response.session)
        run = await self.simulations.run(session.run, session.started)
        step = (response.sequence or 0) + 1
        if run is None or run.started != session.started or step > run.steps:
            return None
        wants = await self.simulations.wants(response.subject)
        if wants is None:
            raise NotSimulatableError
        assortment = await self.shelf.current()
        shown = _shown(response, assortment) if isinstance(response, DecisionEvent) else None
        everything = assortment.catalog.ids
        reaction = react(wants, shown, everything, dice(run, response.subject, step))
        return _event(reaction, response, session, step, assortment, now)


def _shown(decision: DecisionEvent, assortment: Assortment) -> Shown:
    offer = assortment.offers.get(decision.data.offer)
    return Shown(
        offer=decision.data.offer,
        offer_products=frozenset(offer.products) if offer else (),
        products=[scored.product for scored in decision.data.products],
    )


def _event(
    reaction: ClickOffer | TouchProduct,
    response: ResponseEvent,
    session: Session,
    step: int,
    assortment: Assortment,
    now: datetime,
) -> ActionEvent:
    envelope = {
        "id": f"{session}-{step}",
        "source": SOURCE,
        "subject": response.subject,
        "time": now,
        "session": str(session),
        "sequence": step,
    }
    if isinstance(reaction, ClickOffer):
        shown = tracking_id(response.data) if isinstance(response, DecisionEvent) else None
        clicked = Promotion(promotion_id=reaction.offer, decision_id=response.id, placement="home", tracking_id=shown)
        return PromotionEvent.model_validate({**envelope, "type": "select_promotion", "data": clicked})
    row = assortment.catalog.position.get(reaction.product)
    price = assortment.catalog.products[row].price if row is not None else None
    touched = Interaction(items=(Item(item_id=reaction.product, price=price),), placement=reaction.placement)
    return InteractionEvent.model_validate({**envelope, "type": reaction.action, "data": touched})
