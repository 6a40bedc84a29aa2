"""What a decision takes of every service, measured on the local stack: `make bench ARGS=footprint`.

Each group of functions that Flex Consumption scales by itself runs in a host of its own, behind a tap that counts
what it says to Cosmos DB and storage; Redis and the stream count themselves. What hosts do without load is taken off.
Of several runs the smallest CPU time counts, as neighbours on the machine can only add to it. The figures are written
to infra/sizing/figures.json, which `python -m infra.sizing` calculates with.
"""

import asyncio
import json
import statistics
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import aiohttp
import psutil
import redis

import function_app
from functions.triggers import openapi
from local.stack import services
from local.stack.ports import LOOPBACK, free_ports
from local.stack.process import Process, running
from tests.bench.counting import BLOB, COSMOS, QUEUE, Counts, count
from tests.bench.figures import Figure
from tests.bench.storefront import PRODUCTS
from tests.bench.tap import Tap
from tests.stack import ROOT, SeededStack, seeded_stack, until

FIGURES = ROOT / "infra" / "sizing" / "figures.json"
RUNS, CALLS, CONNECTIONS, MANY = 3, 600, 4, 20
SHOPPERS, STEPS = 40, 15
SETTLED = 14.0
"""Seconds after which the stream is worked off: a batch waits for five, aggregation comes every five."""
QUIET = 20.0
"""Seconds of the look at what hosts do without load; with `SETTLED`, more than any cache lives."""
HTTP = "http"
DECIDE = "/api/v1/offers/decide"
ALONE = ("simulate_shopper", "make_offer", "keep_decisions", "archive", "aggregate")
"""Functions that scale by themselves; all HTTP functions together are one group more."""


@dataclass(frozen=True)
class Host:
    """A host with its tap."""

    process: Process
    tap: Tap

    @property
    def cpu(self) -> float:
        """Seconds that the process has used of a core."""
        times = psutil.Process(self.process.pid).cpu_times()
        return float(times.user + times.system)

    @property
    def memory(self) -> int:
        """Bytes that it holds."""
        return int(psutil.Process(self.process.pid).memory_info().rss)


@dataclass(frozen=True)
class Bench:
    """Everything that is looked at."""

    stack: SeededStack
    hosts: Mapping[str, Host]

    @property
    def url(self) -> str:
        """Where the API is."""
        return self.hosts[HTTP].process.connection

    def redis(self) -> tuple[int, int, int]:
        """Commands, those inside of scripts too, bytes in and bytes out since Redis started."""
        with redis.Redis.from_url(self.stack.valkey.connection) as client:
            stats: dict[str, int] = client.info("stats")
            commands: dict[str, dict[str, int]] = client.info("commandstats")
        asked = sum(each["calls"] for name, each in commands.items() if name not in ("cmdstat_info", "cmdstat_ping"))
        return asked, stats["total_net_input_bytes"], stats["total_net_output_bytes"]

    def hub(self) -> tuple[int, int]:
        """Messages in the stream and their bytes."""
        port = self.stack.eventhubs.service.ports[1]
        with urllib.request.urlopen(f"http://{LOOPBACK}:{port}/", timeout=10) as answer:
            [hub] = json.load(answer)["hubs"]
        partitions = hub["partitions"]
        return (
            sum(each["last_sequence_number"] + 1 for each in partitions),
            sum(each["size_in_bytes"] for each in partitions),
        )


@dataclass(frozen=True)
class Seen:
    """What was used between two looks."""

    seconds: float
    cpu: Mapping[str, float]
    counts: Mapping[str, Counts]
    redis: Sequence[int]
    hub: Sequence[int]


@dataclass(frozen=True)
class Flow:
    """A kind of load: how many units `drive` makes, and what it returns: bytes of answers."""

    units: int
    drive: Callable[[Bench], int]


def run() -> Sequence[Figure]:
    """Measure, write the figures, and show what a decision takes."""
    with tempfile.TemporaryDirectory() as folder, _bench(Path(folder)) as bench:
        flows = _flows()
        for flow in flows.values():
            flow.drive(bench)  # caches, connections and the model
        time.sleep(SETTLED)
        quiet, _ = _seen(bench, _wait)
        reload, _ = _seen(bench, lambda: _one_decision(bench))
        measured = {name: [_measured(bench, flow, quiet) for _ in range(RUNS)] for name, flow in flows.items()}
        memory = {name: host.memory for name, host in bench.hosts.items()}
    flow_figures = {name: _best(runs) for name, runs in measured.items()}
    figures = {
        "measured": datetime.now(UTC).date().isoformat(),
        "machine": machine(),
        "runs": RUNS,
        "reload_units": reload.counts[HTTP].shared_units,
        "idle": _idle(quiet, memory),
        "flows": flow_figures,
    }
    FIGURES.write_text(json.dumps(figures, indent=1) + "\n")
    return [_figure(name, key, value) for name, flow in flow_figures.items() for key, value in _told(flow)]


