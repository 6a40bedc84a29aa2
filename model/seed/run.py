"""Seed a shop: what is there already stays, what differs is written, what was broken off is completed."""

from dataclasses import dataclass, field, replace
from datetime import date
from functools import partial
from typing import Literal

from azure.cosmos.aio import CosmosClient, DatabaseProxy
from redis.asyncio import Redis
from rich.progress import Progress

from functions.adapters import redis_client
from functions.contracts import SETTINGS
from functions.settings import Entra, Settings
from model import artifact, precomputed
from model.artifact import Manifest
from model.datasets.dataset import Source
from model.seed import stores
from model.seed.marker import MARKER_ID, REDIS_KEY, Marker, stamp
from model.seed.plan import Part, Plan, plan

type Outcome = Literal["seeded", "already seeded"]


class OtherDatasetError(Exception):
    """The shop was seeded with another data set: the two would be mixed."""

    def __init__(self, there: str, wanted: str) -> None:
        self.there = there
        super().__init__(f"The shop holds '{there}', not '{wanted}': add --reset to delete it and start afresh.")


class ResetRefusedError(Exception):
    """In Azure the database belongs to the deployment: no token of Entra ID may delete it."""

    def __init__(self) -> None:
        super().__init__(
            "With a token nobody may delete the database: delete its containers, and run `azd provision`."
        )


@dataclass(frozen=True, slots=True)
class Seeding:
    """A shop to be filled, with what, and where progress is shown."""

    settings: Settings
    source: Source
    today: date
    reset: bool = False
    live: Progress = field(default_factory=lambda: Progress(disable=True))


async def seed(seeding: Seeding) -> Outcome:
    """Fill the shop.

    Raises `OtherDatasetError`, `ResetRefusedError`, `InvalidArtifactError`, `MissingDataError`, and the SDKs' errors.
    """
    settings = seeding.settings
    if seeding.reset and isinstance(settings.cosmos_connection, Entra):
        raise ResetRefusedError
    model = artifact.read(settings.model_folder)
    redis = redis_client.patient(settings.redis_connection)
    async with stores.connect(settings.cosmos_connection) as cosmos, redis:
        if seeding.reset:
            await stores.remove(cosmos, settings.cosmos_database)
            await stores.forget(redis)
        return await _complete(seeding, model, cosmos, redis)


async def _complete(seeding: Seeding, model: Manifest, cosmos: CosmosClient, redis: Redis) -> Outcome:
    settings, name = seeding.settings, seeding.source.name
    database = cosmos.get_database_client(settings.cosmos_database)
    document = await stores.read(database, SETTINGS, MARKER_ID)
    before = Marker.from_document(document) if document else None
    wanted = stamp(seeding.source, model, seeding.today)
    if before and before.stamp == wanted == await redis.get(REDIS_KEY):
        return "already seeded"
    if before and before.dataset != name:
        raise OtherDatasetError(before.dataset, name)
    planned = _plan(seeding, model.tau)
    await stores.create(cosmos, settings.cosmos_database)
    marker = Marker(name, planned.cut.isoformat(), parts=before.parts if before else {})
    marker = await _write(planned.parts, marker, database, seeding.live)
    await precomputed.publish(redis, planned.lists)
    await stores.published(redis, wanted)
    await _save(database, replace(marker, stamp=wanted))
    return "seeded"


def _plan(seeding: Seeding, tau: float) -> Plan:
    task = seeding.live.add_task("Reading the data", total=None)
    planned = plan(seeding.source.read(0), seeding.today, tau)
    seeding.live.update(task, total=1, completed=1)
    return planned


async def _write(parts: tuple[Part, ...], marker: Marker, database: DatabaseProxy, live: Progress) -> Marker:
    for part in parts:
        name = part.container.name
        task = live.add_task(f"Writing {name}", total=len(part.documents))
        if marker.parts.get(name) == part.digest:
            live.update(task, completed=len(part.documents))
            continue
        await _save(database, marker := marker.begun(name))
        await stores.upsert(database, part.container, part.documents, partial(live.advance, task))
        await _save(database, marker := marker.done(name, part.digest))
    return marker


async def _save(database: DatabaseProxy, marker: Marker) -> None:
    await database.get_container_client(SETTINGS.name).upsert_item(marker.to_document())
