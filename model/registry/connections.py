"""The services that the commands of the registry talk to, and how their failures are told."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from azure.core.exceptions import AzureError
from azure.cosmos.aio import ContainerProxy
from azure.storage.blob.aio import ContainerClient
from redis.asyncio import Redis
from redis.exceptions import RedisError

from functions.adapters import cosmos, model_store, redis_client
from functions.adapters.active_model import StoreUnavailableError
from functions.adapters.model_store import ModelStoreError
from functions.contracts import SETTINGS
from functions.settings import Settings
from model import local_settings

MOST_TOLD = 200
"""Characters of a service's error that are shown."""
SERVICE_FAILED = (StoreUnavailableError, ModelStoreError, AzureError, RedisError, OSError)


@dataclass(frozen=True, slots=True)
class Connections:
    """The app's settings, the container of models, the container `settings`, and Redis."""

    settings: Settings
    models: ContainerClient
    documents: ContainerProxy
    redis: Redis


@asynccontextmanager
async def connected() -> AsyncIterator[Connections]:
    """Clients by the environment, else by local.settings.json; raises what `local_settings.read` raises."""
    settings = local_settings.read()
    redis = redis_client.patient(settings.redis_connection)
    client = cosmos.connect(settings.cosmos_connection)  # entering it would already ask the server
    database = client.get_database_client(settings.cosmos_database)
    async with model_store.container(settings.blob_connection) as models:
        try:
            yield Connections(settings, models, database.get_container_client(SETTINGS.name), redis)
        finally:
            await client.close()
            await redis.aclose()


def told(error: BaseException) -> str:
    """One line on a service that failed, with the way out."""
    return f"A service failed: is the stack up (`make up`)? Then run the command again. It said: {fault(error)}"


def fault(error: BaseException) -> str:
    """What an error says, in one line of bounded length."""
    return (str(error).strip() or type(error).__name__).splitlines()[0][:MOST_TOLD]
