"""The app's settings: environment variables, with local.settings.json behind them."""

import json
import logging
import shutil
from collections.abc import Mapping, MutableMapping
from dataclasses import dataclass, field
from pathlib import Path

from local.host.errors import BindingError, HostError
from local.host.logs import STARTUP

log = logging.getLogger("host")

STORAGE = "AzureWebJobsStorage"
_AZURITE = (
    "DefaultEndpointsProtocol=http;AccountName=devstoreaccount1;"
    # The account key that every Azurite shares; it is public and opens nothing else.
    "AccountKey=Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==;"
    "BlobEndpoint=http://127.0.0.1:10000/devstoreaccount1;"
    "QueueEndpoint=http://127.0.0.1:10001/devstoreaccount1;"
    "TableEndpoint=http://127.0.0.1:10002/devstoreaccount1;"
)


@dataclass(frozen=True, slots=True)
class LocalSettings:
    """What local.settings.json says: settings of the app, and `Host` options of the host."""

    values: Mapping[str, str] = field(default_factory=dict)
    cors: tuple[str, ...] = ()
    cors_credentials: bool = False
    port: int | None = None


def read_local_settings(app: Path) -> LocalSettings:
    """Read `local.settings.json` of the app folder, made from its sample when there is none yet."""
    path, sample = app / "local.settings.json", app / "local.settings.sample.json"
    if not path.exists():
        if not sample.exists():
            return LocalSettings()
        shutil.copyfile(sample, path)
        log.log(STARTUP, "made local.settings.json from local.settings.sample.json")
    try:
        document = json.loads(path.read_text(encoding="utf-8-sig"))
    except ValueError as error:
        raise HostError(f"{path} is not valid JSON ({error}); correct it or delete it") from error
    return _local_settings(path, document)


def _local_settings(path: Path, document: object) -> LocalSettings:
    if not isinstance(document, dict):
        raise HostError(f"{path} must hold a JSON object")
    if document.get("IsEncrypted"):
        raise HostError(f"{path} is encrypted; run `func settings decrypt` first")
    host = document.get("Host") or {}
    origins = [origin.strip().rstrip("/") for origin in str(host.get("CORS") or "").split(",")]
    return LocalSettings(
        values={name: str(value) for name, value in (document.get("Values") or {}).items()},
        cors=tuple(filter(None, origins)),
        cors_credentials=bool(host.get("CORSCredentials", False)),
        port=_port(path, host.get("LocalHttpPort")),
    )


def _port(path: Path, value: object) -> int | None:
    if value is None:
        return None
    if not isinstance(value, int) or not 0 <= value < 65_536:
        raise HostError(f"{path}: LocalHttpPort is {value!r}, not a port number")
    return value


def apply_local_settings(settings: LocalSettings, environment: MutableMapping[str, str]) -> None:
    """Put the app's settings in the environment, which always wins over the file."""
    for name, value in settings.values.items():
        if environment.get(name):
            log.info("%s: the environment wins over local.settings.json", name)
        else:
            environment[name] = value
    environment["AZURE_FUNCTIONS_ENVIRONMENT"] = "Development"
    environment.setdefault("FUNCTIONS_WORKER_RUNTIME", "python")


def is_disabled(function: str, environment: Mapping[str, str]) -> bool:
    """Whether `AzureWebJobs.<function>.Disabled` (or with underscores) says so."""
    names = (f"AzureWebJobs.{function}.Disabled", f"AzureWebJobs_{function}_Disabled")
    return any(environment.get(name, "").lower() in ("1", "true") for name in names)


def connection_string(name: str, environment: Mapping[str, str]) -> str:
    """Resolve a binding's `connection` as Azure does: `X`, then `AzureWebJobsX`."""
    name = name or STORAGE
    value = environment.get(name) or environment.get(f"AzureWebJobs{name}")
    if value:
        development = value.replace(" ", "").lower().startswith("usedevelopmentstorage=true")
        return _AZURITE if development else value
    if any(key.startswith((f"{name}__", f"AzureWebJobs{name}__")) for key in environment):
        raise BindingError(f"connection '{name}' uses an identity, which works in Azure only; set {name} itself")
    raise BindingError(f"connection setting '{name}' is missing; set it in local.settings.json")
