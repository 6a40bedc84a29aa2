"""Windows and checkpoints in Cosmos: the container `metrics`, one logical partition for each Event Hub partition."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from functools import partial
from typing import Any

from azure.cosmos.aio import ContainerProxy
from azure.cosmos.exceptions import CosmosBatchOperationError, CosmosResourceNotFoundError

from functions.adapters import cosmos
from functions.analytics.documents import (
    CHECKPOINT_ID,
    checkpoint_document,
    checkpoint_of,
    erased_of,
    ids_document,
    ids_id,
    parked_document,
    part_document,
    state_of,
    window_of,
)
from functions.analytics.drift import Drift
from functions.analytics.fold import LATENESS
from functions.analytics.model_documents import ModelStatus, drift_document, status_of
from functions.analytics.partition import Checkpoint, State, Step
from functions.analytics.rollup import MINUTES, Kind, rollup_document, rollup_window
from functions.contracts import MODELS
from functions.usecases.ports import StoreUnavailableError
from functions.usecases.stream_ports import CheckpointConflictError, Loaded, Parked, StoredWindow

_OPEN = "SELECT * FROM c WHERE c.kind = 'window' AND c.minute >= @first"
_IDS = "SELECT * FROM c WHERE c.kind = 'ids'"
_ERASED = "SELECT * FROM c WHERE c.kind = 'erased'"
_VIEWS = (
    "SELECT c.partition, c.minute, c.shoppers, {'productViews': c.counts.productViews} AS counts"
    " FROM c WHERE c.kind = 'window' AND c.minute >= @first AND c.minute < @last"
)
_COUNTS = (
    "SELECT c.partition, c.minute, c.counts FROM c"
    " WHERE c.kind = 'window' AND c.minute >= @first AND c.minute < @last"
)
_FIRST = "SELECT TOP 1 c.minute FROM c WHERE c.kind = 'window' AND c.minute >= @first ORDER BY c.minute"
_ROLLUPS = (
    "SELECT c.partition, c.number, c.counts{large} FROM c"
    " WHERE c.kind = '{kind}' AND c.number >= @first AND c.number < @last"
)
_CHECKPOINTS = "SELECT c.partition, c.checkpoint FROM c WHERE c.kind = 'checkpoint'"
_PARKED = "SELECT c._ts, c.count, c.faults FROM c WHERE c.kind = 'parked' AND c._ts >= @since"
_CONFLICTS = frozenset({404, 409, 412})
"""The checkpoint is gone, is there already, or is not the one that was read."""

type Operation = tuple[str, tuple[Any, ...]] | tuple[str, tuple[Any, ...], dict[str, Any]]


class CosmosMetrics:
    """Implements `MetricsStore`, `Drifts` and `ParkedEvents`."""

    def __init__(self, container: ContainerProxy) -> None:
        self._container = container

    async def load(self, partition: str) -> Loaded:
        """All that must be known of a partition to go on.

        Read while another instance writes, it may be a mixture: then the checkpoint has moved on, and the first
        commit is refused.
        """
        try:
            checkpoint = await cosmos.ask(
                "read of the checkpoint", lambda: self._container.read_item(CHECKPOINT_ID, partition_key=partition)
            )
        except CosmosResourceNotFoundError:
            return Loaded(State(erased=erased_of(await self._query(_ERASED, partition))), None)
        first = checkpoint_of(checkpoint).clock - LATENESS
        windows = await self._query(_OPEN, partition, first=first)
        ids = await self._query(_IDS, partition)
        erased = await self._query(_ERASED, partition)
        return Loaded(state_of(checkpoint, windows, ids, erased), checkpoint["_etag"])

    async def commit(self, partition: str, step: Step, version: str | None) -> str:
        """Write a step in one transactional batch on condition that the checkpoint is still at `version`."""
        operations = _operations(partition, step, version)

        async def write() -> Sequence[Mapping[str, Any]]:
            try:
                return await self._container.execute_item_batch(operations, partition_key=partition)
            except CosmosBatchOperationError as error:
                raise _refusal(partition, error) from error

        results = await cosmos.ask(f"batch for {partition}", write)
        return str(results[0]["eTag"])

    async def views(self, partition: str, first: int, last: int) -> Sequence[StoredWindow]:
        """Views of products and shoppers in the epoch minutes of a partition from `first` to before `last`."""
        return [_stored(document) for document in await self._query(_VIEWS, partition, first=first, last=last)]

    async def windows(self, first: int, last: int, partition: str | None = None) -> Sequence[StoredWindow]:
        """Windows of epoch minutes, `first` to before `last`, without shoppers; of one partition or of all."""
        return [_stored(document) for document in await self._query(_COUNTS, partition, first=first, last=last)]

    async def first_minute(self, partition: str, since: int) -> int | None:
        """The epoch minute of the first window of a partition from minute `since` on, None when there is none."""
        found = await self._query(_FIRST, partition, first=since)
        return found[0]["minute"] if found else None

    async def rollups(
        self, kind: Kind, first: int, last: int, partition: str | None = None, *, small: bool = False
    ) -> Sequence[StoredWindow]:
        """Hours or days from number `first` to before `last`; `small` leaves out products and lists."""
        text = _ROLLUPS.format(kind=kind, large="" if small else ", c.large")
        documents = await self._query(text, partition, first=first, last=last)
        return [
            StoredWindow(one["partition"], one["number"] * MINUTES[kind], rollup_window(one)) for one in documents
        ]

    async def checkpoints(self) -> Mapping[str, Checkpoint]:
        """The checkpoint of each partition."""
        documents = await self._query(_CHECKPOINTS)
        return {document["partition"]: checkpoint_of(document) for document in documents}

    async def models(self) -> ModelStatus:
        """What is told of the model."""
        return status_of(await self._query("SELECT * FROM c", MODELS))

    async def parked(self, since: datetime) -> Parked:
        """What was no event since a moment."""
        found = sorted(await self._query(_PARKED, since=int(since.timestamp())), key=lambda one: int(one["_ts"]))
        if not found:
            return Parked()
        first, reason = datetime.fromtimestamp(found[0]["_ts"], UTC), found[-1]["faults"][-1]["reason"]
        return Parked(sum(one["count"] for one in found), first, reason)

    async def save(self, drift: Drift) -> None:
        """Replace the last outcome of a look for drift."""
        await cosmos.ask("save of the drift", lambda: self._container.upsert_item(drift_document(drift)))

    async def _query(self, text: str, partition: str | None = None, **values: int) -> list[dict[str, Any]]:
        """All documents of a query, over one partition or over all."""
        parameters: list[dict[str, object]] = [{"name": f"@{name}", "value": value} for name, value in values.items()]

        async def drain() -> list[dict[str, Any]]:
            query = partial(self._container.query_items, text, parameters=parameters, max_item_count=cosmos.PAGE)
            pages = query() if partition is None else query(partition_key=partition)
            return [document async for document in pages]

        return await cosmos.ask("query of metrics", drain)


def _operations(partition: str, step: Step, version: str | None) -> list[Operation]:
    """The checkpoint comes first: its condition decides about everything that follows."""
    checkpoint = checkpoint_document(partition, step.state.checkpoint)
    operations: list[Operation] = [
        ("create", (checkpoint,))
        if version is None
        else ("replace", (CHECKPOINT_ID, checkpoint), {"if_match_etag": version})
    ]
    operations += [("upsert", (part_document(partition, part),)) for part in step.parts]
    if step.block:
        operations.append(("upsert", (ids_document(partition, step.block, step.tally.fresh),)))
    if faults := step.tally.faults:
        operations.append(("upsert", (parked_document(partition, step.state.checkpoint.sequence, faults),)))
    operations += [("delete", (ids_id(block),)) for block in step.forgotten]
    operations += [("upsert", (rollup_document(partition, rollup),)) for rollup in step.rollups]
    return operations


def _refusal(partition: str, error: CosmosBatchOperationError) -> Exception:
    if error.error_index == 0 and error.status_code in _CONFLICTS:
        return CheckpointConflictError(f"{partition}: the checkpoint was written by another instance")
    return StoreUnavailableError(f"{partition}: operation {error.error_index} was refused: {error.status_code}")


def _stored(document: Mapping[str, Any]) -> StoredWindow:
    return StoredWindow(document["partition"], document["minute"], window_of(document))
