"""Databases and containers as the store knows them."""

import base64
import struct
from dataclasses import dataclass
from typing import Any

from local.cosmos.errors import BadRequestError
from local.cosmos.partitioning import PartitionKeyDefinition, is_path, split_path

_CONTAINER_BIT = 0x80000000


@dataclass(frozen=True, slots=True)
class Database:
    """A database: its number in the store and its JSON."""

    number: int
    body: dict[str, Any]

    @property
    def id(self) -> str:
        """Its name."""
        return str(self.body["id"])

    @property
    def rid(self) -> str:
        """Its resource id."""
        return str(self.body["_rid"])


@dataclass(frozen=True, slots=True)
class Container:
    """A container: its number in the store, its JSON, and what of the JSON decides how documents are kept."""

    number: int
    database: Database
    body: dict[str, Any]
    partition_key: PartitionKeyDefinition
    default_ttl: int | None
    unique_keys: tuple[tuple[tuple[str, ...], ...], ...]

    @classmethod
    def parse(cls, number: int, database: Database, body: dict[str, Any]) -> "Container":
        """Container from its JSON; raises BadRequestError."""
        definition = PartitionKeyDefinition.parse(body.get("partitionKey"))
        _check_indexing(body)
        return cls(number, database, body, definition, _default_ttl(body), _unique_keys(body))

    @property
    def id(self) -> str:
        """Its name."""
        return str(self.body["id"])

    @property
    def rid(self) -> str:
        """Its resource id; another one for a container of the same name that is made later."""
        return str(self.body["_rid"])

    def document_rid(self, lsn: int) -> str:
        """Resource id of the document that was created with this log sequence number."""
        return _base64(struct.pack("<IIQ", self.database.number, self.number | _CONTAINER_BIT, lsn))


def database_rid(number: int) -> str:
    """Resource id of a database."""
    return _base64(struct.pack("<I", number))


def container_rid(database: int, number: int) -> str:
    """Resource id of a container."""
    return _base64(struct.pack("<II", database, number | _CONTAINER_BIT))


def _base64(raw: bytes) -> str:
    return base64.b64encode(raw, altchars=b"+-").decode()


def _default_ttl(body: dict[str, Any]) -> int | None:
    ttl = body.get("defaultTtl")
    return None if ttl is None else check_ttl(ttl, "defaultTtl")


def check_ttl(ttl: object, name: str) -> int:
    """A time to live: seconds of at least 1, or -1 for never; raises BadRequestError."""
    if type(ttl) is not int or ttl == 0 or not -1 <= ttl < 2**31:
        raise BadRequestError(f"The value of '{name}' must be a positive integer or -1.")
    return ttl


def _unique_keys(body: dict[str, Any]) -> tuple[tuple[tuple[str, ...], ...], ...]:
    policies = _list(_object(body, "uniqueKeyPolicy"), "uniqueKeys")
    paths = [_list(policy, "paths") if isinstance(policy, dict) else [] for policy in policies]
    if not all(policy and all(map(is_path, policy)) for policy in paths):
        raise BadRequestError("Each unique key needs 'paths' that begin with '/'.")
    return tuple(tuple(map(split_path, policy)) for policy in paths)


def _check_indexing(body: dict[str, Any]) -> None:
    policy = _object(body, "indexingPolicy")
    composites = _list(policy, "compositeIndexes")
    rules = [*_list(policy, "includedPaths"), *_list(policy, "excludedPaths")]
    for composite in composites:
        rules += composite if isinstance(composite, list) and composite else [None]
    if not all(isinstance(rule, dict) and is_path(rule.get("path")) for rule in rules):
        raise BadRequestError("The paths of an indexing policy are objects with a 'path' that begins with '/'.")


def _object(body: dict[str, Any], name: str) -> dict[str, Any]:
    value = body.get(name)
    if not isinstance(value, dict | None):
        raise BadRequestError(f"'{name}' must be an object.")
    return value or {}


def _list(body: dict[str, Any], name: str) -> list[Any]:
    value = body.get(name)
    if not isinstance(value, list | None):
        raise BadRequestError(f"'{name}' must be a list.")
    return value or []
