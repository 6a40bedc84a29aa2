"""How one instance does at several loads that come at random: `make bench ARGS=arrivals`.

The figures are written to infra/sizing/arrivals.json, by which `python -m infra.sizing validate` judges its queueing
model: the lowest load calibrates it, all others are predicted and compared.
"""

import asyncio
import base64
import json
import random
import statistics
import tempfile
import time
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import Any
from uuid import uuid4

import aiohttp
import psutil
from azure.storage.queue.aio import QueueClient

import function_app
from functions.contracts import USER_ACTIONS
from functions.triggers import openapi
from local.stack import services
from local.stack.ports import free_ports
from local.stack.process import Process, running
from tests.bench.figures import Figure, percentile
from tests.bench.footprint import DECIDE, machine
from tests.bench.storefront import PRODUCTS
from tests.stack import ROOT, SeededStack, seeded_stack, until

ARRIVALS = ROOT / "infra" / "sizing" / "arrivals.json"
HTTP_RATES, QUEUE_RATES = (10, 30, 50, 70), (10, 30, 50)
"""Requests a second; the first of each calibrates."""
OVERLOAD, OVERLOAD_SECONDS = 140, 10
"""Messages a second, more than an instance takes, for so long."""
SECONDS, LOOK = 20, 0.25
NUMBERS = count(1)


def run() -> Sequence[Figure]:
    """Utilisation, latencies and depths at each load."""
    with tempfile.TemporaryDirectory() as folder, seeded_stack(Path(folder)) as stack:
        stack.functions.stop()
        http = [operation.name for operation in openapi.operations_of(function_app.ROOMS)]
        settings = {**stack.settings, "RequestsPerMinute": "0"}
        with running(services.functions(ROOT, free_ports(1)[0], settings, http, name="http")) as host:
            asyncio.run(_asked(host, 20, 5))  # caches, connections and the model
            by_http = [asyncio.run(_asked(host, rate, SECONDS)) for rate in HTTP_RATES]
        with running(services.functions(ROOT, free_ports(1)[0], settings, ["make_offer"], name="offer")) as host:
            asyncio.run(_queued(stack, host, 20, 5))
            by_queue = [asyncio.run(_queued(stack, host, rate, SECONDS)) for rate in QUEUE_RATES]
            overload = asyncio.run(_queued(stack, host, OVERLOAD, OVERLOAD_SECONDS))
    found = {
        "measured": datetime.now(UTC).date().isoformat(),
        "machine": machine(),
        "http": by_http,
        "queue": by_queue,
        "overload": overload,
    }
    ARRIVALS.write_text(json.dumps(found, indent=1) + "\n")
    return [
        Figure(f"{door} at {one['rate']:.0f}/s: {name}", one[name], "")
        for door, runs in (("HTTP", by_http), ("queue", by_queue))
        for one in runs
        for name in ("utilisation", "p50" if door == "HTTP" else "depth")
    ]


async def _asked(host: Process, rate: float, seconds: float) -> dict[str, Any]:
    """Decisions by HTTP, which are sent whether the one before was answered or not."""
    taken = list[float]()
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as session:

        async def ask() -> None:
            began = time.perf_counter()
            async with session.post(host.connection + DECIDE, json=_decision()) as answer:
                await answer.read()
                answer.raise_for_status()
            taken.append(time.perf_counter() - began)

        before, began = _cpu(host), time.perf_counter()
        sent = await _at_random(ask, rate, seconds)
        elapsed = time.perf_counter() - began
    return {
        "rate": sent / elapsed,
        "utilisation": (_cpu(host) - before) / elapsed,
        "cpu": (_cpu(host) - before) / sent,
        "p50": percentile(taken, 0.5),
        "p99": percentile(taken, 0.99),
        "spread": statistics.pstdev(taken),
        "depth": sum(taken) / elapsed,
    }


async def _queued(stack: SeededStack, host: Process, rate: float, seconds: float) -> dict[str, Any]:
    """Actions in the queue, which is looked at meanwhile; at the end it is waited until it is empty."""
    depths = list[int]()
    async with QueueClient.from_connection_string(stack.azurite.connection, USER_ACTIONS) as queue:

        async def send() -> None:
            await queue.send_message(base64.b64encode(json.dumps(_visit()).encode()).decode())

        async def look() -> None:
            while True:
                depths.append((await queue.get_queue_properties()).approximate_message_count or 0)
                await asyncio.sleep(LOOK)

        before, began = _cpu(host), time.perf_counter()
        looking = asyncio.create_task(look())
        sent = await _at_random(send, rate, seconds)
        elapsed, used = time.perf_counter() - began, _cpu(host) - before
        looking.cancel()
    until(lambda: not stack.waiting(USER_ACTIONS), "all actions were decided on", 120, LOOK)
    drained = time.perf_counter() - began - elapsed
    return {
        "rate": sent / elapsed,
        "seconds": elapsed,
        "utilisation": used / elapsed,
        "cpu": (_cpu(host) - before) / sent,
        "depth": statistics.mean(depths),
        "deepest": max(depths),
        "drained": drained,
    }


async def _at_random(send: Callable[[], Awaitable[None]], rate: float, seconds: float) -> int:
    """Send at the moments of a Poisson process, and wait for the last; how many there were."""
    chance, sent, began = random.Random(int(rate)), 0, time.perf_counter()
    moment = chance.expovariate(rate)
    async with asyncio.TaskGroup() as group:
        while moment <= seconds:
            await asyncio.sleep(max(0.0, began + moment - time.perf_counter()))
            group.create_task(_sent(send))
            sent, moment = sent + 1, moment + chance.expovariate(rate)
    return sent


async def _sent(send: Callable[[], Awaitable[None]]) -> None:
    await send()


def _shopper() -> str:
    return str(next(NUMBERS) % 2_457 + 1)


def _decision() -> dict[str, object]:
    return {"userId": _shopper(), "viewed": [str(PRODUCTS[0])]}


def _visit() -> dict[str, object]:
    data = {"items": [{"item_id": str(PRODUCTS[0])}]}
    about = {"id": str(uuid4()), "source": "/bench", "type": "view_item", "subject": _shopper()}
    return {**about, "time": datetime.now(UTC).isoformat(), "data": data}


def _cpu(host: Process) -> float:
    times = psutil.Process(host.pid).cpu_times()
    return float(times.user + times.system)
