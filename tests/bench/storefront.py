"""How many requests a second the storefront's API answers, against a function that answers nothing on the same host.

One core for the host, which runs the HTTP functions alone, as Flex Consumption scales the others apart; the load
comes from this process, over as many connections as `CONNECTIONS`.
"""

import asyncio
import json
import shutil
import tempfile
import time
from collections.abc import Sequence
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from itertools import cycle
from pathlib import Path
from urllib.parse import urlencode

import aiohttp
from azure.eventhub import EventData
from azure.eventhub.aio import EventHubProducerClient

import function_app
from functions.triggers import openapi
from local.stack import services
from local.stack.ports import free_ports
from local.stack.process import Process, running
from tests.bench.figures import Figure, median_of, percentile
from tests.bench.search import questions, whole_catalog
from tests.stack import ROOT, SeededStack, seeded_stack

CONNECTIONS, REQUESTS, RUNS, BATCH = 8, 1_500, 3, 100
BANANAS, MILK = "1082185", "995242"
SHOPPERS = range(1, REQUESTS + 1)
PRODUCTS = json.loads((ROOT / "model" / "artifacts" / "products.json").read_text())[:REQUESTS]
TERMS = ("organic+milk", "bannana", "choc", "frozen+pizza", "soap")
FIRST, AGAIN = "picks, a shopper's first", "picks, again within 30 s"
BESIDE = "bought-together, a product's first"
TERM = "search, a term's first"
ONCE = {FIRST, BESIDE, TERM}
"""Asked once and without a rehearsal: nothing of the answer is kept from before."""
LISTS = {
    FIRST: ([f"picks?userId={shopper}" for shopper in SHOPPERS], ">= 0.35"),
    AGAIN: ([f"picks?userId={shopper}" for shopper in SHOPPERS[:300]], ">= 0.35"),
    BESIDE: ([f"bought-together?seed={product}" for product in PRODUCTS], ">= 0.6"),
    "bought-together, again within 5 s": ([f"bought-together?seed={BANANAS}"], ">= 0.6"),
    "trending": (["trending"], ">= 0.6"),
    "basket, with a shopper": ([f"basket?seed={BANANAS},{MILK}&userId={shopper}" for shopper in SHOPPERS[:300]], ""),
    "search, with a shopper": ([f"search?q={TERMS[each % 5]}&userId={each}" for each in SHOPPERS[:300]], ""),
}
P90 = {FIRST: "< 7 ms", AGAIN: "< 7 ms", "search, with a shopper": "< 15 ms"}
FLOOR = "a function that answers nothing"
SDK = "the SDK alone, a message for each event"


def run() -> Sequence[Figure]:
    """Requests a second and latencies of each list, and events a second in batches of 100; medians of runs.

    A shopper's first picks read the profile and ask the model, which is not asked again within half a minute. What
    is the same for everyone is made once in five seconds, what a term finds once for a catalogue.
    """
    lists = {**LISTS, TERM: (_terms(), "")}
    with tempfile.TemporaryDirectory() as folder, seeded_stack(Path(folder)) as stack:
        stack.functions.stop()
        with _nothing(stack, Path(folder)) as host:
            floor = median_of([_load(host, ["/nothing"])[0] for _ in range(RUNS)])
        settings = {**stack.settings, "RequestsPerMinute": "0"}
        http = [operation.name for operation in openapi.operations_of(function_app.ROOMS)]
        with running(services.functions(ROOT, free_ports(1)[0], settings, only=http, name="storefront")) as host:
            figures = [figure for name in lists for figure in _figures(host, name, lists[name], floor)]
            events = median_of([_events(host) for _ in range(RUNS)])
        alone = median_of([asyncio.run(_sent_alone(stack)) for _ in range(RUNS)])
    return [
        Figure(FLOOR, floor, "requests/s"),
        *figures,
        Figure(f"events in batches of {BATCH}", events, "events/s", events / alone, SDK, ">= 20,000"),
        Figure(SDK, alone, "events/s"),
    ]


