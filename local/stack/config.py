"""Reads `stack.toml`: which services an app needs, on which ports, and what to run when they are up."""

import json
import sys
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from importlib.util import find_spec
from pathlib import Path

from pydantic import ValidationError

from local.stack import services, tables
from local.stack.errors import ConfigError
from local.stack.services import Service

type Settings = Mapping[str, str]


@dataclass(frozen=True)
class Stack:
    """What to run: services in an order in which each comes after those it needs, and the app's own commands.

    `folder` holds data, logs and state. `settings` are the app settings, connection strings included, that
    every command gets as environment. Commands are None when the app has none.
    """

    folder: Path
    services: Sequence[Service]
    settings: Settings
    seed: Sequence[str] | None
    start: Sequence[str] | None
    view: Sequence[str] | None
    pages: Mapping[str, str]

    @property
    def ports(self) -> Mapping[int, str]:
        """Every port of the stack with the name of the service that listens on it."""
        return {port: service.name for service in self.services for port in service.ports}


def folder_of(path: Path) -> Path:
    """Where the stack of this `stack.toml` keeps its data, logs and state. Raises `ConfigError` if there is none."""
    if not path.exists():
        raise ConfigError(f"{path} does not exist: run in the app's folder, or name one by --config")
    return path.resolve().parent / ".local"


def read(path: Path, port_offset: int = 0) -> Stack:
    """Read a `stack.toml`; paths in it are relative to its folder. Raises `ConfigError`."""
    folder = folder_of(path)
    root = folder.parent
    file = _parse(path)
    servers = [
        _build(name, table, root, folder / "data" / name, port_offset)
        for name, table in file.services.items()
        if not isinstance(table, tables.Functions)
    ]
    connections = {server.setting: server.connection for server in servers}
    apps = [
        replace(
            _build(name, table, root, folder / "data" / name, port_offset),
            env=connections,
            needs=[server.name for server in servers],
        )
        for name, table in file.services.items()
        if isinstance(table, tables.Functions)
    ]
    settings_file = next((root / name for name in file.settings_files if (root / name).exists()), None)
    urls = {app.setting: app.connection for app in apps}
    return Stack(
        folder=folder,
        services=[*servers, *apps],
        settings=(read_settings(settings_file) if settings_file else {}) | connections | urls,
        seed=_words(file.seed),
        start=_words(file.start),
        view=_words(file.view),
        pages={name: urls.get("FUNCTIONS_URL", "") + page for name, page in file.pages.items()},
    )


def read_settings(path: Path) -> dict[str, str]:
    """The `Values` of a local.settings.json. Raises `ConfigError`."""
    try:
        return {key: str(value) for key, value in json.loads(path.read_text())["Values"].items()}
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise ConfigError(f'{path} must be a JSON object with "Values": {error!r}') from error


def _parse(path: Path) -> tables.File:
    try:
        content = tomllib.loads(path.read_text())
        for name, table in content.get("services", {}).items():
            table.setdefault("kind", name)
        return tables.File.model_validate(content)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{path}: {error}") from error
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(str(part) for part in first["loc"])
        raise ConfigError(f"{path}: {key}: {first['msg']}") from error


def _build(name: str, table: tables.AnyService, root: Path, data: Path, shift: int) -> Service:
    match table:
        case tables.Azurite(ports=ports):
            return services.azurite(data, [port + shift for port in ports], name)
        case tables.Valkey(port=port, max_memory=limit):
            return services.valkey(data, port + shift, limit, name)
        case tables.EventHubs(config=config, port=port, http_port=http_port):
            return services.eventhubs(data, root / config, port + shift, http_port + shift, name)
        case tables.Cosmos(port=port, ranges=ranges):
            return services.cosmos(data, port + shift, ranges, name)
        case tables.Functions(app=app, port=port, only=only, quiet=quiet):
            return services.functions(root / app, port + shift, only=only, quiet=quiet, name=name)


def _words(command: tables.Command | None) -> Sequence[str] | None:
    if command is None or (command.optional and not _exists(command.command)):
        return None
    return [word.replace("{python}", sys.executable) for word in command.command]


def _exists(command: Sequence[str]) -> bool:
    if "-m" not in command:
        return True
    module = command[command.index("-m") + 1]
    package = module.rpartition(".")[0]
    return (not package or find_spec(package) is not None) and find_spec(module) is not None
