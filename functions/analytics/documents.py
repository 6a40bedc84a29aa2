"""The documents of the container `metrics`: windows, remembered ids, checkpoint and erasures of each hub partition.

They share their partition key, so that one transaction can write them together. Every document has `kind`.
"""

import base64
from collections.abc import Iterable, Mapping
from dataclasses import asdict, fields
from datetime import UTC, datetime
from itertools import chain
from typing import Any

import numpy as np

from functions.analytics.fold import HORIZON, LATENESS
from functions.analytics.partition import Block, Checkpoint, Part, State, size_of
from functions.analytics.seen import Hashes, Minutes, Seen, hash_of, sorted_arrays
from functions.analytics.window import Window
from functions.contracts import DAY

type Document = Mapping[str, Any]

CHECKPOINT_ID = "checkpoint"
FOR_EVER = -1
"""Time to live of the checkpoint: it must outlast every window."""
ERASED_TTL = 8 * DAY
"""Seconds; longer than a hub keeps events (seven days): an aggregation that was down may still read them."""


def checkpoint_document(partition: str, checkpoint: Checkpoint) -> dict[str, Any]:
    """The checkpoint as a document."""
    return {
        "id": CHECKPOINT_ID,
        "partition": partition,
        "kind": "checkpoint",
        "ttl": FOR_EVER,
        "checkpoint": asdict(checkpoint),
    }


def checkpoint_of(document: Document) -> Checkpoint:
    """The checkpoint of its document; what an older version did not write has its default."""
    known = {item.name for item in fields(Checkpoint)}
    return Checkpoint(**{name: value for name, value in document["checkpoint"].items() if name in known})


def part_document(partition: str, part: Part) -> dict[str, Any]:
    """A part of a window as a document. Shoppers stand apart, so that queries can leave them out."""
    counts = part.window.to_counts()
    return {
        "id": f"window-{part.minute}-{part.number}",
        "partition": partition,
        "kind": "window",
        "minute": part.minute,
        "number": part.number,
        "start": datetime.fromtimestamp(part.minute * 60, UTC).isoformat(),
        "shoppers": counts.pop("shopperViews", {}),
        "counts": counts,
    }


def window_of(document: Document) -> Window:
    """What a window's document counts; shoppers are empty where the query left them out."""
    return Window.from_counts({**document["counts"], "shopperViews": document.get("shoppers", {})})


def part_of(document: Document) -> Part:
    """The part of its document."""
    window = window_of(document)
    return Part(document["minute"], document["number"], window, size_of(window))


def ids_document(partition: str, block: Block, fresh: Mapping[int, int]) -> dict[str, Any]:
    """The ids (hash -> minute of arrival) that a step counted, 11 characters for each."""
    hashes, minutes = sorted_arrays(fresh)
    return {
        "id": ids_id(block),
        "partition": partition,
        "kind": "ids",
        "sequence": block.sequence,
        "last": block.last,
        "ids": {str(minute): _encode(hashes[minutes == minute]) for minute in np.unique(minutes).tolist()},
    }


def ids_id(block: Block) -> str:
    """Id of the document of a block."""
    return f"ids-{block.last}-{block.sequence}"


def erased_document(partition: str, shopper_id: str, minute: int) -> dict[str, Any]:
    """That a shopper was erased in an epoch minute; the shopper's id cannot be read from it."""
    name = f"{hash_of(shopper_id):016x}"
    return {
        "id": f"erased-{name}",
        "partition": partition,
        "kind": "erased",
        "ttl": ERASED_TTL,
        "shopper": name,
        "minute": minute,
    }


def erased_of(documents: Iterable[Document]) -> dict[int, int]:
    """Shoppers who were erased, by hash, with the minute of it."""
    return {int(document["shopper"], 16): document["minute"] for document in documents}


def state_of(
    checkpoint: Document, windows: Iterable[Document], ids: Iterable[Document], erased: Iterable[Document] = ()
) -> State:
    """The state of a partition as its documents have it."""
    before = checkpoint_of(checkpoint)
    parts: dict[int, Part] = {}
    for part in sorted(map(part_of, windows), key=lambda part: part.number):
        if part.minute >= before.clock - LATENESS:
            parts[part.minute] = part
    ids = sorted(ids, key=lambda document: int(document["sequence"]))
    blocks = tuple(Block(document["sequence"], document["last"]) for document in ids)
    return State(before, parts, blocks, _seen(ids), erased_of(erased))


def _seen(documents: Iterable[Document]) -> Seen:
    arrays = list(chain.from_iterable(map(_arrays, documents)))
    hashes = np.concatenate([np.empty(0, np.uint64), *(hashes for hashes, _ in arrays)])
    minutes = np.concatenate([np.empty(0, np.int64), *(minutes for _, minutes in arrays)])
    order = np.lexsort((minutes, hashes))
    return Seen(HORIZON, hashes[order], minutes[order])


def _arrays(document: Document) -> Iterable[tuple[Hashes, Minutes]]:
    for minute, text in document["ids"].items():
        hashes = np.frombuffer(base64.b64decode(text), "<u8").astype(np.uint64)
        yield hashes, np.full(len(hashes), int(minute), np.int64)


def _encode(hashes: Hashes) -> str:
    return base64.b64encode(hashes.astype("<u8").tobytes()).decode()
