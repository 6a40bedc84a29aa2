"""Which files hold the events of a partition and a date; what is in no manifest is not in the lake.

A message belongs to the date on which it arrived, so for each there is one manifest that says whether it is there.
All changes are made by replacing that one blob, provided that nobody else did meanwhile: a reader sees each event
once, at any moment and whoever was killed. A file is written before a manifest names it, and deleted some time after
the last one did.
"""

import datetime
from collections.abc import Iterable, Sequence
from typing import Annotated, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from functions.lake.rows import Message

EVENTS: Final = "events"
DEAD_LETTER: Final = "dead-letter"
MANIFESTS: Final = "manifest"
"""Folders of the lake."""
type Kind = Literal["events", "dead-letter"]
type Range = tuple[int, int]
"""Sequence numbers, both included."""


class InvalidManifestError(Exception):
    """A blob is not a manifest."""


class Entry(BaseModel):
    """A file of the lake: rows of an hour, of messages with sequence numbers from `first` to `last`."""

    model_config = ConfigDict(frozen=True)

    path: str
    kind: Kind
    hour: Annotated[int, Field(ge=0, le=23)]
    first: int
    last: int
    rows: int
    bytes: int


class Replaced(BaseModel):
    """A file that others took the place of: kept for readers that found it in an earlier manifest."""

    model_config = ConfigDict(frozen=True)

    path: str
    at: datetime.datetime


class Manifest(BaseModel):
    """The files of a partition and a date, in the order of the log; `covered` are the messages that are in them."""

    model_config = ConfigDict(frozen=True)

    partition: str
    date: datetime.date
    covered: tuple[Range, ...] = ()
    files: tuple[Entry, ...] = ()
    replaced: tuple[Replaced, ...] = ()

    @property
    def path(self) -> str:
        """Where it is kept."""
        return manifest_path(self.date, self.partition)

    @property
    def paths(self) -> frozenset[str]:
        """All files that it names."""
        return frozenset([*(one.path for one in self.files), *(one.path for one in self.replaced)])

    def fresh(self, messages: Sequence[Message]) -> list[list[Message]]:
        """Messages that are not in the lake: runs with nothing between them but what is.

        `messages` are all that the log has between the first and the last of them, and of this date.
        """
        runs, last = list[list[Message]](), -2
        for place, message in enumerate(messages):
            if self._covers(message.sequence):
                continue
            if last != place - 1:
                runs.append([])
            runs[-1].append(message)
            last = place
        return runs

    def with_files(self, added: Iterable[Entry], covered: Iterable[Range]) -> "Manifest":
        """The manifest once files are there that hold the messages of these ranges."""
        return self.model_copy(
            update={
                "files": tuple(sorted((*self.files, *added), key=lambda one: (one.kind, one.hour, one.first))),
                "covered": _joined((*self.covered, *covered)),
            }
        )

    def with_replaced(self, old: Sequence[Entry], new: Sequence[Entry], now: datetime.datetime) -> "Manifest":
        """The manifest once new files hold what old ones did."""
        gone = {one.path for one in old}
        kept = self.model_copy(update={"files": tuple(one for one in self.files if one.path not in gone)})
        replaced = (*self.replaced, *(Replaced(path=path, at=now) for path in sorted(gone)))
        return kept.with_files(new, ()).model_copy(update={"replaced": replaced})

    def without_replaced(self, before: datetime.datetime) -> "Manifest":
        """The manifest without what was replaced before a moment."""
        return self.model_copy(update={"replaced": tuple(one for one in self.replaced if one.at >= before)})

    def _covers(self, sequence: int) -> bool:
        return any(first <= sequence <= last for first, last in self.covered)

    def to_json(self) -> bytes:
        """The manifest as it is kept."""
        return self.model_dump_json().encode()

    @staticmethod
    def from_json(data: bytes) -> "Manifest":
        """Raises `InvalidManifestError`."""
        try:
            return Manifest.model_validate_json(data)
        except ValidationError as error:
            raise InvalidManifestError(f"it is no manifest of the lake: {error.errors()[0]['msg']}") from None


def manifest_path(day: datetime.date, partition: str) -> str:
    """Where the manifest of a partition and a date is kept."""
    return f"{MANIFESTS}/date={day}/{partition}.json"


def entry_of(
    kind: Kind, partition: str, hour: datetime.datetime, span: Range, rows: int, content: bytes, again: str = ""
) -> Entry:
    """A file with that content.

    The same messages have the same path; `again` makes those different that take the place of others.
    """
    suffix = "parquet" if kind == EVENTS else "jsonl"
    name = f"{span[0]:012}-{span[1]:012}{'-' if again else ''}{again}.{suffix}"
    path = f"{kind}/date={hour.date()}/hour={hour.hour:02}/partition={partition}/{name}"
    return Entry(path=path, kind=kind, hour=hour.hour, first=span[0], last=span[1], rows=rows, bytes=len(content))


def _joined(ranges: Iterable[Range]) -> tuple[Range, ...]:
    joined: list[Range] = []
    for first, last in sorted(ranges):
        if joined and first <= joined[-1][1] + 1:
            joined[-1] = (joined[-1][0], max(last, joined[-1][1]))
        else:
            joined.append((first, last))
    return tuple(joined)
