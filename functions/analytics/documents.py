"""The documents of the container `metrics`: windows, remembered ids, checkpoint and erasures of each hub partition.

They share their partition key, so that one transaction can write them together. Every document has `kind`.
"""

import base64
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, fields
from datetime import UTC, datetime
from itertools import chain
from typing import Any

import numpy as np

from functions.analytics.fold import HORIZON, LATENESS, Fault
from functions.analytics.partition import Block, Checkpoint, Part, State, size_of
from functions.analytics.seen import Hashes, Minutes, Seen, hash_of, sorted_arrays
from functions.analytics.window import Window
from functions.contracts import DAY

type Document = Mapping[str, Any]

CHECKPOINT_ID = "checkpoint"
FOR_EVER = -1
"""Time to live of the checkpoint: it must outlast every window."""
SHOPPERS = ("shopperViews", "shopperMade", "shopperClicked")
"""Counters by shopper, as a window's JSON names them."""
ERASED_TTL = 8 * DAY
"""Seconds; longer than a hub keeps events (seven days): an aggregation that was down may still read them."""
PARKED_TTL = 8 * DAY
"""Seconds; longer than a hub keeps events, which are looked up there."""
MOST_PARKED = 100
"""Faults of a step that are written down one by one; all of them are counted."""


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
    """A part of a window as a document. Shoppers stand apart: queries leave them out, erasures take one out."""
    counts = part.window.to_counts()
    shoppers = by_shopper(part.window)
    for name in SHOPPERS:
        counts.pop(name, None)
    return {
        "id": f"window-{part.minute}-{part.number}",
        "partition": partition,
        "kind": "window",
        "minute": part.minute,
        "number": part.number,
        "start": datetime.fromtimestamp(part.minute * 60, UTC).isoformat(),
        "shoppers": shoppers,
        "counts": counts,
    }


def window_of(document: Document) -> Window:
    """What a window's document counts; shoppers are empty where the query left them out."""
    window = Window.from_counts(document["counts"])
    for shopper, did in document.get("shoppers", {}).items():
        told = told_of(did)
        if told.get("views"):
            window.shopper_views[shopper] = told["views"]
        for counter, name in ((window.shopper_made, "made"), (window.shopper_clicked, "clicked")):
            counter.update({f"{shopper}|{offer}": count for offer, count in told.get(name, {}).items()})
    return window


def told_of(did: int | dict[str, Any]) -> dict[str, Any]:
    """What a window tells of a shopper; older ones told of views alone."""
    return {"views": did} if isinstance(did, int) else did


def by_shopper(window: Window) -> dict[str, dict[str, Any]]:
    """What each shopper did: `views`, and `made` and `clicked` by offer; what there is none of is left out."""
    shoppers: dict[str, dict[str, Any]] = {}
    for shopper, count in window.shopper_views.items():
        shoppers.setdefault(shopper, {})["views"] = count
    for counter, name in ((window.shopper_made, "made"), (window.shopper_clicked, "clicked")):
        for key, count in counter.items():
            shopper, _, offer = key.partition("|")
            shoppers.setdefault(shopper, {}).setdefault(name, {})[offer] = count
    return shoppers


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


def parked_document(partition: str, sequence: int, faults: Sequence[Fault]) -> dict[str, Any]:
    """What in a step was no event, and why; the bodies stay in the log, and in the archive, where the offsets say."""
    return {
        "id": f"parked-{sequence}",
        "partition": partition,
        "kind": "parked",
        "ttl": PARKED_TTL,
        "count": len(faults),
        "faults": [asdict(fault) for fault in faults[:MOST_PARKED]],
    }


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
    if not arrays:
        return Seen(HORIZON)
    hashes = np.concatenate([hashes for hashes, _ in arrays])
    minutes = np.concatenate([minutes for _, minutes in arrays])
    order = np.lexsort((minutes, hashes))
    return Seen(HORIZON, ((hashes[order], minutes[order]),))


def _arrays(document: Document) -> Iterable[tuple[Hashes, Minutes]]:
    for minute, text in document["ids"].items():
        hashes = np.frombuffer(base64.b64decode(text), "<u8").astype(np.uint64)
        yield hashes, np.full(len(hashes), int(minute), np.int64)


def _encode(hashes: Hashes) -> str:
    return base64.b64encode(hashes.astype("<u8").tobytes()).decode()
