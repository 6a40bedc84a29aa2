"""Cosmos DB: the client that all stores share, how patiently it is asked, and the shoppers' profiles."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from azure.core.exceptions import AzureError, ServiceResponseError
from azure.core.pipeline.transport import AioHttpTransport
from azure.cosmos.aio import ContainerProxy, CosmosClient
from azure.cosmos.exceptions import CosmosHttpResponseError, CosmosResourceNotFoundError

from functions.adapters.identity import credential
from functions.personalization.shopper import Shopper
from functions.settings import Connection, Entra
from functions.usecases.ports import StoreUnavailableError

TIME_LIMIT = 5.0
"""Seconds that one request may take, retries included."""
PAGE = 1_000
"""Documents in a page of a query."""
TRANSIENT = frozenset({408, 410, 449, 500, 502, 503, 504})
"""Status codes that say `again`; 429 is the SDK's, which waits as long as Cosmos tells it to."""
FIRST_PAUSE, LONGEST_PAUSE = 0.05, 1.0


def connect(connection: Connection) -> CosmosClient:
    """A client of the account; it opens its connections, and reads the account, with the first request.

    The SDK retries throttled requests and other regions; whatever else fails is retried by `ask`, which keeps the
    time. The read timeout leaves room for a second attempt.
    """
    limits: dict[str, Any] = {
        "transport": AioHttpTransport(use_env_settings=False),  # or aiohttp looks for ~/.netrc, once a request
        "connection_timeout": 1,
        "read_timeout": 2,
        "retry_connect": 0,
        "retry_read": 0,
        "retry_status": 0,
        "retry_throttle_total": 50,
        "retry_throttle_backoff_max": int(TIME_LIMIT),
    }
    return client(connection, **limits)


def client(connection: Connection, **options: Any) -> CosmosClient:
    """A client with the SDK's options, by a connection string or with tokens."""
    if isinstance(connection, Entra):
        return CosmosClient(connection.address, credential(connection.client_id), **options)
    return CosmosClient.from_connection_string(connection, **options)


async def ask[T](what: str, request: Callable[[], Awaitable[T]], limit: float = TIME_LIMIT) -> T:
    """The answer to a request, which is repeated with back-off while Cosmos asks for that, within `limit` seconds.

    A server that refuses the connection is not asked twice. `what` names the request in the error. Raises
    `StoreUnavailableError`, or the SDK's own error when the request itself is wrong (4xx).
    """
    try:
        async with asyncio.timeout(limit):
            return await _repeat(request)
    except TimeoutError as error:
        raise StoreUnavailableError(f"{what}: no answer within {limit:g} s") from error
    except CosmosHttpResponseError as error:
        if error.status_code in TRANSIENT | {429}:
            raise StoreUnavailableError(f"{what}: status {error.status_code}") from error
        raise
    except AzureError as error:
        raise StoreUnavailableError(f"{what}: {type(error).__name__}") from error


async def query(
    container: ContainerProxy, text: str, limit: float = TIME_LIMIT, page: int = PAGE
) -> list[dict[str, Any]]:
    """All documents of a query over the whole container; raises `StoreUnavailableError`."""

    async def drain() -> list[dict[str, Any]]:
        return [document async for document in container.query_items(text, max_item_count=page)]

    return await ask(f"query of {container.id}", drain, limit)


async def read(container: ContainerProxy, document_id: str) -> dict[str, Any] | None:
    """The document of a container whose partition key is the id, None when there is none."""
    try:
        return await ask(
            f"read of {container.id}", lambda: container.read_item(document_id, partition_key=document_id)
        )
    except CosmosResourceNotFoundError:
        return None


class CosmosShoppers:
    """Implements `Shoppers`: one point read for each profile."""

    def __init__(self, container: ContainerProxy) -> None:
        self._container = container

    async def read(self, shopper_id: str) -> Shopper | None:
        """The profile, None when there is no such shopper; raises `StoreUnavailableError`."""
        document = await read(self._container, shopper_id)
        return Shopper.from_document(document) if document is not None else None

    async def consent(self, shopper_id: str, *, personalize: bool) -> bool:
        """Keep what the shopper said of being personalized; False when there is no such shopper.

        Raises `StoreUnavailableError`.
        """
        change = [{"op": "set", "path": "/personalize", "value": personalize}]
        try:
            await ask(
                f"patch of {self._container.id}",
                lambda: self._container.patch_item(shopper_id, partition_key=shopper_id, patch_operations=change),
            )
        except CosmosResourceNotFoundError:
            return False
        return True


async def _repeat[T](request: Callable[[], Awaitable[T]]) -> T:
    pause = FIRST_PAUSE
    while True:
        try:
            return await request()
        except CosmosHttpResponseError as error:
            if error.status_code not in TRANSIENT:
                raise
        except ServiceResponseError:
            pass  # the connection broke, or the answer took too long: all our requests may be repeated
        await asyncio.sleep(pause)
        pause = min(2 * pause, LONGEST_PAUSE)
