"""Which files become one: small ones are slow to read, and each costs a request."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, time, timedelta
from itertools import groupby

from functions.lake.manifest import Entry, Manifest

MOST_ROWS = 500_000
MOST_BYTES = 32 * 1024 * 1024
"""Size of a file that is not added to."""
MANY = 12
"""Files of an hour that is not over yet which are worth the work; those of an hour that is over are all made one."""
SETTLED = timedelta(minutes=5)
"""How long after its end an hour is over."""


def packs(manifest: Manifest, now: datetime) -> list[Sequence[Entry]]:
    """Files that are to become one, neighbours all of them: two at least in each pack."""
    found = list[Sequence[Entry]]()
    for (_, hour), group in groupby(manifest.files, key=lambda one: (one.kind, one.hour)):
        files = list(group)
        over = datetime.combine(manifest.date, time(hour), UTC) + timedelta(hours=1) + SETTLED <= now
        if over or len(files) >= MANY:
            found += [pack for pack in _filled(files) if len(pack) > 1]
    return found


def _filled(files: Iterable[Entry]) -> list[list[Entry]]:
    filled, rows, size = list[list[Entry]](), 0, 0
    for one in files:
        if not filled or rows + one.rows > MOST_ROWS or size + one.bytes > MOST_BYTES:
            filled.append([])
            rows = size = 0
        filled[-1].append(one)
        rows += one.rows
        size += one.bytes
    return filled
