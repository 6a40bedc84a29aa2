"""What `azd` runs once the services are there."""

import asyncio
import json
import os
import subprocess
import sys
from uuid import uuid4

from functions.adapters import active_model, memory, model_store
from functions.adapters import cosmos as cosmos_adapter
from functions.contracts import SETTINGS
from local.stack.process import Process
from tests.stack import ROOT


def test_a_deployment_begins_with_a_full_shop_and_the_published_model(
    azurite: Process, cosmos: Process, eventhubs: Process, valkey: Process
) -> None:
    """The hook seeds the shop, and publishes and activates the model that comes with the code; twice is once."""
    database = f"test-{uuid4()}"
    services = {service.service.setting: service.connection for service in (azurite, cosmos, eventhubs, valkey)}
    environment = {**os.environ, **services, "CosmosDatabase": database, "PYTHON": sys.executable}
    for _ in range(2):
        subprocess.run(["sh", "infra/hooks/fill.sh"], cwd=ROOT, env=environment, check=True, timeout=600)
    manifest = json.loads((ROOT / "model" / "artifacts" / "manifest.json").read_text())
    assert asyncio.run(_active(cosmos.connection, database)) == manifest["version"]
    asyncio.run(_tidied(azurite.connection, valkey.connection))


async def _tidied(storage: str, redis: str) -> None:
    async with model_store.container(storage) as models, memory.connect(redis) as client:
        async for blob in models.list_blobs():
            await models.delete_blob(blob.name)
        await client.flushdb()


async def _active(connection: str, database: str) -> str:
    async with cosmos_adapter.connect(connection) as client:
        container = client.get_database_client(database).get_container_client(SETTINGS.name)
        active, _ = await active_model.read(container)
        await client.delete_database(database)
        return active.version.name
