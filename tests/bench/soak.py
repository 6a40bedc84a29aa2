"""Whether the app's memory stays where it is while a shop is busy for ten minutes: `make bench ARGS=soak`."""

import asyncio
import itertools
import json
import random
import tempfile
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

import aiohttp

from local.stack import services
from local.stack.ports import free_ports
from local.stack.process import Process, running
from tests.bench.figures import Figure
from tests.bench.storefront import PRODUCTS
from tests.stack import ROOT, seeded_stack

SECONDS, CONNECTIONS, EVERY = 600, 8, 10
WARM = 120
"""Seconds after which caches are as full as they get."""
TERMS = ("milk", "bannana", "choc", "soap", "frozen pizza", "wine")
MEGABYTE = 2**20


def run() -> Sequence[Figure]:
    """Memory of host and worker, once warm and at the end, and requests a second meanwhile."""
    with tempfile.TemporaryDirectory() as folder, seeded_stack(Path(folder)) as stack:
        stack.functions.stop()
        settings = {**stack.settings, "RequestsPerMinute": "0"}
        with running(services.functions(ROOT, free_ports(1)[0], settings, name="soak")) as host:
            asked, sizes = asyncio.run(_busy(host))
    warm = [size for at, size in sizes if at >= WARM]
    first, last = (sum(part) / len(part) for part in (warm[:6], warm[-6:]))
    return [
        Figure("soak, memory once warm", first / MEGABYTE, "MB"),
        Figure("soak, memory in the last minute", last / MEGABYTE, "MB", last / first, "once warm", "about 1"),
        Figure("soak, requests", asked / SECONDS, "requests/s"),
    ]


async def _busy(host: Process) -> tuple[int, list[tuple[float, int]]]:
    """Requests that were answered, and (seconds, bytes) of memory now and then."""
    began, asked, sizes = time.monotonic(), itertools.count(), list[tuple[float, int]]()
    requests = _requests(random.Random(1))

    async def connection(session: aiohttp.ClientSession) -> None:
        while time.monotonic() - began < SECONDS:
            path, body = next(requests)
            method = "POST" if body else "GET"
            async with session.request(method, f"{host.connection}{path}", data=body) as answer:
                await answer.read()
                answer.raise_for_status()
            next(asked)

    async def watch() -> None:
        while time.monotonic() - began < SECONDS:
            sizes.append((time.monotonic() - began, _memory(host.pid or 0)))
            await asyncio.sleep(EVERY)

    async with aiohttp.ClientSession() as session:
        await asyncio.gather(watch(), *(connection(session) for _ in range(CONNECTIONS)))
    return next(asked), sizes


def _requests(chance: random.Random) -> Iterator[tuple[str, bytes | None]]:
    """What a shop asks, visitors and shoppers as they come."""
    lists = "/api/v1/recommendations"
    for number in itertools.count():
        product, shopper, visit = (
            chance.choice(PRODUCTS),
            chance.randint(1, 2_500),
            f"soak-{chance.randint(1, 20_000)}",
        )
        yield from (
            (f"{lists}/picks?userId={shopper}", None),
            (f"{lists}/picks?sessionId={visit}", None),
            (f"{lists}/bought-together?seed={product}", None),
            (f"{lists}/search?q={chance.choice(TERMS)}&userId={shopper}", None),
            (f"{lists}/trending", None),
            ("/api/v1/events", _event(number, visit, product)),
        )


def _event(number: int, visit: str, product: str) -> bytes:
    now, data = datetime.now(UTC).isoformat(), {"items": [{"item_id": product}]}
    about = {"id": f"soak-{number}", "source": "/bench", "type": "view_item", "subject": visit, "time": now}
    return json.dumps({**about, "data": data}).encode()


def _memory(pid: int) -> int:
    """Bytes that a process and its children hold."""
    return _held(pid) + sum(map(_memory, _children(pid)))


def _children(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def _held(pid: int) -> int:
    [line] = [line for line in Path(f"/proc/{pid}/status").read_text().splitlines() if line.startswith("VmRSS")]
    return int(line.split()[1]) * 1_024
