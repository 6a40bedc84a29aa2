"""An hour of a shop at work while its servers are killed at random; then every number is compared with a plain count.

python -m tests.bench.endurance --minutes 60 --seed 1     exits with 1 when anything is lost, doubled or miscounted
"""

import argparse
import asyncio
import random
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import aiohttp
import polars as pl
from azure.eventhub import EventData
from azure.eventhub.aio import EventHubProducerClient
from azure.eventhub.exceptions import EventHubError
from rich.console import Console
from rich.progress import track
from rich.table import Table

from functions.adapters.lake_store import BlobLake, connect
from functions.contracts import USER_ACTIONS, USER_RESPONSES
from functions.lake.manifest import DEAD_LETTER, EVENTS, MANIFESTS, Manifest
from local.stack.process import Process
from model.lake import mirror
from tests.bench.figures import Figure
from tests.bench.plain_count import DID, Plain, count
from tests.bench.shoppers_at_work import Storefront, Told, garbage
from tests.bench.storefront import PRODUCTS
from tests.e2e.figures import read_log, settled
from tests.stack import SeededStack, seeded_stack

MINUTES = 60
VICTIMS = ("functions", "functions", "functions", "eventhubs", "cosmos", "valkey", "azurite")
"""Azurite is stopped in order and started again: it acknowledges what it saves seconds later."""
BETWEEN, AWAY = (15.0, 50.0), (0.0, 5.0)
"""Seconds from one kill to the next, and for which a server stays away."""
DRAIN = 600.0
"""Seconds in which everything that was accepted has to be worked off."""
ESTIMATE = 0.08
"""How far the estimate of distinct shoppers may be off: five times its usual error."""


@dataclass(frozen=True)
class Check:
    """One comparison: what the product says, and what is true; `differ` counts the numbers that are not the same."""

    name: str
    numbers: int
    differ: int
    example: str = ""


@dataclass(frozen=True)
class Outcome:
    """A run: what was told and counted, which servers were killed, and how the numbers compare."""

    told: Told
    plain: Plain
    killed: Counter[str]
    checks: Sequence[Check]


def run() -> Sequence[Figure]:
    """An hour; raises when a number is wrong."""
    outcome = endure(MINUTES * 60, seed=1)
    if any(check.differ for check in outcome.checks):
        raise AssertionError(f"numbers differ: {[check for check in outcome.checks if check.differ]}")
    return [
        Figure("endurance, events in the log", outcome.plain.rows, "events"),
        Figure("endurance, servers killed", outcome.killed.total(), "kills"),
        Figure("endurance, numbers compared", sum(check.numbers for check in outcome.checks), "numbers"),
        Figure("endurance, numbers that differ", 0, "numbers", aim="0"),
    ]


def endure(seconds: float, seed: int) -> Outcome:
    """Let a shop work for so long, kill servers, wait until all is worked off, and compare."""
    with tempfile.TemporaryDirectory() as folder, seeded_stack(Path(folder)) as stack:
        began = datetime.now(UTC)
        told, arrived, killed = asyncio.run(_work(stack, seconds, seed))
        settled(stack, DRAIN)
        departments = _departments(stack)
        plain = count(read_log(stack), departments)
        checks = [*_kept(stack, told, arrived, plain), *_counted(stack, plain, began), *_archived(stack, plain)]
        return Outcome(told, plain, killed, checks)


async def _work(stack: SeededStack, seconds: float, seed: int) -> tuple[Told, int, Counter[str]]:
    dice, end = random.Random(seed), time.monotonic() + seconds

    def goes_on() -> bool:
        return time.monotonic() < end

    timeout = aiohttp.ClientTimeout(total=30)
    async with aiohttp.ClientSession(timeout=timeout) as session:
        shop = Storefront(stack.functions.connection, session, PRODUCTS, random.Random(seed + 1))
        killed, arrived, *_ = await asyncio.gather(
            _killing(stack, goes_on, dice),
            garbage(_sender(stack), goes_on, random.Random(seed + 2)),
            shop.work(goes_on),
            shop.work(goes_on),
            shop.simulate(goes_on, 20.0),
            _progress(seconds),
        )
    return shop.told, arrived, killed


async def _killing(stack: SeededStack, goes_on: Callable[[], bool], dice: random.Random) -> Counter[str]:
    killed = Counter[str]()
    while goes_on():
        await asyncio.sleep(dice.uniform(*BETWEEN))
        name = dice.choice(VICTIMS)
        server: Process = getattr(stack, name)
        await asyncio.to_thread(server.stop if name == "azurite" else server.kill)
        await asyncio.sleep(dice.uniform(*AWAY))
        await asyncio.to_thread(server.start)
        killed[name] += 1
    return killed


