"""What a process asked of Cosmos DB, queues and blobs, counted from what a tap saw."""

import json
from collections.abc import Iterable
from dataclasses import dataclass, field

from functions.contracts import CONTAINERS, DECISIONS, LAKE, OFFERS, PRODUCTS, RULES, SETTINGS
from infra.sizing import request_units
from tests.bench.tap import Exchange

COSMOS, QUEUE, BLOB = "cosmos", "queue", "blob"
UNINDEXED = {container.name: container.unindexed for container in CONTAINERS}
SHARED = frozenset(container.name for container in (OFFERS, PRODUCTS, RULES, SETTINGS))
"""Containers that each process reads now and then as a whole, however many shoppers it serves."""
EVENTS = "events"
"""Folder of the lake that grows; the manifests beside it are replaced."""


@dataclass
class Documents:
    """Operations of one kind on one container, with bytes and indexed values of their documents, and their units."""

    count: int = 0
    size: int = 0
    values: int = 0
    units: float = 0.0

    def add(self, size: int, values: int, units: float) -> None:
        """One more."""
        self.count += 1
        self.size += size
        self.values += values
        self.units += units


@dataclass
class Counts:
    """Totals over some time; `told_units` are those that the stand-in of Cosmos DB says itself.

    A file of the lake holds what came in one batch; `transactions` are of several documents at once.
    """

    documents: dict[str, Documents] = field(default_factory=dict)
    told_units: float = 0.0
    queue: int = 0
    blob_writes: int = 0
    blob_reads: int = 0
    lake_bytes: int = 0
    lake_files: int = 0
    transactions: int = 0

    @property
    def units(self) -> float:
        """Request units by Microsoft's table, but for those of `SHARED`."""
        return sum(each.units for name, each in self.documents.items() if name.split()[0] not in SHARED)

    @property
    def shared_units(self) -> float:
        """Request units of `SHARED`."""
        return sum(each.units for name, each in self.documents.items() if name.split()[0] in SHARED)

    @property
    def kept_bytes(self) -> int:
        """Bytes of decisions that were written: what the database grows by."""
        return sum(each.size for name, each in self.documents.items() if name == f"{DECISIONS.name} write")

    def add(self, name: str, size: int, values: int, units: float) -> None:
        """One more operation on documents."""
        self.documents.setdefault(name, Documents()).add(size, values, units)


def count(exchanges: Iterable[Exchange]) -> Counts:
    """The totals of what was exchanged."""
    counts = Counts()
    for each in exchanges:
        {COSMOS: _cosmos, QUEUE: _queue, BLOB: _blob}[each.service](counts, each)
    return counts


def _queue(counts: Counts, _: Exchange) -> None:
    counts.queue += 1


def _blob(counts: Counts, each: Exchange) -> None:
    if each.method != "PUT":
        counts.blob_reads += 1
        return
    counts.blob_writes += 1
    if each.path[1:3] == [LAKE, EVENTS]:
        counts.lake_bytes += len(each.body)
        counts.lake_files += 1


def _cosmos(counts: Counts, each: Exchange) -> None:
    match each.path:
        case ["dbs", _, "colls", container, "docs", *_]:
            _documents(counts, each, container)
        case _:
            return  # what the client wants to know of the account is free


def _documents(counts: Counts, each: Exchange, container: str) -> None:
    said = each.headers
    if "x-ms-cosmos-is-query-plan-request" in said:
        return
    counts.told_units += each.charge
    if said.get("x-ms-documentdb-isquery", "").lower() == "true":
        counts.add(f"{container} query", len(each.answer), 0, request_units.query(len(each.answer)))
    elif "x-ms-cosmos-is-batch-request" in said:
        counts.transactions += 1
        for operation in json.loads(each.body):
            _write(counts, container, json.dumps(operation.get("resourceBody") or {}).encode())
    elif each.method == "GET":
        counts.add(f"{container} read", len(each.answer), 0, request_units.read(len(each.answer)))
    else:
        _write(counts, container, each.body)


def _write(counts: Counts, container: str, body: bytes) -> None:
    values = request_units.indexed_values(json.loads(body or b"{}"), UNINDEXED.get(container, ()))
    counts.add(f"{container} write", len(body), values, request_units.write(len(body), values))