def _wait() -> int:
    time.sleep(QUIET)
    return 0


def _one_decision(bench: Bench) -> int:
    """After a long silence: offers and settings are read anew, some of it behind the answer."""
    size = _post(bench, DECIDE, [{"userId": "1"}])
    time.sleep(SETTLED)
    return size


def _flows() -> dict[str, Flow]:
    shoppers = iter(range(1, 1_000_000))

    def shopper() -> str:
        return str(next(shoppers) % 2_457 + 1)

    def decide(bench: Bench) -> int:
        bodies = [{"userId": shopper(), "viewed": [str(PRODUCTS[n])]} for n in range(CALLS)]
        return _post(bench, DECIDE, bodies)

    def lists(bench: Bench) -> int:
        return _ask(bench, [(f"/api/v1/recommendations/picks?userId={shopper()}", None) for _ in range(CALLS)])

    def events(bench: Bench, together: int) -> int:
        bodies = [[_event(shopper()) for _ in range(together)] for _ in range(CALLS // together)]
        return _post(bench, "/api/v1/events", bodies)

    return {
        "decide": Flow(CALLS, decide),
        "list": Flow(CALLS, lists),
        "event": Flow(CALLS, lambda bench: events(bench, 1)),
        "event_of_many": Flow(CALLS, lambda bench: events(bench, MANY)),
        "loop": Flow(SHOPPERS * STEPS, _loop),
    }


def _loop(bench: Bench) -> int:
    body = {"run": f"footprint-{uuid4().hex[:8]}", "shoppers": SHOPPERS, "steps": STEPS, "seed": 1}
    bytes_out = _post(bench, "/api/v1/simulations", [body])
    until(bench.stack.loop_is_idle, "the simulation ends", 300, 0.5)
    return bytes_out


def _event(shopper: str) -> dict[str, object]:
    now, data = datetime.now(UTC).isoformat(), {"items": [{"item_id": str(PRODUCTS[0])}]}
    return {
        "id": str(uuid4()),
        "source": "/bench",
        "type": "view_item",
        "subject": shopper,
        "time": now,
        "data": data,
    }


def _post(bench: Bench, path: str, bodies: Sequence[object]) -> int:
    return _ask(bench, [(path, json.dumps(body).encode()) for body in bodies])


def _ask(bench: Bench, requests: Sequence[tuple[str, bytes | None]]) -> int:
    """Bytes of all answers."""

    async def asked() -> int:
        left, size = iter(requests), 0

        async def connection(session: aiohttp.ClientSession) -> None:
            nonlocal size
            for path, body in left:
                async with session.request("POST" if body else "GET", bench.url + path, data=body) as answer:
                    size += len(await answer.read())
                    answer.raise_for_status()

        async with aiohttp.ClientSession() as session:
            await asyncio.gather(*(connection(session) for _ in range(CONNECTIONS)))
        return size

    return asyncio.run(asked())


def _seen(bench: Bench, drive: Callable[[], int]) -> tuple[Seen, int]:
    for host in bench.hosts.values():
        host.tap.taken()
    began, cpu, asked, hub = time.monotonic(), _cpu(bench), bench.redis(), bench.hub()
    answered = drive()
    seconds, used, told, held = time.monotonic() - began, _cpu(bench), bench.redis(), bench.hub()
    seen = Seen(
        seconds,
        {name: used[name] - cpu[name] for name in used},
        {name: count(host.tap.taken()) for name, host in bench.hosts.items()},
        [after - before for after, before in zip(told, asked, strict=True)],
        [after - before for after, before in zip(held, hub, strict=True)],
    )
    return seen, answered


def _cpu(bench: Bench) -> dict[str, float]:
    return {name: host.cpu for name, host in bench.hosts.items()}


def _measured(bench: Bench, flow: Flow, quiet: Seen) -> dict[str, Any]:
    """What a unit of the flow takes."""

    def drive() -> int:
        size = flow.drive(bench)
        time.sleep(SETTLED)
        return size

    seen, answered = _seen(bench, drive)
    share = seen.seconds / quiet.seconds
    counts = seen.counts

    def each(value: float, idle: float = 0.0) -> float:
        return max(0.0, value - idle * share) / flow.units

    def over(name: str) -> float:
        return sum(each(getattr(counts[host], name), getattr(quiet.counts[host], name)) for host in counts)

    return {
        "cpu_seconds": {host: each(seen.cpu[host], quiet.cpu[host]) for host in counts},
        "request_units": {host: each(counts[host].units, quiet.counts[host].units) for host in counts},
        "told_units": over("told_units"),
        "documents": _documents(counts, flow.units),
        "kept_bytes": over("kept_bytes"),
        "redis_commands": each(seen.redis[0], quiet.redis[0]),
        "redis_bytes_in": each(seen.redis[1], quiet.redis[1]),
        "redis_bytes_out": each(seen.redis[2], quiet.redis[2]),
        "hub_messages": each(seen.hub[0]),
        "hub_bytes": each(seen.hub[1]),
        "queue_transactions": over("queue"),
        "blob_writes": over("blob_writes"),
        "blob_reads": over("blob_reads"),
        "lake_bytes": over("lake_bytes"),
        "lake_files": over("lake_files"),
        "transactions": over("transactions"),
        "answer_bytes": answered / flow.units,
    }


def _documents(counts: Mapping[str, Counts], units: int) -> dict[str, dict[str, float]]:
    """Operations on documents by host, container and kind: how many for each unit, and how large they are."""
    return {
        f"{host} {name}": {
            "count": kind.count / units,
            "bytes": kind.size / kind.count,
            "indexed": kind.values / kind.count,
        }
        for host, one in counts.items()
        for name, kind in one.documents.items()
    }


def _idle(quiet: Seen, memory: Mapping[str, int]) -> dict[str, Any]:
    """What each host takes a second without load."""
    return {
        host: {
            "cpu_seconds": quiet.cpu[host] / quiet.seconds,
            "request_units": counts.units / quiet.seconds,
            "queue_transactions": counts.queue / quiet.seconds,
            "blob_writes": counts.blob_writes / quiet.seconds,
            "blob_reads": counts.blob_reads / quiet.seconds,
            "memory_bytes": memory[host],
        }
        for host, counts in quiet.counts.items()
    }


def _best(runs: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """The smallest CPU times; of everything else, the mean."""
    first = runs[0]
    return {
        key: {host: min(one[key][host] for one in runs) for host in value}
        if key == "cpu_seconds"
        else {host: statistics.mean(one[key][host] for one in runs) for host in value}
        if key == "request_units"
        else value
        if key == "documents"
        else statistics.mean(one[key] for one in runs)
        for key, value in first.items()
    }


def _told(flow: Mapping[str, Any]) -> Iterator[tuple[str, float]]:
    yield "CPU of all functions, ms", 1e3 * sum(flow["cpu_seconds"].values())
    yield "request units", sum(flow["request_units"].values())
    yield "bytes in the stream", flow["hub_bytes"]
    yield "commands of Redis", flow["redis_commands"]
    yield "transactions of queues", flow["queue_transactions"]


def _figure(flow: str, key: str, value: float) -> Figure:
    return Figure(f"{flow}: {key}", value, "each")


def machine() -> str:
    """The CPU, and no more, of where this runs."""
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    [model, *_] = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return f"{model}, {psutil.cpu_count()} cores"


@contextmanager
def _bench(folder: Path) -> Iterator[Bench]:
    with ExitStack() as opened:
        stack = opened.enter_context(seeded_stack(folder))
        stack.functions.stop()
        http = [operation.name for operation in openapi.operations_of(function_app.ROOMS)]
        groups = {HTTP: http, **{name: [name] for name in ALONE}}
        yield Bench(stack, {name: opened.enter_context(_host(stack, name, only)) for name, only in groups.items()})


@contextmanager
def _host(stack: SeededStack, name: str, only: Sequence[str]) -> Iterator[Host]:
    blob, queue, _ = stack.azurite.service.ports
    [cosmos] = stack.cosmos.service.ports
    ports = dict(zip((BLOB, QUEUE, COSMOS), free_ports(3), strict=True))
    tap = Tap({BLOB: (ports[BLOB], blob), QUEUE: (ports[QUEUE], queue), COSMOS: (ports[COSMOS], cosmos)})
    settings = {
        **{
            key: _through(value, {blob: ports[BLOB], queue: ports[QUEUE], cosmos: ports[COSMOS]})
            for key, value in stack.settings.items()
        },
        "RequestsPerMinute": "0",
        "AzureWebJobs.aggregate_stream.Disabled": "true",
    }
    with tap.running(), running(services.functions(ROOT, free_ports(1)[0], settings, only, name=name)) as process:
        yield Host(process, tap)


def _through(connection: str, ports: Mapping[int, int]) -> str:
    """A connection string that leads through the tap."""
    for port, tapped in ports.items():
        connection = connection.replace(f":{port}/", f":{tapped}/")
    return connection
