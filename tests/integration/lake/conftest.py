"""Servers that a test may stop, and a host that runs nothing but `archive`."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from local.stack import services
from local.stack.ports import free_ports
from local.stack.process import Process, running
from tests.conftest import EVENTHUBS_CONFIG
from tests.integration.lake.log import HUB

ROOT = Path(__file__).resolve().parents[3]
NOTHING = "AccountEndpoint=http://127.0.0.1:1/;AccountKey=YQ==;"

type Host = Callable[..., AbstractContextManager[Process]]


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[Process]:
    """An empty Event Hub `events` with four partitions."""
    port, http_port = free_ports(2)
    with running(services.eventhubs(tmp_path / "hub", EVENTHUBS_CONFIG, port, http_port)) as server:
        yield server


@pytest.fixture
def storage(tmp_path: Path) -> Iterator[Process]:
    """An empty storage."""
    with running(services.azurite(tmp_path / "azurite", free_ports(3))) as server:
        yield server


@pytest.fixture
def settings(hub: Process, storage: Process) -> Mapping[str, str]:
    """The app's; there is neither Cosmos nor Redis."""
    return {
        "AzureWebJobsStorage": storage.connection,
        "EventHubConnection": hub.connection,
        "EventHubName": HUB,
        "CosmosConnection": NOTHING,
        "RedisConnection": "redis://127.0.0.1:1/0",
    }


@pytest.fixture
def host(settings: Mapping[str, str]) -> Host:
    """Makes a host that runs `archive`, with `extensions.eventHubs` of one's own."""

    def make(**options: str) -> AbstractContextManager[Process]:
        hubs = {f"AzureFunctionsJobHost__extensions__eventHubs__{name}": value for name, value in options.items()}
        return running(services.functions(ROOT, free_ports(1)[0], {**settings, **hubs}, ["archive"]))

    return make
