"""A person is erased from real stores, while everything else in them stays and goes on."""

import asyncio
import base64
import json
import time
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import pytest
from azure.cosmos.aio import DatabaseProxy
from azure.storage.queue.aio import QueueServiceClient
from redis.asyncio import Redis

from functions.actions import quick
from functions.adapters import cosmos as store
from functions.adapters.hot_counters import RedisHotCounters
from functions.adapters.memory import RedisMemories
from functions.adapters.metrics_store import CosmosMetrics
from functions.adapters.partition_key import partition_of
from functions.adapters.personal_messages import PARKED, WAITING, PersonalMessages
from functions.adapters.personal_views import PersonalViews
from functions.app import App
from functions.contracts import CONTAINERS, DECISIONS, METRICS, SIMULATION, TOP_SHOPPERS, affinity_of_shopper
from functions.events import InteractionEvent, parse_action
from functions.settings import Settings
from functions.usecases.aggregate import Aggregation
from functions.usecases.partition_work import HEARTBEAT
from functions.usecases.personal_data import PersonalData
from functions.usecases.ports import Erased, StoreUnavailableError
from functions.usecases.shopper_data import Consent, NoSuchShopperError
from local.stack.ports import free_ports
from local.stack.process import Process
from tests.unit.analytics.shop_events import log_of, view
from tests.unit.usecases.stream_fakes import FakeLog

QUEUES = (*WAITING, *PARKED)
ERASED, KEPT = "s1", "s2"
PARTITIONS = 4


