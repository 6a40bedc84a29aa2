"""Simulation runs and simulated shoppers, on a real Cosmos."""

import pytest
from azure.cosmos.aio import DatabaseProxy

from functions.adapters.simulation_store import CosmosSimulations
from functions.contracts import SIMULATION
from functions.simulation.behaviour import Wants
from functions.simulation.run import Run

FIRST = Run("live", started=1_000, seed=7, steps=50)
SECOND = Run("live", started=2_000, seed=8, steps=60)


@pytest.fixture
def simulations(database: DatabaseProxy) -> CosmosSimulations:
    return CosmosSimulations(database.get_container_client(SIMULATION.name))


async def test_a_run_is_found_by_another_instance(simulations: CosmosSimulations, database: DatabaseProxy) -> None:
    """What one instance starts, the others know, even when they remember an earlier run of that name."""
    other = CosmosSimulations(database.get_container_client(SIMULATION.name))
    await simulations.save(FIRST)
    assert await other.run("live", FIRST.started) == FIRST
    await simulations.save(SECOND)
    assert await other.run("live", SECOND.started) == SECOND


async def test_a_run_that_was_never_started_is_none(simulations: CosmosSimulations) -> None:
    """A message of an unknown run finds nothing."""
    assert await simulations.run("nothing", 1) is None


async def test_shoppers_are_told_apart_from_runs(simulations: CosmosSimulations, database: DatabaseProxy) -> None:
    """Only documents that say what somebody wants are shoppers."""
    container = database.get_container_client(SIMULATION.name)
    await container.upsert_item({"id": "anna", "products": ["milk"], "weights": [3]})
    await simulations.save(FIRST)
    assert list(await simulations.shoppers()) == ["anna"]
    assert await simulations.wants("anna") == Wants(("milk",), (3,))
    assert await simulations.wants("zoe") is None
