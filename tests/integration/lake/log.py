"""All that a hub holds, and all that the lake does, in the same words."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path

import polars as pl
from azure.core.exceptions import ResourceNotFoundError
from azure.storage.blob import ContainerClient

from functions.adapters.partitions import EventHubPartitions, connector
from functions.analytics.fold import Received
from functions.contracts import LAKE
from functions.lake.manifest import DEAD_LETTER, EVENTS, Manifest
from functions.lake.rows import Message, read

HUB = "events"
type Held = dict[tuple[str, int, int], str]
"""The id of each event by partition, sequence and position."""


async def everything(connection: str) -> tuple[Held, int]:
    """The events of the hub, and how many of its messages and events are none."""
    log = EventHubPartitions(connector(connection, HUB, "watch"), HUB)
    held, dead = dict[tuple[str, int, int], str](), 0
    try:
        for span in await log.spans():
            if span.first > span.last:
                continue
            async with log.read(span.partition, -1, span.last) as slices:
                async for records in slices:
                    rows, letters = read(map(_message, records))
                    number = span.partition.removeprefix(f"{HUB}-")
                    held |= {(number, row.sequence, row.position): row.id for row in rows}
                    dead += len(letters)
    finally:
        await log.close()
    return held, dead


def in_folder(folder: Path) -> Held:
    """The events of a folder; fails when one is there twice."""
    files = [str(file) for file in (folder / EVENTS).rglob("*.parquet")]
    frames = [pl.read_parquet(file).with_columns(partition=pl.lit(_partition(file))) for file in files]
    held = dict[tuple[str, int, int], str]()
    for frame in frames:
        for partition, sequence, position, event_id in frame.select(
            "partition", "sequence", "position", "id"
        ).iter_rows():
            assert (partition, sequence, position) not in held, "an event is there twice"
            held[partition, sequence, position] = event_id
    return held


def manifests(storage: str) -> list[Manifest]:
    """All manifests of the lake."""
    with ContainerClient.from_connection_string(storage, LAKE) as lake:
        try:
            names = [blob.name for blob in lake.list_blobs(name_starts_with="manifest/")]
        except ResourceNotFoundError:
            return []
        return [Manifest.from_json(lake.download_blob(name).readall()) for name in names]


def covered(found: Iterable[Manifest]) -> Mapping[str, int]:
    """Messages in the lake, by partition."""
    counts: dict[str, int] = {}
    for manifest in found:
        count = sum(last - first + 1 for first, last in manifest.covered)
        counts[manifest.partition] = counts.get(manifest.partition, 0) + count
    return counts


def dead_letters(storage: str) -> int:
    """Dead letters that a manifest names, each of which is a line of its file."""
    with ContainerClient.from_connection_string(storage, LAKE) as lake:
        entries = [one for manifest in manifests(storage) for one in manifest.files if one.kind == DEAD_LETTER]
        return sum(lake.download_blob(one.path).readall().count(b"\n") for one in entries)


def _message(record: Received) -> Message:
    return Message(record.sequence, datetime.fromtimestamp(record.enqueued, UTC), record.body)


def _partition(file: str) -> str:
    return file.split("partition=")[1].split("/")[0]
