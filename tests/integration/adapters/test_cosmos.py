"""The document store on the Cosmos stand-in."""

import json
import os
import signal
import urllib.request
from collections.abc import AsyncIterator

import pytest
from azure.cosmos.aio import CosmosClient, DatabaseProxy
from azure.cosmos.exceptions import CosmosHttpResponseError

from functions.adapters import cosmos as store
from functions.adapters.cosmos import CosmosShoppers
from functions.contracts import PRODUCTS, SHOPPERS
from functions.usecases.ports import StoreUnavailableError
from local.stack.process import Process
from tests.small_shop import PRODUCT_LIST, SHOPPER_LIST


def shoppers_of(client: CosmosClient) -> CosmosShoppers:
    """The store of profiles in the database of a server of the test's own."""
    return CosmosShoppers(client.get_database_client("personalization").get_container_client(SHOPPERS.name))


@pytest.fixture
async def own_client(own_cosmos: Process) -> AsyncIterator[CosmosClient]:
    """A client, as the app makes it, of a server that the test may stop."""
    client = store.connect(own_cosmos.connection)
    yield client
    await client.close()


async def test_a_profile_is_read_whole(shop: DatabaseProxy) -> None:
    """What was written by the codec comes back."""
    shoppers = CosmosShoppers(shop.get_container_client(SHOPPERS.name))
    assert [await shoppers.read(shopper.id) for shopper in SHOPPER_LIST] == list(SHOPPER_LIST)


async def test_nobody_is_none(shop: DatabaseProxy) -> None:
    """An unknown shopper is an answer, not an error."""
    assert await CosmosShoppers(shop.get_container_client(SHOPPERS.name)).read("nobody") is None


async def test_a_query_goes_on_to_its_last_page(shop: DatabaseProxy) -> None:
    """All documents of all partitions come, however small the pages."""
    documents = await store.query(shop.get_container_client(PRODUCTS.name), "SELECT * FROM c", page=4)
    assert sorted(document["id"] for document in documents) == sorted(product.id for product in PRODUCT_LIST)


async def test_a_wrong_request_is_not_repeated(shop: DatabaseProxy) -> None:
    """The SDK's error of a bad query reaches the developer."""
    with pytest.raises(CosmosHttpResponseError) as caught:
        await store.query(shop.get_container_client(PRODUCTS.name), "SELEKT")
    assert caught.value.status_code == 400


@pytest.mark.parametrize("status", [408, 429, 449, 500, 503])
async def test_a_fault_that_passes_is_not_seen(own_cosmos: Process, own_client: CosmosClient, status: int) -> None:
    """Throttled or briefly away, the request is repeated and answered."""
    shoppers = shoppers_of(own_client)
    assert await shoppers.read("s1") == SHOPPER_LIST[1]
    give_faults(own_cosmos, status, 3)
    assert await shoppers.read("s1") == SHOPPER_LIST[1]
    assert given(own_cosmos) == 3


@pytest.mark.parametrize("status", [429, 503])
async def test_a_fault_that_stays_ends_within_the_limit(
    own_cosmos: Process, own_client: CosmosClient, status: int
) -> None:
    """Throttled past the time limit, the store counts as unavailable."""
    container = own_client.get_database_client("personalization").get_container_client(SHOPPERS.name)
    await container.read_item("s1", "s1")
    give_faults(own_cosmos, status, 100_000)
    with pytest.raises(StoreUnavailableError):
        await store.ask("read", lambda: container.read_item("s1", "s1"), limit=0.3)


async def test_stopped_and_started_again(own_cosmos: Process, own_client: CosmosClient) -> None:
    """Down, it is said at once; up again, the same client works without a new process."""
    shoppers = shoppers_of(own_client)
    await shoppers.read("s1")
    own_cosmos.stop()
    for _ in range(2):
        with pytest.raises(StoreUnavailableError, match="ServiceRequestError"):
            await shoppers.read("s1")
    own_cosmos.start()
    assert await shoppers.read("s1") == SHOPPER_LIST[1]


async def test_killed_between_two_requests(own_cosmos: Process, own_client: CosmosClient) -> None:
    """A connection that died while idle is replaced without anybody noticing."""
    shoppers = shoppers_of(own_client)
    await shoppers.read("s1")
    own_cosmos.kill()
    own_cosmos.start()
    assert await shoppers.read("s1") == SHOPPER_LIST[1]


async def test_a_client_may_be_made_before_the_server_is_there(own_cosmos: Process) -> None:
    """The account is read with the first request that finds the server up."""
    own_cosmos.stop()
    client = store.connect(own_cosmos.connection)
    shoppers = shoppers_of(client)
    with pytest.raises(StoreUnavailableError):
        await shoppers.read("s1")
    own_cosmos.start()
    assert await shoppers.read("s1") == SHOPPER_LIST[1]
    await client.close()


async def test_a_hanging_server_is_waited_for_no_longer_than_the_limit(
    own_cosmos: Process, own_client: CosmosClient
) -> None:
    """No answer is an answer when the time is over."""
    container = own_client.get_database_client("personalization").get_container_client(SHOPPERS.name)
    await container.read_item("s1", "s1")
    assert own_cosmos.pid
    os.kill(own_cosmos.pid, signal.SIGSTOP)
    try:
        with pytest.raises(StoreUnavailableError, match="no answer within"):
            await store.ask("read", lambda: container.read_item("s1", "s1"), limit=0.3)
    finally:
        os.kill(own_cosmos.pid, signal.SIGCONT)
    assert (await container.read_item("s1", "s1"))["id"] == "s1"


def give_faults(server: Process, status: int, count: int) -> None:
    """Let the next requests for documents fail with a status."""
    faults(server, {"status": status, "count": count, "retryAfterMs": 10})


def given(server: Process) -> int:
    """How often a fault was given."""
    return faults(server)["given"]


def faults(server: Process, body: dict[str, int] | None = None) -> dict[str, int]:
    """Talk to the stand-in's switch for faults."""
    url, key = server.connection.removeprefix("AccountEndpoint=").rstrip(";").split("/;AccountKey=")
    content = json.dumps(body).encode() if body else None
    request = urllib.request.Request(f"{url}/_faults", content, {"x-account-key": key})
    with urllib.request.urlopen(request, timeout=5) as answer:
        state: dict[str, int] = json.load(answer)
    return state
