"""The store: SQLite holds everything, a bounded cache answers most reads."""

import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from local.cosmos.partitioning import EpkRange, PartitionKey, ranges_of
from local.cosmos.store.records import Record, RecordCache, etag_of
from local.cosmos.store.resources import Container
from local.cosmos.store.schema import PRAGMAS, SCHEMA
from local.cosmos.store.transaction import Transaction

DEFAULT_CACHE_BYTES = 128 * 1024 * 1024
SWEEP_ROWS = 1000
_BY_KEY = "select lsn, epk, pk, id, rid, expires from documents where container = ? and epk = ? and pk = ? and id = ?"
_BY_RANGE = """
    select lsn, epk, pk, id, rid, expires from documents
    where container = ? and (epk, pk, id) > (?, ?, ?) and epk < ? order by epk, pk, id
"""
# By row number: a reader of the change feed is near the end, and every index makes each write slower.
_BY_LSN = """
    select lsn, epk, pk, id, rid, expires from documents not indexed where container = ? and lsn > ? order by lsn
"""

# Place in the order of a scan: effective key, partition key, id.
type Position = tuple[str, str, str]


class DataUnreadableError(Exception):
    """The database file cannot be opened."""


def _connect(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, isolation_level=None, cached_statements=256)
    try:
        connection.executescript(PRAGMAS)
        connection.executescript(SCHEMA)
    except sqlite3.Error as error:
        connection.close()
        raise DataUnreadableError(f"cannot open {path} ({error}): move it away or give another --data") from error
    return connection


class Store:
    """Documents of all containers. Not thread-safe: the server is one event loop."""

    def __init__(
        self, path: Path, cache_bytes: int = DEFAULT_CACHE_BYTES, clock: Callable[[], float] = time.time
    ) -> None:
        self.connection = _connect(path)
        self.clock = clock
        self._cache = RecordCache(cache_bytes)
        self.lsn: int = self.connection.execute("select lsn from log").fetchone()[0]

    def close(self) -> None:
        """Close the database file."""
        self.connection.close()

    def read(self, container: Container, key: PartitionKey, identifier: str) -> Record | None:
        """The live document, or None."""
        record = self._find(container, key, identifier)
        return record if record is not None and record.live(self.clock()) else None

    @contextmanager
    def transaction(self) -> Iterator[Transaction]:
        """Change documents atomically: an exception undoes everything."""
        self.connection.execute("begin immediate")
        transaction = Transaction(self.connection, self.lsn, self.clock(), self._find)
        try:
            yield transaction
            self.connection.execute("update log set lsn = ?", (transaction.lsn,))
            self.connection.execute("commit")
        except BaseException:
            self.connection.execute("rollback")
            raise
        self._publish(transaction)

    def _publish(self, transaction: Transaction) -> None:
        self.lsn = transaction.lsn
        for key, record in transaction.written.items():
            if record is None:
                self._cache.drop(key)
            else:
                self._cache.put(record)

    def scan(self, container: Container, bounds: EpkRange, after: Position | None = None) -> Iterator[Record]:
        """Live documents of a range of effective keys, in the order of positions."""
        start = max(after or (bounds.low, "", ""), (bounds.low, "", ""))
        yield from self._select(container, _BY_RANGE, (container.number, *start, bounds.high))

    def delete_partition(self, container: Container, key: PartitionKey) -> None:
        """Delete all documents of a partition key (of all keys that begin with it, for a prefix)."""
        doomed = list(self.scan(container, ranges_of(key)))
        with self.transaction() as transaction:
            for record in doomed:
                transaction.delete(record)

    def changes(self, container: Container, after: int) -> Iterator[Record]:
        """Latest versions of live documents that are newer than a log sequence number, oldest first."""
        yield from self._select(container, _BY_LSN, (container.number, after))

    def sweep(self, limit: int = SWEEP_ROWS) -> int:
        """Remove up to `limit` expired documents from the disk; gives how many."""
        expired = self.connection.execute(
            "select lsn, container, pk, id from documents where expires <= ? limit ?", (int(self.clock()), limit)
        ).fetchall()
        if not expired:
            return 0
        with self.transaction():
            self.connection.executemany("delete from documents where lsn = ?", [(row[0],) for row in expired])
        for _, container, pk, identifier in expired:
            self._cache.drop((container, pk, identifier))
        return len(expired)

    def forget_cached(self) -> None:
        """Read everything from the disk again (after a change of expiry times, or of containers)."""
        self._cache.clear()

    def _find(self, container: Container, key: PartitionKey, identifier: str) -> Record | None:
        cached = self._cache.get((container.number, key.text, identifier))
        if cached is not None:
            return cached
        row = self.connection.execute(_BY_KEY, (container.number, key.epk, key.text, identifier)).fetchone()
        return None if row is None else self._load(container, row)

    def _select(self, container: Container, sql: str, values: tuple[object, ...]) -> Iterator[Record]:
        now = self.clock()
        with closing(self.connection.execute(sql, values)) as cursor:
            for row in cursor:
                record = self._cache.get((container.number, row[2], row[3])) or self._load(container, row)
                if record.live(now):
                    yield record

    def _load(self, container: Container, row: tuple[int, str, str, str, str, int | None]) -> Record:
        lsn, epk, pk, identifier, rid, expires = row
        (body,) = self.connection.execute("select body from documents where lsn = ?", (lsn,)).fetchone()
        record = Record(container.number, pk, epk, identifier, lsn, rid, expires, body, etag_of(lsn))
        self._cache.put(record)
        return record
