"""Whom the lake has still to forget, and what is left of a file without them."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from hashlib import sha256

from pydantic import AwareDatetime, BaseModel, ConfigDict

from functions.lake import parquet, rows
from functions.lake.manifest import EVENTS, Entry, Manifest, entry_of
from functions.lake.parquet import MOMENT, TEXT
from functions.lake.rows import Row

ERASURES = "erasures"
"""Folder of the lake."""
PASS = f"{ERASURES}/pass.json"
_EPOCH, _MICROSECOND = datetime(1970, 1, 1, tzinfo=UTC), timedelta(microseconds=1)

type Forgotten = Mapping[str, int]
"""Shoppers, and the moment (microseconds since 1970) until which their events are erased."""


class Request(BaseModel):
    """Events of a shopper that arrived until a moment are to be erased."""

    model_config = ConfigDict(frozen=True)

    subject: str
    at: AwareDatetime

    @property
    def path(self) -> str:
        """Where it is kept: a later one takes the place of an earlier."""
        return f"{ERASURES}/{sha256(self.subject.encode()).hexdigest()[:32]}.json"

    @property
    def until(self) -> int:
        """The moment in microseconds since 1970."""
        return (self.at - _EPOCH) // _MICROSECOND


class Pass(BaseModel):
    """One way through all manifests: for which requests, and which manifest was the last."""

    model_config = ConfigDict(frozen=True)

    requests: tuple[Request, ...]
    after: str = ""


def without(
    manifest: Manifest, entry: Entry, data: bytes, forgotten: Forgotten, new_id: str
) -> tuple[Entry, bytes] | None:
    """A file without these shoppers, with no rows where nothing is left; None when none of them is in it."""
    kept = _events(data, forgotten) if entry.kind == EVENTS else _letters(data, forgotten)
    if kept is None:
        return None
    count, content = kept
    hour = datetime(manifest.date.year, manifest.date.month, manifest.date.day, entry.hour, tzinfo=UTC)
    span = entry.first, entry.last
    return entry_of(entry.kind, manifest.partition, hour, span, count, content, new_id), content


def _events(data: bytes, forgotten: Forgotten) -> tuple[int, bytes] | None:
    looked_at = parquet.read({"subject": TEXT, "enqueued": MOMENT}, data)
    if not any(enqueued <= forgotten.get(subject, -1) for subject, enqueued in looked_at):
        return None
    kept = [row for row in rows.from_file(data) if not _gone(row, forgotten)]
    return len(kept), rows.to_file(kept)


def _gone(row: Row, forgotten: Forgotten) -> bool:
    return row.enqueued <= forgotten.get(row.subject, -1)


def _letters(data: bytes, forgotten: Forgotten) -> tuple[int, bytes] | None:
    """What is no event may name a shopper anywhere."""
    lines = data.splitlines(keepends=True)
    named = [f'"{subject}"' for subject in forgotten]
    kept = [line for line in lines if not any(name in json.loads(line)["body"] for name in named)]
    return None if len(kept) == len(lines) else (len(kept), b"".join(kept))
