"""What becomes of the lake: training data, and answers to anybody's questions."""

import json
import os
import re
import subprocess
import sys
from collections import Counter
from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from itertools import batched
from pathlib import Path
from uuid import uuid4

import polars as pl
import pytest
from azure.eventhub import EventData
from azure.eventhub.aio import EventHubProducerClient
from azure.storage.blob import ContainerClient

from functions.adapters import cosmos
from functions.adapters.lake_store import BlobLake, connect
from functions.contracts import LAKE
from functions.usecases.erase_from_lake import EraseFromLake
from local.stack.process import Process
from model.lake import mirror
from tests import small_shop
from tests.integration.lake.conftest import ROOT, Host
from tests.integration.lake.log import HUB, covered, manifests
from tests.stack import until
from tests.unit.model.datasets import shops

PAGE = (ROOT / "docs" / "lake.md").read_text()
EVENTS = [json.dumps(event) for event in shops.cloud_events(shops.purchases())]
TOGETHER = 40


@pytest.fixture
async def lake(settings: Mapping[str, str], hub: Process, storage: Process, host: Host) -> Mapping[str, str]:
    """The settings of a lake with the purchases of a shop, one of which was sent twice."""
    bodies = [f"[{','.join(some)}]" for some in batched(EVENTS, TOGETHER, strict=False)]
    async with EventHubProducerClient.from_connection_string(hub.connection, eventhub_name=HUB) as producer:
        for number, body in enumerate([*bodies, EVENTS[0]]):
            await producer.send_batch([EventData(body)], partition_id=str(number % 4))
    with host():
        until(lambda: sum(covered(manifests(storage.connection)).values()) == len(bodies) + 1, "all is archived")
    return settings


@pytest.fixture
async def shop(lake: Mapping[str, str], cosmos_server: Process) -> AsyncIterator[Mapping[str, str]]:
    """The same, with the shop's products in Cosmos."""
    name = f"lake-{uuid4()}"
    async with cosmos.connect(cosmos_server.connection) as client:
        await small_shop.seed(await small_shop.create(client, name))
        yield {**lake, "CosmosConnection": cosmos_server.connection, "CosmosDatabase": name}
        await client.delete_database(name)


@pytest.fixture
def cosmos_server(cosmos: Process) -> Process:
    """The shared Cosmos; the name is the adapter's here."""
    return cosmos


def run(command: Sequence[str], folder: Path, settings: Mapping[str, str], code: int = 0) -> str:
    """What a command says, in a folder of its own; it has to exit with that code."""
    environment = {**os.environ, **settings, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == code, done.stdout + done.stderr
    return done.stdout + done.stderr


async def test_it_is_read_for_training(shop: Mapping[str, str], tmp_path: Path) -> None:
    """Every purchase of the log, once, and the shop's own products; from the lake and from a folder alike."""
    command = [sys.executable, "-m", "model.prepare", "--source", "lake"]
    assert "the same row again" in run([*command, "--out", "prepared"], tmp_path, shop)
    bought = pl.read_parquet(tmp_path / "prepared" / "interactions.parquet")
    counted = Counter(bought.select("shopper", "product", pl.col("time").dt.date()).iter_rows())
    assert counted == Counter((one.shopper, one.product, one.time.date()) for one in shops.purchases())
    products = pl.read_parquet(tmp_path / "prepared" / "products.parquet")
    assert products.filter(pl.col("id") == "p1")["name"].to_list() == ["Product 1"]
    run([*command, "--path", ".local/data/lake", "--out", "again"], tmp_path, {})
    assert bought.equals(pl.read_parquet(tmp_path / "again" / "interactions.parquet"))


async def test_the_documented_command_shows_sales_by_day(shop: Mapping[str, str], tmp_path: Path) -> None:
    """As it is written in docs/lake.md; what was sent twice is sold once."""
    [command] = re.findall(r"## Sales by day\n\n```sh\n(.*?)```", PAGE, re.DOTALL)
    (tmp_path / ".venv").symlink_to(sys.prefix)
    told = run(["sh", "-ec", command.replace("duckdb -c", "duckdb -csv -c")], tmp_path, shop)
    lines = [line for line in told.splitlines() if re.match(r"\d{4}-", line)]
    days = Counter(one.time.date() for one in shops.purchases())
    assert lines == [f"{day},{days[day]},{days[day]},{days[day] * 2.5}" for day in sorted(days)]


async def test_the_documented_query_reads_what_the_manifests_name(
    lake: Mapping[str, str], storage: Process, tmp_path: Path
) -> None:
    """And not what else is there; here in a copy of the storage in place of `az://`."""
    with ContainerClient.from_connection_string(storage.connection, LAKE) as container:
        container.upload_blob("events/date=2026-01-01/hour=00/partition=0/orphan.parquet", b"of a process that died")
        for blob in container.list_blobs():
            (tmp_path / blob.name).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / blob.name).write_bytes(container.download_blob(blob.name).readall())
    [query] = re.findall(r"```sql\n(.*?)```", PAGE, re.DOTALL)
    local = re.sub("CREATE SECRET .*\n", "", query).replace("az://lake/", "")
    told = run([f"{sys.prefix}/bin/duckdb", "-csv", "-c", local], tmp_path, {})
    assert told.splitlines()[-1] == f"purchase,{len(EVENTS) + 1}"


async def test_who_is_erased_is_gone_from_the_lake_and_from_what_was_fetched(
    lake: Mapping[str, str], storage: Process, tmp_path: Path
) -> None:
    """As if the quarter of an hour was over; all others' events are still there."""
    later = datetime.now(UTC) + timedelta(minutes=20)
    async with BlobLake(connect(storage.connection)) as store:
        await mirror(store, tmp_path)
        before = _subjects(tmp_path)
        await EraseFromLake(store, lambda: datetime.now(UTC), lambda: "new").note("s1")
        assert await EraseFromLake(store, lambda: later, lambda: uuid4().hex[:8]).run(60) > 0
        await mirror(store, tmp_path)
    after = _subjects(tmp_path)
    assert before.pop("s1") > 0
    assert after == before


def _subjects(folder: Path) -> Counter[str]:
    return Counter(pl.concat(map(pl.read_parquet, folder.rglob("events/**/*.parquet")))["subject"])


def test_a_lake_that_is_away_is_told(settings: Mapping[str, str], storage: Process, tmp_path: Path) -> None:
    """In one line, with the way out."""
    storage.stop()
    for command in (["model.lake"], ["model.prepare", "--source", "lake", "--out", "prepared"]):
        told = run([sys.executable, "-m", *command], tmp_path, settings, code=1)
        assert "is the stack up (`make up`)?" in told
        assert "Traceback" not in told