def _sender(stack: SeededStack) -> Callable[[bytes], Any]:
    """Sends one message by a connection of its own; False when it was not acknowledged."""

    async def send(body: bytes) -> bool:
        try:
            async with EventHubProducerClient.from_connection_string(
                stack.eventhubs.connection, eventhub_name="events", retry_total=0
            ) as producer:
                await producer.send_batch([EventData(body)])
        except EventHubError:
            return False
        return True

    return send


async def _progress(seconds: float) -> None:
    for _ in track(range(round(seconds)), "shoppers at work", console=Console(stderr=True), transient=True):
        await asyncio.sleep(1)


def _departments(stack: SeededStack) -> Mapping[str, str]:
    from azure.cosmos import CosmosClient

    with CosmosClient.from_connection_string(stack.cosmos.connection) as client:
        products = client.get_database_client("personalization").get_container_client("products")
        return {one["id"]: (one["category"] or [""])[0] for one in products.read_all_items()}


def _kept(stack: SeededStack, told: Told, arrived: int, plain: Plain) -> Iterator[Check]:
    """Whatever was acknowledged is in the log, and nothing is left over."""
    yield _all_in("events accepted are in the log", told.accepted, plain.ids)
    yield _all_in("decisions answered are in the log", told.decisions, plain.ids)
    made = plain.events["decision"]
    wanted = told.simulated + len(told.decisions)
    yield Check("each step of simulated shoppers is decided once", 1, int(made != wanted), f"{made} of {wanted}")
    few = plain.garbage < arrived  # one whose acknowledgement was lost may be there besides
    yield Check("garbage that arrived is in the log", 1, int(few), f"{plain.garbage} of {arrived}")
    for queue in (USER_ACTIONS, USER_RESPONSES, f"{USER_ACTIONS}-poison", f"{USER_RESPONSES}-poison"):
        left = stack.waiting(queue)
        yield Check(f"{queue} is empty", 1, int(left > 0), f"{left} messages" if left else "")


def _all_in(name: str, some: set[str], ids: set[str]) -> Check:
    missing = some - ids
    return Check(name, len(some), len(missing), ", ".join(sorted(missing)[:3]))


def _counted(stack: SeededStack, plain: Plain, began: datetime) -> Iterator[Check]:
    """The figures of the API, by minutes and by hours and days, against the plain count."""
    for name, start in (("by minutes", began - timedelta(minutes=30)), ("by hours", began - timedelta(hours=7))):
        end = datetime.now(UTC) + timedelta(minutes=1)
        question = f"/api/v1/metrics?from={start:%Y-%m-%dT%H:%M:00Z}&to={end:%Y-%m-%dT%H:%M:00Z}&top=1000"
        answers = list(_pages(stack, question))
        yield from (_same(f"{told}, {name}", said, true) for told, said, true in _tables(answers, plain))
        estimate, true = answers[0]["totals"]["shoppers"], len(plain.shoppers)
        wrong = abs(estimate - true) > ESTIMATE * true
        yield Check(f"distinct shoppers, {name}", 1, int(wrong), f"{estimate} of {true}")
    series = {one["start"][:16]: one["events"] for one in _pages_first(stack, began)["series"] if one["events"]}
    yield _same("events of each minute", series, dict(plain.minutes))


def _pages_first(stack: SeededStack, began: datetime) -> Any:
    end = datetime.now(UTC) + timedelta(minutes=1)
    start = began - timedelta(minutes=30)
    return stack.get(f"/api/v1/metrics?from={start:%Y-%m-%dT%H:%M:00Z}&to={end:%Y-%m-%dT%H:%M:00Z}")


def _pages(stack: SeededStack, question: str) -> Iterator[Any]:
    """Answers with the lists' entries page by page, until none has any."""
    skip = 0
    while True:
        answer = stack.get(f"{question}&skip={skip}")
        yield answer
        if not any(answer[name] for name in ("products", "offers", "lists")):
            return
        skip += 1_000


