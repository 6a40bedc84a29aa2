"""Real servers for all suites: each runs once a session, on free ports, with its data in a temporary folder.

Import nothing of these; ask for them by name. A test that stops or kills a server must use one of its own, by
`local.stack.process.running`, because these are shared.
"""

from collections.abc import Iterator
from pathlib import Path

import hypothesis
import pytest
from xdist.remote import Producer
from xdist.scheduler import LoadScopeScheduling

from local.stack import services
from local.stack.ports import free_ports
from local.stack.process import Process, running

hypothesis.settings.register_profile("unhurried", deadline=None)  # a busy machine is no reason to fail
hypothesis.settings.load_profile("unhurried")

EVENTHUBS_CONFIG = Path(__file__).resolve().parents[1] / "eventhubs.config.json"


class OneSeededSystem(LoadScopeScheduling):  # type: ignore[misc]
    """Two processes run the tests, file by file; the files that share the seeded system go to the same one."""

    def _split_scope(self, nodeid: str) -> str:
        file = nodeid.split("::", 1)[0]
        return "shared" if file.startswith("tests/e2e/") and file != "tests/e2e/test_contract.py" else file


def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> OneSeededSystem:
    """What deals out the tests where several processes run them."""
    return OneSeededSystem(config, log)


@pytest.fixture(scope="session")
def azurite(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Process]:
    """Blobs, queues and tables; `azurite.connection` is the storage connection string."""
    with running(services.azurite(tmp_path_factory.mktemp("azurite"), free_ports(3))) as server:
        yield server


@pytest.fixture(scope="session")
def valkey(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Process]:
    """An empty Valkey; `valkey.connection` is its redis:// URL."""
    [port] = free_ports(1)
    with running(services.valkey(tmp_path_factory.mktemp("valkey"), port)) as server:
        yield server


@pytest.fixture(scope="session")
def eventhubs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Process]:
    """The Event Hubs stand-in with the project's own hubs and consumer groups."""
    port, http_port = free_ports(2)
    data = tmp_path_factory.mktemp("eventhubs")
    with running(services.eventhubs(data, EVENTHUBS_CONFIG, port, http_port)) as server:
        yield server


@pytest.fixture(scope="session")
def cosmos(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Process]:
    """The Cosmos DB stand-in, with three partition key ranges for each container."""
    [port] = free_ports(1)
    with running(services.cosmos(tmp_path_factory.mktemp("cosmos"), port)) as server:
        yield server
