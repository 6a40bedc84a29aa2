"""Simulation runs and simulated shoppers in the Cosmos container `simulation`."""

import time
from collections import OrderedDict
from collections.abc import Sequence
from typing import Any

from azure.core.exceptions import AzureError
from azure.cosmos.aio import ContainerProxy
from azure.cosmos.exceptions import CosmosResourceNotFoundError

from functions.simulation.behaviour import Wants
from functions.simulation.run import Run
from functions.usecases.ports import StoreUnavailableError

RUN_MAX_AGE = 5.0
"""Seconds for which a run is served from memory: so long may a replaced run go on."""
MAX_CACHED = 5_000
"""Shoppers' wants kept in memory (about 1 kB each)."""


class CosmosSimulations:
    """Implements `Simulations`: documents `run:<name>`, and one for each shopper with `products` and `weights`."""

    def __init__(self, container: ContainerProxy) -> None:
        self._container = container
        self._wants: OrderedDict[str, Wants] = OrderedDict()
        self._runs: dict[str, tuple[float, Run | None]] = {}

    async def shoppers(self) -> Sequence[str]:
        """Ids of all shoppers that can be simulated."""
        query = "SELECT VALUE c.id FROM c WHERE IS_DEFINED(c.products)"
        try:
            return [str(found) async for found in self._container.query_items(query)]
        except AzureError as error:
            raise StoreUnavailableError(f"simulated shoppers cannot be listed: {type(error).__name__}") from error

    async def wants(self, shopper_id: str) -> Wants | None:
        """What the shopper wants; from memory when it was asked before."""
        if shopper_id in self._wants:
            self._wants.move_to_end(shopper_id)
            return self._wants[shopper_id]
        document = await self._read(shopper_id)
        if document is None:
            return None
        self._wants[shopper_id] = wants = Wants(tuple(document["products"]), tuple(document["weights"]))
        if len(self._wants) > MAX_CACHED:
            self._wants.popitem(last=False)
        return wants

    async def save(self, run: Run) -> None:
        """Record a run."""
        document = {
            "id": f"run:{run.name}",
            "name": run.name,
            "started": run.started,
            "seed": run.seed,
            "steps": run.steps,
        }
        try:
            await self._container.upsert_item(document)
        except AzureError as error:
            raise StoreUnavailableError(f"run '{run.name}' cannot be saved: {type(error).__name__}") from error
        self._runs[run.name] = (time.monotonic(), run)

    async def run(self, name: str) -> Run | None:
        """The latest run of that name, at most `RUN_MAX_AGE` old."""
        known = self._runs.get(name)
        if known and time.monotonic() - known[0] < RUN_MAX_AGE:
            return known[1]
        document = await self._read(f"run:{name}")
        run = Run(document["name"], document["started"], document["seed"], document["steps"]) if document else None
        self._runs[name] = (time.monotonic(), run)
        return run

    async def _read(self, document_id: str) -> dict[str, Any] | None:
        try:
            return await self._container.read_item(document_id, partition_key=document_id)
        except CosmosResourceNotFoundError:
            return None
        except AzureError as error:
            raise StoreUnavailableError(f"'{document_id}' cannot be read: {type(error).__name__}") from error
