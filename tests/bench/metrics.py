"""`GET /api/v1/metrics` of a day with 25,000 products: the question, its peer, and what a new process pays once."""

import asyncio
import json
import random
import tempfile
import time
from collections.abc import Sequence
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path

from azure.cosmos import PartitionKey

from functions.adapters import cosmos
from functions.adapters.metrics_store import CosmosMetrics
from functions.analytics.cells import cell_of_choice
from functions.analytics.partition import Checkpoint, Part, State, Step, beat, roll
from functions.analytics.window import Window
from functions.contracts import METRICS
from functions.usecases.metrics_query import MetricsQuery
from functions.usecases.read_metrics import ReadMetrics
from functions.usecases.roll_up import next_rollups
from local.stack import services
from local.stack.ports import free_ports
from local.stack.process import running
from tests.bench.figures import Figure, median_of

PARTITIONS, PRODUCTS, VIEWS, MINUTES = 4, 25_000, 100, 1_500
"""Views of a minute in each partition: 600,000 views a day, of which every product has some."""
RUNS = 15
AIM = "<= 300 ms"


def run() -> Sequence[Figure]:
    """Measure; starts its own server."""
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        [port] = free_ports(1)
        store = stack.enter_context(running(services.cosmos(Path(folder) / "cosmos", port)))
        return asyncio.run(_measure(store.connection))


async def _measure(connection: str) -> Sequence[Figure]:
    now = datetime.now(UTC)
    async with cosmos.connect(connection) as client:
        database = await client.create_database("bench")
        container = await database.create_container(
            METRICS.name, PartitionKey(METRICS.partition_key), indexing_policy=METRICS.indexing_policy
        )
        store = CosmosMetrics(container)
        for partition in range(PARTITIONS):
            await _fill(store, f"events-{partition}", int(now.timestamp()) // 60)
        query = MetricsQuery(start=now - timedelta(days=1), end=now + timedelta(minutes=1))
        read, firsts, agains = ReadMetrics(store, lambda: now), list[float](), list[float]()
        for _ in range(3):
            read = ReadMetrics(store, lambda: now)
            firsts.append(await _timed(read, query))
        for _ in range(RUNS):
            agains.append(await _timed(read, query))
        answer = await read(query)
        seen = answer.totals.views, len(answer.series)
        plain = await _plainly(store, now)
    assert seen[0] == plain[1], (seen, plain)
    again, first, peer = median_of(agains), median_of(firsts), plain[0]
    return [
        Figure("metrics, a day, again", again, "ms", again / peer, "adding up minutes", AIM),
        Figure("metrics, a day, first of a process", first, "ms", first / peer, "adding up minutes"),
        Figure("metrics, a day, adding up minutes", peer, "ms"),
    ]


async def _timed(read: ReadMetrics, query: MetricsQuery) -> float:
    start = time.perf_counter()
    json.loads((await read(query)).model_dump_json(by_alias=True))
    return (time.perf_counter() - start) * 1e3


async def _plainly(store: CosmosMetrics, now: datetime) -> tuple[float, int]:
    """Milliseconds that reading and adding up every minute takes, and the views that it counts."""
    last = int(now.timestamp()) // 60 + 1
    first = (last - 1_441) // 60 * 60
    start, total = time.perf_counter(), Window()
    for hour in range(first, last, 60):  # an hour at a time: the adapter gives a query five seconds
        for one in await store.windows(hour, min(hour + 60, last)):
            total.add(one.window)
    return (time.perf_counter() - start) * 1e3, total.product_views.total()


async def _fill(store: CosmosMetrics, partition: str, now: int) -> None:
    """A day of windows, then hours and days of them."""
    choose, version, state = random.Random(partition), None, State()
    minutes = range(now - MINUTES, now + 1)
    for first in range(0, len(minutes), 40):
        parts = tuple(Part(minute, 0, _window(choose), 0) for minute in minutes[first : first + 40])
        checkpoint = Checkpoint(sequence=first, clock=parts[-1].minute, event_time=parts[-1].minute * 60.0)
        step = Step(State(checkpoint), 0, beat(State(checkpoint)).tally, parts)
        version, state = await store.commit(partition, step, version), step.state
    while (found := await next_rollups(store, partition, state.checkpoint)) is not None:
        step = roll(state, *found)
        version, state = await store.commit(partition, step, version), step.state


def _window(choose: random.Random) -> Window:
    window = Window()
    window.product_views.update(str(int(PRODUCTS * choose.random() ** 2)) for _ in range(VIEWS))
    window.product_clicks.update(choose.sample(list(window.product_views), 20))
    window.department_views.update({str(number): VIEWS // 20 for number in range(20)})
    for _ in range(50):
        segment = f"segment-{choose.randrange(12)}"
        window.offers_made[cell_of_choice(f"o{choose.randrange(100)}", "home", segment, "warm", "m1")] += 1
        window.segments[segment] += 1
    window.paths["warm"], window.events["view_item"], window.events["decision"] = 50, VIEWS, 50
    window.shoppers.record(f"shopper-{choose.randrange(20_000)}" for _ in range(60))
    window.total_ms.record(choose.lognormvariate(1, 0.5) for _ in range(50))
    return window


def main() -> None:
    """Print the figures."""
    for figure in run():
        ratio = "" if figure.ratio is None else f"  {figure.ratio:.3f} of {figure.peer} (aim {figure.aim or 'none'})"
        print(f"{figure.name:<36} {figure.value:>10,.1f} {figure.unit}{ratio}")


if __name__ == "__main__":
    main()
