"""SDK clients of a running stand-in, and what tests ask about their requests."""

from typing import Any

from azure.cosmos import ContainerProxy, CosmosClient, PartitionKey
from azure.cosmos.aio import CosmosClient as AsyncCosmosClient

from local.stack.process import Process
from local.stack.services import COSMOS_KEY


def endpoint(server: Process) -> str:
    """The URL of the account."""
    return server.connection.split(";")[0].removeprefix("AccountEndpoint=")


def client(server: Process, key: str = COSMOS_KEY) -> CosmosClient:
    """A synchronous client."""
    return CosmosClient(endpoint(server), key)


def async_client(server: Process) -> AsyncCosmosClient:
    """An asynchronous client; to be used with `async with`."""
    return AsyncCosmosClient(endpoint(server), COSMOS_KEY)


def container(server: Process, name: str, path: str = "/pk", **settings: Any) -> ContainerProxy:
    """A container of the database `tests`, made if needed."""
    database = client(server).create_database_if_not_exists("tests")
    made: ContainerProxy = database.create_container_if_not_exists(name, PartitionKey(path), **settings)
    return made


def plain(document: dict[str, Any]) -> dict[str, Any]:
    """A document without what the service adds."""
    return {name: value for name, value in document.items() if not name.startswith("_")}