@dataclass
class Shop:
    """The small shop with all that surrounds it, and a stream that the test writes."""

    app: App
    database: DatabaseProxy
    redis: Redis
    queues: QueueServiceClient
    log: FakeLog = field(default_factory=lambda: FakeLog({f"events-{n}": [] for n in range(PARTITIONS)}))
    later: float = 0.0
    now: int = field(default_factory=lambda: int(time.time()) // 60)

    @property
    def data(self) -> PersonalData:
        return self.app.personal_data

    def aggregation(self) -> Aggregation:
        """A process that aggregates; `later` puts its clock forward."""
        metrics = CosmosMetrics(self.database.get_container_client(METRICS.name))
        return Aggregation(self.log, metrics, RedisHotCounters(self.redis), lambda: time.time() + self.later)

    async def act(self, number: int, shopper: str, after: int = 0) -> None:
        """A shopper views a product, so many minutes after the beginning: in the stream, in memory."""
        body = view(f"{shopper}-{number}", f"p{number % 30}", self.now + after, shopper)
        records = self.log.partitions[f"events-{partition_of(shopper, PARTITIONS)}"]
        records += log_of([body], self.now, len(records))
        event = parse_action(body)
        assert isinstance(event, InteractionEvent)
        await RedisMemories(self.redis).note([quick(event)])

    async def documents(self) -> Mapping[str, list[dict[str, Any]]]:
        """Every document of every container."""
        names = [container.name for container in CONTAINERS]
        return {
            name: await store.query(self.database.get_container_client(name), "SELECT * FROM c") for name in names
        }

    async def values(self) -> dict[str, Any]:
        """Every key of Redis with its value."""
        found: dict[str, Any] = {}
        for key in map(str, await self.redis.keys()):
            is_set = await self.redis.type(key) == "zset"
            found[key] = await (self.redis.zrange(key, 0, -1) if is_set else self.redis.get(key))
        return found

    async def messages(self) -> dict[str, list[Any]]:
        """Every message of every queue."""
        found: dict[str, list[Any]] = {}
        for name in QUEUES:
            peeked = await self.queues.get_queue_client(name).peek_messages(32)
            found[name] = [_read(base64.b64decode(one.content)) for one in peeked]
        return found

    async def mentions(self, shopper: str) -> list[str]:
        """Where the shopper's id stands: as a text, as the name of a field, or within a key or a value."""
        everything = {**await self.documents(), "redis": await self.values(), "queues": await self.messages()}
        return [place for place, content in everything.items() if shopper in _words(content)]


def _read(body: bytes) -> Any:
    return json.loads(body) if body.startswith(b"{") else body.decode()


def _words(content: Any) -> set[str]:
    """All texts in JSON, names of fields included, whole and cut at what ids do not have."""
    if isinstance(content, Mapping):
        return set().union(*(_words(name) | _words(value) for name, value in content.items()))
    if isinstance(content, list):
        return set().union(*map(_words, content))
    return {str(content), *str(content).replace("|", ":").split(":")}


@pytest.fixture
async def full(
    azurite: Process, valkey: Process, cosmos: Process, shop: DatabaseProxy, redis: Redis
) -> AsyncIterator[Shop]:
    """Two shoppers in every place that holds anything of shoppers."""
    settings = Settings.read(
        {
            "AzureWebJobsStorage": azurite.connection,
            "EventHubConnection": "Endpoint=sb://nowhere/",
            "CosmosConnection": cosmos.connection,
            "CosmosDatabase": shop.id,
            "RedisConnection": valkey.connection,
        }
    )
    app = App(settings)
    async with QueueServiceClient.from_connection_string(azurite.connection) as queues:
        made = Shop(app, shop, redis, queues)
        for name in QUEUES:
            await queues.create_queue(name)
        for shopper in (ERASED, KEPT):
            await _fill(made, shopper)
        yield made
        for name in QUEUES:
            await queues.delete_queue(name)
    await app.close()


async def _fill(shop: Shop, shopper: str) -> None:
    for number in range(3):
        await shop.act(number, shopper, -4 * number)
        decision = {"id": f"d{number}-{shopper}", "shopperId": shopper, "offer": "bread"}
        await shop.database.get_container_client(DECISIONS.name).upsert_item(decision)
    for name in QUEUES:
        for body in (view("q1", shopper=shopper), b"not JSON"):
            await shop.queues.get_queue_client(name).send_message(base64.b64encode(body).decode())
    await RedisMemories(shop.redis).offer_made(shopper, "bread", f"d-{shopper}", datetime.now(UTC))
    await shop.redis.set(affinity_of_shopper(shopper), json.dumps([["p1", 2.0]]))
    if await shop.app.profiles.read(shopper):
        await shop.app.shopper_data.say(shopper, Consent(personalize=False))


async def cycle(aggregation: Aggregation) -> None:
    await aggregation.run(lambda _: "GROCERY", 8)


async def test_everything_is_handed_out(full: Shop) -> None:
    """From every place; in words that a person can read; and to hand it out changes nothing."""
    await cycle(full.aggregation())
    before = await full.documents(), await full.values()
    held = (await full.data.export(ERASED)).held
    assert {place: len(records) for place, records in held.items()} == {
        "profile": 1,
        "simulation": 1,
        "decisions": 3,
        "messages": 2,
        "views": 3,
        "memory": 5,
    }
    assert held["profile"][0]["history"]["products"] == ["p1", "p2"]
    memory = {record["kind"]: record["value"] for record in held["memory"]}
    assert memory["recent"][0].items() >= {"action": "view_item", "product": "p2"}.items()
    assert (memory["personalize"], memory["viewsOfLastDay"]) == (False, 3)
    assert [view["views"] for view in held["views"]] == [1, 1, 1]
    assert KEPT not in _words(held)
    assert (await full.documents(), await full.values()) == before
    assert [len(found) for found in (await full.messages()).values()] == [4, 4, 4, 4]


async def test_everything_is_erased(full: Shop) -> None:
    """From every place, at once; the other shopper keeps everything; to do it again finds nothing."""
    await cycle(full.aggregation())
    others = await full.mentions(KEPT)
    assert await full.mentions(ERASED) == others
    assert await full.app.shoppers.read(ERASED)
    erasure = await full.data.erase(ERASED)
    assert erasure.erased == {
        "profile": 1, "simulation": 1, "decisions": 3, "messages": 4, "views": 3, "memory": 5,
    }  # fmt: skip
    assert await full.mentions(ERASED) == []
    assert await full.mentions(KEPT) == others
    assert [len(found) for found in (await full.messages()).values()] == [3, 3, 3, 3]
    assert await full.app.shoppers.read(ERASED) is None
    assert erasure.complete
    assert set((await full.data.erase(ERASED)).erased.values()) == {0}
    with pytest.raises(NoSuchShopperError):
        await full.data.export(ERASED)


async def test_what_was_under_way_counts_for_nobody(full: Shop) -> None:
    """Neither what waited in the stream nor what an aggregation had in memory comes back; the views still count."""
    aggregation = full.aggregation()
    await cycle(aggregation)
    await full.act(7, ERASED)
    await full.data.erase(ERASED)
    await cycle(aggregation)  # is refused, as the checkpoint is not the one that it knows
    await cycle(aggregation)
    assert await full.mentions(ERASED) == []
    assert await full.redis.zscore(TOP_SHOPPERS, KEPT) == 3
    windows = await CosmosMetrics(full.database.get_container_client(METRICS.name)).windows(0, full.now + 1)
    assert sum(one.window.product_views.total() for one in windows) == 7


async def test_an_aggregation_without_events_forgets_with_its_heartbeat(full: Shop) -> None:
    """Its ranking in memory is published no longer."""
    aggregation = full.aggregation()
    await cycle(aggregation)
    await full.data.erase(ERASED)
    full.later = HEARTBEAT + 1
    for _ in range(2):
        await cycle(aggregation)
    assert await full.mentions(ERASED) == []
    assert await full.redis.zscore(TOP_SHOPPERS, KEPT) == 3


async def test_erased_while_the_shop_is_busy(full: Shop) -> None:
    """More windows than one transaction holds, and an aggregation that writes at the same time."""
    records = full.log.partitions[f"events-{partition_of(ERASED, PARTITIONS)}"]
    records.clear()
    for minute in range(full.now - 100, full.now):
        bodies = [view(f"{shopper}-at-{minute}", "p1", minute, shopper) for shopper in (ERASED, "s7")]
        records += log_of(bodies, minute, len(records))
    aggregation = full.aggregation()
    await cycle(aggregation)

    async def busy() -> None:
        for number in range(100, 140):
            await full.act(number, f"s{number}")
            await cycle(aggregation)

    erasure, _ = await asyncio.gather(full.data.erase(ERASED), busy())
    await cycle(aggregation)
    assert erasure.erased["views"] >= 100
    assert await full.mentions(ERASED) == []
    assert await full.redis.zscore(TOP_SHOPPERS, "s7") == 100


async def test_an_aggregation_that_is_faster_is_no_obstacle(full: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where it writes in between, the erasure looks again, and finds what was written as well."""
    aggregation = full.aggregation()
    await cycle(aggregation)
    views = PersonalViews(full.database.get_container_client(METRICS.name), time.time)
    looked, left = views._checkpoint, [8, 9]

    async def overtaken(partition: str) -> dict[str, Any] | None:
        found = await looked(partition)
        if left:
            await full.act(left.pop(), ERASED, after=3)
            await cycle(aggregation)
        return found

    monkeypatch.setattr(views, "_checkpoint", overtaken)
    assert (await views.erase(ERASED)).records >= 4
    assert METRICS.name not in await full.mentions(ERASED)


async def test_who_acts_again_is_remembered_again(full: Shop) -> None:
    """From the next minute on, as somebody of whom nothing is known."""
    await cycle(full.aggregation())
    await full.data.erase(ERASED)
    await full.act(8, ERASED, after=3)
    await cycle(full.aggregation())
    held = (await full.data.export(ERASED)).held
    assert [place for place, records in held.items() if records] == ["views", "memory"]


async def test_whatever_an_id_looks_like(full: Shop) -> None:
    """It is nothing but an id."""
    names = ('a"b', "c'd", "e~1", "f]", "NAME", "ü😀", "counts", "--", "{}")
    for name in names:
        await _fill(full, name)
    await cycle(full.aggregation())
    before = (await full.data.export(KEPT)).held
    for name in names:
        held = {"decisions": 3, "messages": 2, "views": 3, "memory": 4}
        found = (await full.data.export(name)).held
        assert {place: len(records) for place, records in found.items() if records} == held
        await full.data.erase(name)
        with pytest.raises(NoSuchShopperError):
            await full.data.export(name)
    assert (await full.data.export(KEPT)).held == before


async def test_a_run_is_nobodys(full: Shop) -> None:
    """Even if somebody asks for it by the id of its document."""
    run = {"id": "run:live", "name": "live", "started": 1, "seed": 1, "steps": 1}
    await full.database.get_container_client(SIMULATION.name).upsert_item(run)
    assert set((await full.data.erase("run:live")).erased.values()) == {0}
    assert await full.app.simulations.run("live", 1)


async def test_a_long_queue_is_left_alone(full: Shop, azurite: Process) -> None:
    """And told, so that the erasure is done again; nobody's message is held up or lost."""
    messages = PersonalMessages(azurite.connection, most=3)
    assert await messages.erase(ERASED) == Erased(0, complete=False)
    assert [len(found) for found in (await full.messages()).values()] == [4, 4, 4, 4]
    assert await PersonalMessages(azurite.connection, most=4).erase(ERASED) == Erased(4)


async def test_queues_that_are_away_are_told_as_such() -> None:
    """The erasure is not acknowledged, and can be done again."""
    [port] = free_ports(1)
    nowhere = f"DefaultEndpointsProtocol=http;AccountName=a;AccountKey=YQ==;QueueEndpoint=http://127.0.0.1:{port}/a;"
    with pytest.raises(StoreUnavailableError):
        await PersonalMessages(nowhere).erase(ERASED)
