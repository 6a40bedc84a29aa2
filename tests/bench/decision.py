"""How long one decision takes in process, on real servers, against the bare SDK calls that it cannot avoid."""

import asyncio
import random
import tempfile
import time
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path

from azure.eventhub import EventData
from azure.eventhub.aio import EventHubProducerClient

from functions.adapters.eventhubs import connector
from functions.app import App, now
from functions.contracts import SHOPPERS, recent_of_shopper
from functions.events import Interaction, InteractionEvent, Item
from functions.settings import Settings
from tests.bench.figures import Figure, median_of, percentile
from tests.stack import SeededStack, seeded_stack

CALLS, RUNS, WARM_UP = 500, 3, 100

type Call = Callable[[InteractionEvent], Awaitable[object]]


def run() -> Sequence[Figure]:
    """Milliseconds of a decision from call to accepted events, one after the other."""
    with tempfile.TemporaryDirectory() as folder, seeded_stack(Path(folder)) as stack:
        stack.functions.stop()
        return asyncio.run(_measure(stack))


async def _measure(stack: SeededStack) -> Sequence[Figure]:
    app = App(Settings.read(stack.settings))
    try:
        actions = await _actions(app)
        decide = app.make_offer
        settings = app.settings
        async with connector(settings.event_hub_connection, settings.event_hub_name)() as producer:
            floor = _bare(app, producer)
            await _timed(decide, actions[:WARM_UP])
            await _timed(floor, actions[:WARM_UP])
            ours, theirs = [], []
            for turn in range(RUNS):
                some = actions[WARM_UP + turn * CALLS :][:CALLS]
                ours.append(await _timed(decide, some))
                theirs.append(await _timed(floor, some))
    finally:
        await app.close()
    return [_figure("p50", 0.5, ours, theirs, ""), _figure("p99", 0.99, ours, theirs, "< 10 ms")]


def _figure(name: str, share: float, ours: Sequence[list[float]], theirs: Sequence[list[float]], aim: str) -> Figure:
    value = median_of([percentile(run, share) for run in ours])
    floor = median_of([percentile(run, share) for run in theirs])
    return Figure(f"one warm decision, {name}", value, "ms", value / floor, "the same reads and send, bare SDKs", aim)


async def _actions(app: App) -> list[InteractionEvent]:
    """Views by shoppers with a history, of products at random."""
    dice = random.Random(1)
    query = "SELECT VALUE c.id FROM c WHERE ARRAY_LENGTH(c.history.products) > 20"
    container = app.database.get_container_client(SHOPPERS.name)
    shoppers = [str(found) async for found in container.query_items(query)]
    products = (await app.shelf.current()).catalog.ids
    return [
        InteractionEvent(
            id=f"bench-{number}",
            source="/bench",
            subject=dice.choice(shoppers),
            time=now(),
            type="view_item",
            data=Interaction(items=(Item(item_id=dice.choice(products)),)),
        )
        for number in range(WARM_UP + CALLS * RUNS)
    ]


def _bare(app: App, producer: EventHubProducerClient) -> Call:
    """One round trip to Redis beside one point read, then one keyed batch of three events."""
    shoppers = app.database.get_container_client(SHOPPERS.name)

    async def call(action: InteractionEvent) -> None:
        pipeline = app.redis.pipeline(transaction=False)
        pipeline.zrange(recent_of_shopper(action.subject), 0, -1)
        await asyncio.gather(pipeline.execute(), shoppers.read_item(action.subject, partition_key=action.subject))
        await producer.send_batch([EventData(body) for _ in range(3)], partition_key=action.subject)

    body = b"x" * 600
    return call


async def _timed(call: Call, actions: Sequence[InteractionEvent]) -> list[float]:
    taken = []
    for action in actions:
        start = time.perf_counter()
        await call(action)
        taken.append(1e3 * (time.perf_counter() - start))
    return taken
