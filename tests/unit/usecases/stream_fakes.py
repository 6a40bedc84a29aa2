"""The outside of the aggregation, written by hand; the store can be killed before or after any transaction."""

import json
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from functions.analytics.documents import (
    checkpoint_document,
    checkpoint_of,
    ids_document,
    ids_id,
    part_document,
    state_of,
    window_of,
)
from functions.analytics.fold import LATENESS, Received
from functions.analytics.model_documents import ModelStatus
from functions.analytics.partition import Checkpoint, State, Step
from functions.analytics.rollup import MINUTES, Kind, rollup_document, rollup_window
from functions.usecases.ports import StoreUnavailableError
from functions.usecases.stream_ports import (
    CheckpointConflictError,
    HotUnavailableError,
    Loaded,
    LogUnavailableError,
    Ranking,
    Span,
    StoredWindow,
)


class KilledError(BaseException):
    """The process died here: nothing can catch it."""


@dataclass
class FakeLog:
    """Partitions as lists; `first` moves when retention deletes. A read that fails does so in its second slice."""

    partitions: dict[str, list[Received]]
    first: int = 0
    slice: int = 3
    down: bool = False
    failing: set[str] = field(default_factory=set)

    async def spans(self) -> Sequence[Span]:
        if self.down:
            raise LogUnavailableError("Event Hubs is stopped")
        return [
            Span(name, self.first, len(records) - 1, records[-1].enqueued if records else 0.0)
            for name, records in self.partitions.items()
        ]

    @asynccontextmanager
    async def read(self, partition: str, after: int, last: int) -> AsyncIterator[AsyncIterator[Sequence[Received]]]:
        assert self.first - 1 <= after < last
        yield self._slices(partition, after, last)

    async def _slices(self, partition: str, after: int, last: int) -> AsyncIterator[Sequence[Received]]:
        for first in range(after + 1, last + 1, self.slice):
            yield self.partitions[partition][first : min(first + self.slice, last + 1)]
            if partition in self.failing:
                raise LogUnavailableError("the connection broke")


@dataclass
class FakeMetrics:
    """Documents as JSON. `killed` is asked before (`False`) and after (`True`) each transaction."""

    documents: dict[str, dict[str, dict[str, Any]]] = field(default_factory=dict)
    killed: Callable[[bool], bool] = lambda _: False
    down: bool = False
    commits: int = 0
    status: ModelStatus = field(default_factory=ModelStatus)
    read: list[tuple[str, int, int]] = field(default_factory=list)
    """Queries of windows: what, from and before."""

    async def load(self, partition: str) -> Loaded:
        self._answer()
        documents = self.documents.get(partition, {})
        if "checkpoint" not in documents:
            return Loaded(State(), None)
        checkpoint = documents["checkpoint"]
        first = checkpoint_of(checkpoint).clock - LATENESS
        windows = [document for document in self._of(partition, "window") if document["minute"] >= first]
        return Loaded(state_of(checkpoint, windows, self._of(partition, "ids")), checkpoint["_etag"])

    async def commit(self, partition: str, step: Step, version: str | None) -> str:
        self._answer()
        if self.killed(False):
            raise KilledError
        documents = dict(self.documents.get(partition, {}))
        if documents.get("checkpoint", {}).get("_etag") != version:
            raise CheckpointConflictError(partition)
        self.commits += 1
        etag = f"etag-{self.commits}"
        made = [{**checkpoint_document(partition, step.state.checkpoint), "_etag": etag}]
        made += [part_document(partition, part) for part in step.parts]
        if step.block:
            made.append(ids_document(partition, step.block, step.tally.fresh))
        made += [rollup_document(partition, rollup) for rollup in step.rollups]
        documents.update({document["id"]: json.loads(json.dumps(document)) for document in made})
        for block in step.forgotten:
            del documents[ids_id(block)]
        self.documents[partition] = documents
        if self.killed(True):
            raise KilledError
        return etag

    async def views(self, partition: str, first: int, last: int) -> Sequence[StoredWindow]:
        self._answer()
        return [one for one in self.stored(partition) if first <= one.minute < last]

    async def windows(self, first: int, last: int, partition: str | None = None) -> Sequence[StoredWindow]:
        self._answer()
        self.read.append(("minute", first, last))
        return [
            StoredWindow(name, one["minute"], window_of({**one, "shoppers": {}}))
            for name in self._named(partition)
            for one in self._of(name, "window")
            if first <= one["minute"] < last
        ]

    async def first_minute(self, partition: str, since: int) -> int | None:
        self._answer()
        return min((one.minute for one in self.stored(partition) if one.minute >= since), default=None)

    async def rollups(
        self, kind: Kind, first: int, last: int, partition: str | None = None, *, small: bool = False
    ) -> Sequence[StoredWindow]:
        self._answer()
        self.read.append((kind, first, last))
        return [
            StoredWindow(name, one["number"] * MINUTES[kind], rollup_window(_small(one) if small else one))
            for name in self._named(partition)
            for one in self._of(name, kind)
            if first <= one["number"] < last
        ]

    def _named(self, partition: str | None) -> Sequence[str]:
        return list(self.documents) if partition is None else [partition]

    async def checkpoints(self) -> Mapping[str, Checkpoint]:
        self._answer()
        return {name: checkpoint_of(documents["checkpoint"]) for name, documents in self.documents.items()}

    async def models(self) -> ModelStatus:
        self._answer()
        return self.status

    def stored(self, partition: str) -> list[StoredWindow]:
        """All windows of a partition."""
        return [StoredWindow(partition, one["minute"], window_of(one)) for one in self._of(partition, "window")]

    def _of(self, partition: str, kind: str) -> list[dict[str, Any]]:
        return [document for document in self.documents.get(partition, {}).values() if document["kind"] == kind]

    def _answer(self) -> None:
        if self.down:
            raise StoreUnavailableError("Cosmos is stopped")


def _small(document: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in document.items() if name != "large"}


@dataclass
class FakeHot:
    """The last ranking that was published."""

    ranking: Ranking | None = None
    down: bool = False

    async def publish(self, ranking: Ranking) -> None:
        if self.down:
            raise HotUnavailableError("Redis is stopped")
        self.ranking = ranking