def _nothing(stack: SeededStack, folder: Path) -> AbstractContextManager[Process]:
    app = folder / "nothing"
    shutil.copytree(ROOT / "tests" / "bench" / "nothing", app)
    shutil.copy(ROOT / "host.json", app)
    settings = {**stack.settings, "AnswerBytes": "2500"}
    return running(services.functions(app, free_ports(1)[0], settings, name="nothing"))


def _terms() -> list[str]:
    """Each asked for once, by shoppers who looked for something else before."""
    terms = zip(dict.fromkeys(questions(whole_catalog())), cycle(SHOPPERS[:300]))
    return [f"search?{urlencode({'q': term, 'userId': shopper})}" for term, shopper in terms]


def _figures(host: Process, name: str, asked: tuple[list[str], str], floor: float) -> Sequence[Figure]:
    lists, aim = asked
    paths = [f"/api/v1/recommendations/{each}" for each in lists]
    if name not in ONCE:
        _load(host, paths)
    runs = [_load(host, paths) for _ in range(1 if name in ONCE else RUNS)]
    rate = median_of([each for each, _ in runs])
    p90 = median_of([percentile(taken, 0.9) for _, taken in runs])
    return [
        Figure(name, rate, "requests/s", rate / floor, FLOOR, aim),
        Figure(f"{name}, p90 at {CONNECTIONS} connections", p90, "ms", aim=P90.get(name, "")),
    ]


def _load(host: Process, paths: Sequence[str]) -> tuple[float, list[float]]:
    """Requests a second, and the milliseconds of each."""
    urls = cycle(f"{host.connection}{path}" for path in paths)
    return asyncio.run(_asked([(next(urls), None) for _ in range(REQUESTS)]))


def _events(host: Process) -> float:
    """Events a second."""
    now, url = datetime.now(UTC).isoformat(), f"{host.connection}/api/v1/events"
    bodies = [
        json.dumps(
            [_event(f"{now}-{batch}-{place}", f"visit-{batch}-{place}", now) for place in range(BATCH)]
        ).encode()
        for batch in range(REQUESTS // 10)
    ]
    rate, _ = asyncio.run(_asked([(url, body) for body in bodies]))
    return rate * BATCH


async def _sent_alone(stack: SeededStack) -> float:
    """Events a second that the SDK sends in the same batches, each as a message of its own, in this process."""
    now = datetime.now(UTC).isoformat()
    texts = [json.dumps(_event(f"{now}-{place}", f"visit-{place}", now)) for place in range(BATCH)]
    producer = EventHubProducerClient.from_connection_string(stack.eventhubs.connection, eventhub_name="events")
    async with producer:
        await producer.send_batch([EventData(text) for text in texts])  # connects
        started = time.perf_counter()
        for _ in range(REQUESTS // 50):
            await producer.send_batch([EventData(text) for text in texts])
        return REQUESTS // 50 * BATCH / (time.perf_counter() - started)


def _event(name: str, visitor: str, now: str) -> dict[str, object]:
    data = {"items": [{"item_id": BANANAS}]}
    return {"id": name, "source": "/bench", "type": "view_item", "subject": visitor, "time": now, "data": data}


async def _asked(requests: Sequence[tuple[str, bytes | None]]) -> tuple[float, list[float]]:
    left, taken = iter(requests), list[float]()

    async def connection(session: aiohttp.ClientSession) -> None:
        for url, body in left:
            started = time.perf_counter()
            async with session.request("POST" if body else "GET", url, data=body) as answer:
                await answer.read()
                answer.raise_for_status()
            taken.append((time.perf_counter() - started) * 1e3)

    async with aiohttp.ClientSession() as session:
        started = time.perf_counter()
        await asyncio.gather(*(connection(session) for _ in range(CONNECTIONS)))
        return len(requests) / (time.perf_counter() - started), taken
