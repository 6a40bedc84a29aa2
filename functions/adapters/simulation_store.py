"""Simulation runs and simulated shoppers in the Cosmos container `simulation`."""

import asyncio
import time
from collections import OrderedDict
from collections.abc import Sequence

from azure.cosmos.aio import ContainerProxy

from functions.adapters import cosmos
from functions.simulation.behaviour import Wants
from functions.simulation.run import Run

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
        self._reading = asyncio.Lock()

    async def shoppers(self) -> Sequence[str]:
        """Ids of all shoppers that can be simulated."""
        found = await cosmos.query(self._container, "SELECT c.id FROM c WHERE IS_DEFINED(c.products)")
        return [document["id"] for document in found]

    async def wants(self, shopper_id: str) -> Wants | None:
        """What the shopper wants; from memory when it was asked before."""
        if shopper_id in self._wants:
            self._wants.move_to_end(shopper_id)
            return self._wants[shopper_id]
        document = await cosmos.read(self._container, shopper_id)
        if document is None:
            return None
        self._wants[shopper_id] = wants = Wants(tuple(document["products"]), tuple(document["weights"]))
        if len(self._wants) > MAX_CACHED:
            self._wants.popitem(last=False)
        return wants

    def forget(self, shopper_id: str) -> None:
        """Keep what a shopper wants no longer in memory."""
        self._wants.pop(shopper_id, None)

    async def save(self, run: Run) -> None:
        """Record a run."""
        document = {
            "id": f"run:{run.name}",
            "name": run.name,
            "started": run.started,
            "seed": run.seed,
            "steps": run.steps,
        }
        await cosmos.ask("save of a run", lambda: self._container.upsert_item(document))
        self._runs[run.name] = (time.monotonic(), run)

    async def run(self, name: str, started: int) -> Run | None:
        """The latest run of that name: at most `RUN_MAX_AGE` old, or not older than the one that started then."""
        if not self._is_fresh(name, started):
            async with self._reading:  # one asks for all who wait
                if not self._is_fresh(name, started):
                    self._runs[name] = (time.monotonic(), await self._read_run(name))
        return self._runs[name][1]

    def _is_fresh(self, name: str, started: int) -> bool:
        read_at, run = self._runs.get(name, (-RUN_MAX_AGE, None))
        return time.monotonic() - read_at < RUN_MAX_AGE and run is not None and run.started >= started

    async def _read_run(self, name: str) -> Run | None:
        document = await cosmos.read(self._container, f"run:{name}")
        if document is None:
            return None
        return Run(document["name"], document["started"], document["seed"], document["steps"])
