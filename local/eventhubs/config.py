"""Which event hubs there are: read from the official emulator's Config.json."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

DEFAULT_GROUP = "$Default"
MAX_PARTITIONS = 32
MAX_GROUPS = 20
_NAME = re.compile(r"[A-Za-z0-9]([A-Za-z0-9._-]{0,254}[A-Za-z0-9])?")
_GROUP = re.compile(r"[A-Za-z0-9$]([A-Za-z0-9._-]{0,48}[A-Za-z0-9])?")


class ConfigError(Exception):
    """The configuration cannot be used; the text names the place."""


@dataclass(frozen=True, slots=True)
class HubConfig:
    """One event hub; `$Default` is always among its consumer groups."""

    name: str
    partition_count: int
    consumer_groups: tuple[str, ...] = (DEFAULT_GROUP,)


def load(path: Path) -> tuple[HubConfig, ...]:
    """The event hubs of a Config.json; ConfigError when there is no such file or it is wrong."""
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise ConfigError(f"{path} does not exist") from error
    except (OSError, ValueError) as error:
        raise ConfigError(f"{path} cannot be read: {error}") from error
    try:
        return parse(document)
    except ConfigError as error:
        raise ConfigError(f"{path}: {error}") from error


def parse(document: object) -> tuple[HubConfig, ...]:
    """The event hubs of a configuration: `UserConfig.NamespaceConfig[].Entities[]`."""
    user = _mapping(_mapping(document, "the file").get("UserConfig"), "UserConfig")
    hubs: list[HubConfig] = []
    for at, namespace in enumerate(_items(user, "NamespaceConfig", "UserConfig")):
        place = f"UserConfig.NamespaceConfig[{at}]"
        entities = _items(_mapping(namespace, place), "Entities", place)
        hubs += (_hub(entity, f"{place}.Entities[{i}]") for i, entity in enumerate(entities))
    if not hubs:
        raise ConfigError("UserConfig.NamespaceConfig names no event hub under Entities")
    _check_unique([hub.name for hub in hubs], "UserConfig.NamespaceConfig")
    return tuple(hubs)


def _hub(entity: object, place: str) -> HubConfig:
    fields = _mapping(entity, place)
    groups = [
        _name(_mapping(group, f"{place}.ConsumerGroups[{i}]"), _GROUP, f"{place}.ConsumerGroups[{i}]")
        for i, group in enumerate(_items(fields, "ConsumerGroups", place, required=False))
    ]
    if DEFAULT_GROUP.lower() not in (group.lower() for group in groups):
        groups.insert(0, DEFAULT_GROUP)
    _check_unique(groups, f"{place}.ConsumerGroups")
    if len(groups) > MAX_GROUPS:
        raise ConfigError(f"{place}.ConsumerGroups has {len(groups)} groups; {MAX_GROUPS} are allowed")
    return HubConfig(_name(fields, _NAME, place), _partition_count(fields, place), tuple(groups))


def _partition_count(fields: Mapping[str, Any], place: str) -> int:
    text = str(fields.get("PartitionCount"))
    if not (text.isascii() and text.isdigit() and 1 <= int(text) <= MAX_PARTITIONS):
        raise ConfigError(f"{place}.PartitionCount must be a number from 1 to {MAX_PARTITIONS}")
    return int(text)


def _name(fields: Mapping[str, Any], pattern: re.Pattern[str], place: str) -> str:
    name = fields.get("Name")
    if not isinstance(name, str) or not pattern.fullmatch(name):
        raise ConfigError(f"{place}.Name must be letters, digits, '.', '-' and '_'")
    return name


def _mapping(value: object, place: str) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise ConfigError(f"{place} must be an object")
    return value


def _items(fields: Mapping[str, Any], key: str, place: str, *, required: bool = True) -> list[Any]:
    value = fields.get(key, None if required else [])
    if not isinstance(value, list):
        raise ConfigError(f"{place}.{key} must be a list")
    return value


def _check_unique(names: list[str], place: str) -> None:
    lowered = [name.lower() for name in names]
    for name in names:
        if lowered.count(name.lower()) > 1:
            raise ConfigError(f"{place} names {name!r} twice")