def _tables(answers: Sequence[Any], plain: Plain) -> Iterator[tuple[str, Mapping[str, Any], Mapping[str, Any]]]:
    """Name, what the product says, and what is true."""
    first = answers[0]
    yield "events by type", first["events"], plain.events
    whats = (*DID.values(), "revenue")
    for name, table in (("products", plain.products), ("departments", plain.departments)):
        said = {one["name"]: one for answer in answers for one in answer[name]}
        yield name, _flat(said, whats), _flat(table, whats)
    lists = {f"{one['list']}~{one['model']}": one for answer in answers for one in answer["lists"]}
    whats = ("impressions", "clicks", "carts", "purchases", "revenue")
    yield "lists", _flat(lists, whats), _flat(plain.lists, whats)
    offers = {one["offer"]: one for answer in answers for one in answer["offers"]}
    whats = ("made", "shown", "clicked", "redeemed", "revenue")
    yield "offers", _flat(offers, whats), _flat(plain.offers, whats)
    decided = {"path": "paths", "level": "levels", "arm": "arms", "degraded": "degraded"}
    for name, counter in decided.items():
        yield f"decisions by {name}", first[counter], plain.decided[name]
    yield "decisions by model", first["models"]["decisions"], plain.decided["model"]


def _flat(table: Mapping[str, Any], whats: Sequence[str]) -> Mapping[str, int]:
    """Number by name and what it counts, without zeros; revenue in hundredths, as the API tells it in whole units."""
    flat = {}
    for name, row in table.items():
        for what in whats:
            number = row.get(what) or 0
            hundredths = what == "revenue" and not isinstance(row, Counter)
            if number:
                flat[f"{name} {what}"] = round(number * 100) if hundredths else number
    return flat


def _same(name: str, said: Mapping[str, Any], true: Mapping[str, Any]) -> Check:
    keys = said.keys() | true.keys()
    wrong = sorted(key for key in keys if said.get(key, 0) != true.get(key, 0))
    example = f"{wrong[0]}: {said.get(wrong[0], 0)} of {true.get(wrong[0], 0)}" if wrong else ""
    return Check(name, len(keys), len(wrong), example)


def _archived(stack: SeededStack, plain: Plain) -> Iterator[Check]:
    """The lake holds each event of the log once, and each message that is none as a dead letter."""
    with tempfile.TemporaryDirectory() as folder:
        deadline = time.monotonic() + DRAIN
        rows, dead = _lake(stack, Path(folder))
        while (len(rows) < plain.rows or dead < plain.garbage) and time.monotonic() < deadline:
            time.sleep(5)
            rows, dead = _lake(stack, Path(folder))
    twice = len(rows) - rows.unique(["partition", "sequence", "position"]).height
    yield Check("events in the lake", plain.rows, abs(len(rows) - plain.rows), f"{len(rows)} of {plain.rows}")
    yield Check("events that the lake holds twice", len(rows), twice)
    yield _all_in("ids of the log are in the lake", plain.ids, set(rows["id"].to_list()))
    yield Check("dead letters", plain.garbage, abs(dead - plain.garbage), f"{dead} of {plain.garbage}")


def _lake(stack: SeededStack, folder: Path) -> tuple[pl.DataFrame, int]:
    """The lake's rows, and how many dead letters it has: of files that a manifest names, as nothing else is in it."""

    async def fetch() -> int:
        async with BlobLake(connect(stack.azurite.connection)) as store:
            await mirror(store, folder)
            found = [await store.read(blob.path) for blob in await store.files(f"{MANIFESTS}/")]
            files = [one for each in found if each for one in Manifest.from_json(each.data).files]
            letters = [await store.read(one.path) for one in files if one.kind == DEAD_LETTER]
        return sum(len(each.data.splitlines()) for each in letters if each)

    dead = asyncio.run(fetch())
    files = sorted((folder / EVENTS).rglob("*.parquet"))
    frames = [pl.read_parquet(file).with_columns(partition=pl.lit(_partition(file))) for file in files]
    return pl.concat(frames) if frames else pl.DataFrame({"id": []}), dead


def _partition(file: Path) -> str:
    return file.parent.name.removeprefix("partition=")


def main() -> int:
    """Run and print one table; 1 when a number differs."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=MINUTES, help="how long shoppers are at work")
    parser.add_argument("--seed", type=int, default=1, help="of what happens, and of what is killed when")
    options = parser.parse_args()
    outcome = endure(options.minutes * 60, options.seed)
    table = Table("compared", "numbers", "differ", "", title=f"{outcome.plain.rows:,} events, seed {options.seed}")
    for check in outcome.checks:
        table.add_row(check.name, f"{check.numbers:,}", f"{check.differ:,}", check.example)
    console = Console()
    console.width = max(console.width, 110)
    console.print(table)
    told = outcome.told
    again = f"requests asked again: {told.asked_again:,}; events refused: {told.refused:,}"
    console.print(f"killed: {dict(outcome.killed)}; {again}")
    return int(any(check.differ for check in outcome.checks))


if __name__ == "__main__":
    sys.exit(main())
