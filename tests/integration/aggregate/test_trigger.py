"""The real app under the functions host, aggregating by its Event Hub trigger."""

import asyncio
import json
import time
import urllib.request
from collections import Counter
from collections.abc import Sequence
from uuid import uuid4

from azure.cosmos.aio import ContainerProxy

from functions.adapters.claims import CosmosClaims
from functions.adapters.cosmos import connect
from functions.adapters.metrics_store import CosmosMetrics
from functions.contracts import METRICS
from functions.usecases.claim import ModeGuard
from local.stack import services
from local.stack.ports import free_ports
from local.stack.process import Process, running
from tests import small_shop
from tests.integration.aggregate.hub import send
from tests.stack import ROOT
from tests.unit.analytics.shop_events import body, counted, decision, plain_count, view

ONLY = ("aggregate", "aggregate_stream", "metrics")


async def test_the_trigger_counts_what_comes_also_after_the_host_was_killed(
    hub: Process, cosmos: Process, azurite: Process, valkey: Process
) -> None:
    """Each event once; the timer looks after it, publishes the rankings, and does not aggregate itself."""
    name, [port] = f"trigger-{uuid4()}", free_ports(1)
    settings = {
        "AzureWebJobsStorage": azurite.connection,
        "EventHubConnection": hub.connection,
        "CosmosConnection": cosmos.connection,
        "CosmosDatabase": name,
        "RedisConnection": valkey.connection,
        "AzureWebJobs.aggregate_stream.Disabled": "false",
    }
    async with connect(cosmos.connection) as client:
        database = await small_shop.create(client, name)
        await small_shop.seed(database)
        metrics = database.get_container_client(METRICS.name)
        events = [_events(number) for number in range(4)]
        with running(services.functions(ROOT, port, settings, ONLY)) as host:
            for partition, bodies in enumerate(events):
                await send(hub.connection, bodies[:150], str(partition))
            await _until_some_is_counted(metrics, 1)
            host.kill()
            for partition, bodies in enumerate(events):
                await send(hub.connection, bodies[100:], str(partition))  # some of them again
            host.start()
            sent = [one for bodies in events for one in bodies]
            await _until_some_is_counted(metrics, len(sent))
            windows = await CosmosMetrics(metrics).windows(0, 10**9)
            found = counted([(one.minute, one.window) for one in windows])
            expected = plain_count(sent)
            assert found == Counter({key: n for key, n in expected.items() if not key[0].startswith("shopper")})
            assert not await ModeGuard(CosmosClaims(metrics)).admits("timer")
            answer = await asyncio.to_thread(_get, f"{host.connection}/api/v1/metrics")
            assert answer["totals"]["events"] == len(sent)
        await client.delete_database(name)


def _events(partition: int) -> Sequence[bytes]:
    now = time.time() / 60
    return [
        view(f"v{partition}-{n}", f"p{n % 20}", now, f"s{n % 9}")
        if n % 2
        else decision(f"d{partition}-{n}", minute=now)
        for n in range(299)
    ] + [body("session_start", f"s{partition}", now)]


async def _until_some_is_counted(metrics: ContainerProxy, least: int) -> None:
    deadline = time.monotonic() + 90
    while True:
        known = await CosmosMetrics(metrics).checkpoints()
        if sum(one.counted for one in known.values()) >= least:
            return
        assert time.monotonic() < deadline, known
        await asyncio.sleep(0.2)


def _get(url: str) -> dict[str, dict[str, int]]:
    with urllib.request.urlopen(url, timeout=30) as answer:
        found: dict[str, dict[str, int]] = json.load(answer)
        return found
