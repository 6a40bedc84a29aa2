"""Start a simulation: real households arrive at the shop."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from pydantic import Field

from functions.events import Record, VisitEvent
from functions.simulation.run import Run, arrivals
from functions.usecases.metrics import Answer
from functions.usecases.simulate_shopper import Simulations


class NoShoppersError(Exception):
    """There is nobody to simulate: the data was not seeded."""

    def __init__(self) -> None:
        super().__init__("There are no shoppers to simulate: seed the data with `python -m model.seed`.")


class SimulationRequest(Record):
    """What the caller asks for; `seed` makes the run reproducible, `run` names it (a name runs once at a time)."""

    shoppers: Annotated[int, Field(ge=1, le=5_000)] = 100
    steps: Annotated[int, Field(ge=1, le=1_000_000)] = 50
    seed: Annotated[int, Field(ge=0, le=2**31)] = 1
    run: Annotated[str, Field(min_length=1, max_length=32, pattern=r"^[A-Za-z0-9_-]+$")] = "live"


class SimulationAnswer(Answer):
    """The run that was started: its `shoppers`, and the `steps` after which each one leaves at the latest."""

    run: str
    shoppers: int
    steps: int


@dataclass(frozen=True, slots=True)
class StartedSimulation:
    """The run, and its first messages for `user-responses`."""

    run: Run
    arrivals: Sequence[VisitEvent]


async def start_simulation(store: Simulations, request: SimulationRequest, now: datetime) -> StartedSimulation:
    """Record the run, which ends an earlier one of its name, and draw its shoppers.

    Raises `NoShoppersError`, `StoreUnavailableError`.
    """
    shoppers = await store.shoppers()
    if not shoppers:
        raise NoShoppersError
    run = Run(request.run, int(now.timestamp() * 1_000), request.seed, request.steps)
    await store.save(run)
    return StartedSimulation(run, arrivals(run, shoppers, request.shoppers, now))
