"""From the event stream to the lake: every event once, however often its message is delivered."""

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from itertools import groupby

from functions.lake import rows
from functions.lake.blobs import LakeChangedError, LakeUnavailableError
from functions.lake.manifest import DEAD_LETTER, EVENTS, Entry, Kind, Manifest, Range, entry_of, manifest_path
from functions.lake.rows import DeadLetter, Message
from functions.usecases.lake_ports import LakeStore

ATTEMPTS = 10
"""How often others may be faster to change a manifest."""
PATIENCE = 120.0
"""Seconds in which files must be in the manifest, or they are no longer relied upon: see `lake_files.GRACE`."""


@dataclass(frozen=True, slots=True)
class Archived:
    """What was new in a delivery."""

    events: int = 0
    dead_letters: tuple[DeadLetter, ...] = ()

    def __add__(self, other: "Archived") -> "Archived":
        return Archived(self.events + other.events, (*self.dead_letters, *other.dead_letters))


@dataclass(frozen=True, slots=True)
class _Files:
    """Files of a run of messages, to be written."""

    entries: tuple[Entry, ...]
    contents: Mapping[str, bytes]
    covered: Range
    archived: Archived


class ArchiveEvents:
    """The use case; one object for each process, because it remembers the manifests that it wrote.

    A delivery is cut by dates and freed of the messages that are in the lake already. The rest is written to files
    named by their sequence numbers, and is in the lake once the manifest says so: a single conditional write. Who is
    killed before that has done nothing; what it wrote is overwritten at the next delivery, or deleted.
    """

    def __init__(self, store: LakeStore, stopwatch: Callable[[], float]) -> None:
        self._store = store
        self._stopwatch = stopwatch
        self._known: dict[str, tuple[Manifest, str | None]] = {}

    async def archive(self, partition: str, messages: Sequence[Message]) -> Archived:
        """Put consecutive messages of a partition into the lake.

        Raises `LakeUnavailableError`: then they must be delivered again.
        """
        by_date: dict[date, list[Message]] = {}
        for message in messages:
            by_date.setdefault(message.enqueued.astimezone(UTC).date(), []).append(message)
        done = Archived()
        for day, part in by_date.items():
            done += await self._of_date(partition, day, part)
        return done

    async def _of_date(self, partition: str, day: date, messages: Sequence[Message]) -> Archived:
        for _ in range(ATTEMPTS):
            manifest, version = await self._manifest(partition, day)
            files = await asyncio.to_thread(_cut, partition, manifest.fresh(messages))
            try:
                self._known[partition] = await self._committed(manifest, version, files)
            except LakeChangedError:
                continue
            return sum((one.archived for one in files), Archived())
        raise LakeUnavailableError(f"the manifest of partition {partition} was changed {ATTEMPTS} times meanwhile")

    async def _committed(
        self, manifest: Manifest, version: str | None, files: Sequence[_Files]
    ) -> tuple[Manifest, str | None]:
        if not files:
            return manifest, version
        began = self._stopwatch()
        await asyncio.gather(*(self._store.write(path, data) for one in files for path, data in one.contents.items()))
        if self._stopwatch() - began > PATIENCE:
            raise LakeUnavailableError("the files of the lake were not written in time")
        entries = [entry for one in files for entry in one.entries]
        manifest = manifest.with_files(entries, [one.covered for one in files])
        return manifest, await self._store.replace(manifest.path, manifest.to_json(), version)

    async def _manifest(self, partition: str, day: date) -> tuple[Manifest, str | None]:
        """As this process left it; read again after any error, because then nothing is certain."""
        known = self._known.pop(partition, None)
        if known and known[0].date == day:
            return known
        stored = await self._store.read(manifest_path(day, partition))
        if stored is None:
            return Manifest(partition=partition, date=day), None
        return Manifest.from_json(stored.data), stored.version


def _cut(partition: str, runs: Iterable[Sequence[Message]]) -> list[_Files]:
    return [_files(partition, run) for run in runs]


def _files(partition: str, run: Sequence[Message]) -> _Files:
    entries, contents, archived = list[Entry](), dict[str, bytes](), Archived()
    for hour, part in groupby(run, key=_hour):
        messages = list(part)
        found, dead = rows.read(messages)
        archived += Archived(len(found), tuple(dead))
        written: list[tuple[Kind, int, bytes]] = []
        if found:
            written.append((EVENTS, len(found), rows.to_file(found)))
        if dead:
            written.append((DEAD_LETTER, len(dead), rows.to_lines(dead)))
        for kind, count, content in written:
            entry = entry_of(kind, partition, hour, (messages[0].sequence, messages[-1].sequence), count, content)
            entries.append(entry)
            contents[entry.path] = content
    return _Files(tuple(entries), contents, (run[0].sequence, run[-1].sequence), archived)


def _hour(message: Message) -> datetime:
    return message.enqueued.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
