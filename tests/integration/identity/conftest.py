"""An app in Azure, as far as it can see: its environment, the names of its services, and whom it trusts."""

import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import aiohttp.connector
import pytest

from functions.adapters import hub_client, identity
from tests.integration.identity.authority import CLIENT_ID, HEADER, Certificates, TokenService, certified, serving

NAMES = [
    "shop.swedencentral.redis.azure.net",
    "shop.documents.azure.com",
    "shop-swedencentral.documents.azure.com",
    "shop.blob.core.windows.net",
    "shop.queue.core.windows.net",
    "shop.servicebus.windows.net",
]
PRIVATE = "127.80.1.4"
"""Where the private endpoint of each service is, in place of an address of the virtual network."""


@pytest.fixture
def tokens(monkeypatch: pytest.MonkeyPatch) -> Iterator[TokenService]:
    """The identity endpoint, which the environment names as Azure does; no token is kept from another test."""
    service = TokenService()
    identity.credential.cache_clear()
    with serving(service) as endpoint:
        monkeypatch.setenv("IDENTITY_ENDPOINT", endpoint)
        monkeypatch.setenv("IDENTITY_HEADER", HEADER)
        monkeypatch.setenv("AZURE_CLIENT_ID", CLIENT_ID)
        yield service
    identity.credential.cache_clear()


@pytest.fixture
def certificates(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Certificates:
    """Certificates for Azure's names, trusted by every client of the app."""
    made = certified(tmp_path, NAMES)
    monkeypatch.setenv("SSL_CERT_FILE", str(made.authority))
    hub_client.trusted.cache_clear()
    context = aiohttp.connector._SSL_CONTEXT_VERIFIED
    assert context is not None
    context.load_verify_locations(made.authority)
    return made


@pytest.fixture
def private_dns(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Azure's names lead to the private endpoint, as the zones of the virtual network say; which were asked for."""
    asked: list[str] = []
    resolve: Callable[..., Any] = socket.getaddrinfo

    def privately(host: Any, port: Any, *args: Any, **options: Any) -> Any:
        name = host.decode() if isinstance(host, bytes) else host
        if name in NAMES:
            asked.append(name)
            host = PRIVATE
        return resolve(host, port, *args, **options)

    monkeypatch.setattr(socket, "getaddrinfo", privately)
    return asked
