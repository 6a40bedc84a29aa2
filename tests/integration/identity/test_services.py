"""Cosmos DB, Storage and Event Hubs with tokens: by their public names, over TLS, at private addresses."""

import json
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from urllib.parse import unquote

import pytest

from functions.adapters import cosmos, eventhubs, model_store, partitions, probes
from functions.adapters.model_store import ModelStoreError
from functions.settings import Entra
from functions.usecases.ports import StoreUnavailableError, StreamUnavailableError
from local.eventhubs import authorization, management
from local.eventhubs.config import load
from local.eventhubs.refusals import UnauthorizedError
from local.eventhubs.sas import Grant
from local.eventhubs.server import Broker, Options
from tests.integration.identity import front
from tests.integration.identity.authority import CLIENT_ID, Certificates, TokenService
from tests.integration.identity.conftest import PRIVATE

AMQPS = 5671
CONFIG = Path(__file__).resolve().parents[3] / "eventhubs.config.json"
COSMOS, STORAGE, HUBS = (
    "https://shop.documents.azure.com",
    "https://storage.azure.com",
    "https://eventhubs.azure.net/",
)
ACCOUNT = "shop.documents.azure.com"
REGION = "shop-swedencentral.documents.azure.com"


def account(path: str, host: str, port: int) -> object:
    """What a Cosmos account at a host tells of a path."""
    place = [{"name": "Sweden Central", "databaseAccountEndpoint": f"https://{REGION}:{port}/"}]
    places = {"id": "shop", "writableLocations": place, "readableLocations": place}
    consistency = {"userConsistencyPolicy": {"defaultConsistencyLevel": "Session"}}
    settings = {"id": "settings", "_rid": "rid", "partitionKey": {"paths": ["/id"], "kind": "Hash"}}
    known = {"/": {**places, **consistency}, "/dbs/shop/colls/settings/": settings}
    return known.get(path, {"id": "policy", "of": host})


@contextmanager
def https(certificates: Certificates, tokens: TokenService) -> Iterator[int]:
    """A port on the private address that answers as a Cosmos account and as Storage do, to a right token alone."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            host = self.headers["Host"].partition(":")[0]
            wanted = COSMOS if host.endswith("documents.azure.com") else STORAGE
            given = unquote(self.headers["Authorization"] or "")
            token = given.removeprefix("type=aad&ver=1.0&sig=" if wanted == COSMOS else "Bearer ")
            if not tokens.valid(token, wanted):
                self._answer(401, "application/json", b"{}")
            elif host == "shop.queue.core.windows.net":
                self._answer(200, "application/xml", b"<EnumerationResults><Queues/></EnumerationResults>")
            elif host == "shop.blob.core.windows.net":
                self._answer(206, "application/octet-stream", b"model")
            else:
                told = account(self.path, host, server.server_port)
                self._answer(200, "application/json", json.dumps(told).encode())

        def _answer(self, status: int, media: str, content: bytes) -> None:
            self.send_response(status)
            self.send_header("Content-Type", media)
            self.send_header("Content-Length", str(len(content)))
            self.send_header("Content-Range", f"bytes 0-{len(content) - 1}/{len(content)}")
            self.send_header("ETag", '"1"')
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *args: object) -> None:
            """Nothing: the test tells what it saw."""

    server = ThreadingHTTPServer((PRIVATE, 0), Handler)
    server.socket = certificates.server_context().wrap_socket(server.socket, server_side=True)
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@pytest.fixture
def port(certificates: Certificates, tokens: TokenService, private_dns: list[str]) -> Iterator[int]:
    """Where Cosmos DB and Storage answer."""
    with https(certificates, tokens) as number:
        yield number


@pytest.fixture
async def hub(
    certificates: Certificates,
    tokens: TokenService,
    private_dns: list[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> AsyncIterator[Entra]:
    """The real stand-in behind TLS, on the port of Azure, where tokens of Entra ID are asked for and no key."""

    def verify(token: str, *_: object) -> Grant:
        if not tokens.valid(token, HUBS):
            raise UnauthorizedError("The token was not issued for this hub, or is over.")
        return Grant("", float("inf"))

    for module in (authorization, management):
        monkeypatch.setattr(module, "verify", verify)
    broker = Broker(Options(hubs=load(CONFIG), data=tmp_path / "hubs", port=0, http_port=0))
    async with broker:
        with front.tls(certificates, PRIVATE, AMQPS, ("127.0.0.1", broker.port)):
            yield Entra("shop.servicebus.windows.net", CLIENT_ID)


async def test_cosmos_is_asked_with_a_token_at_every_regional_name(
    port: int, tokens: TokenService, private_dns: list[str]
) -> None:
    """The account and then the region's own name, both at the private address, take the app's token."""
    client = cosmos.connect(Entra(f"https://{ACCOUNT}:{port}/", CLIENT_ID))
    container = client.get_database_client("shop").get_container_client("settings")
    document = await cosmos.read(container, "policy")
    await client.close()
    assert document is not None
    assert document["of"] == REGION
    assert {ACCOUNT, REGION} <= set(private_dns)
    assert tokens.tokens(COSMOS)


async def test_storage_is_asked_with_a_token(port: int, tokens: TokenService, private_dns: list[str]) -> None:
    """Queues and models open to the app's token, of which one is enough for both."""
    await probes.answers_queues(Entra(f"https://shop.queue.core.windows.net:{port}/", CLIENT_ID))
    async with model_store.container(Entra(f"https://shop.blob.core.windows.net:{port}/", CLIENT_ID)) as models:
        assert await model_store.read(models, "version/manifest.json") == b"model"
    assert len(tokens.tokens(STORAGE)) == 1
    assert {"shop.queue.core.windows.net", "shop.blob.core.windows.net"} <= set(private_dns)


async def test_a_token_that_is_over_says_so(port: int, tokens: TokenService) -> None:
    """Where the service's clock is so far ahead that every token is over, the error is the store's, not a crash."""
    tokens.lifetime = -60
    async with model_store.container(Entra(f"https://shop.blob.core.windows.net:{port}/", CLIENT_ID)) as models:
        with pytest.raises(ModelStoreError, match="Blob storage does not answer"):
            await model_store.read(models, "version/manifest.json")


async def test_a_missing_token_counts_as_a_store_that_is_down(port: int, tokens: TokenService) -> None:
    """Without its token a request fails as it does when the service is away: callers try again or do without."""
    tokens.failing = True
    client = cosmos.connect(Entra(f"https://{ACCOUNT}:{port}/", CLIENT_ID))
    with pytest.raises(StoreUnavailableError):
        await cosmos.read(client.get_database_client("shop").get_container_client("settings"), "policy")
    await client.close()


async def test_events_are_sent_and_read_with_a_token(
    hub: Entra, tokens: TokenService, private_dns: list[str]
) -> None:
    """Producer and reader put the app's token on their connections, and the broker lets them in."""
    stream = eventhubs.EventHubStream(eventhubs.connector(hub, "events"))
    await stream.ping()
    await stream.close()
    log = partitions.EventHubPartitions(partitions.connector(hub, "events", "aggregate"), "events")
    assert [span.partition for span in await log.spans()] == [f"events-{number}" for number in range(4)]
    await log.close()
    assert tokens.tokens(HUBS)
    assert "shop.servicebus.windows.net" in private_dns


async def test_the_hub_refuses_a_token_that_is_over(hub: Entra, tokens: TokenService) -> None:
    """An app whose tokens are over gets the stream's own error, after which it leaves the hub alone for a moment."""
    tokens.lifetime = -60
    log = eventhubs.EventHubStream(eventhubs.connector(hub, "events"))
    with pytest.raises(StreamUnavailableError):
        await log._links[0].partition_ids()
    await log.close()
