"""One atomic change of documents: all of it, in memory and on disk, or nothing."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from local.cosmos.codec import InvalidJsonError, encode
from local.cosmos.errors import BadRequestError, ConflictError, TooLargeError
from local.cosmos.partitioning import PartitionKey, property_at
from local.cosmos.sql.values import UNDEFINED
from local.cosmos.store.records import Record, RecordKey, etag_of
from local.cosmos.store.resources import Container, check_ttl

type ReadRecord = Callable[[Container, PartitionKey, str], Record | None]

MAX_DOCUMENT_BYTES = 2 * 1024 * 1024


class Transaction:
    """Reads see the writes made so far; the store publishes them after the commit."""

    def __init__(self, connection: sqlite3.Connection, lsn: int, now: float, read: ReadRecord) -> None:
        self._connection = connection
        self._read = read
        self._now = now
        self.lsn = lsn
        self.written: dict[RecordKey, Record | None] = {}

    def read(self, container: Container, key: PartitionKey, identifier: str) -> Record | None:
        """The live document, or None."""
        wanted = (container.number, key.text, identifier)
        record = self.written[wanted] if wanted in self.written else self._read(container, key, identifier)
        return record if record is not None and record.live(self._now) else None

    def put(self, container: Container, key: PartitionKey, document: dict[str, Any], old: Record | None) -> Record:
        """Store a version of a document instead of `old`; raises BadRequestError, ConflictError, TooLargeError."""
        ttl = check_ttl(document["ttl"], "ttl") if document.get("ttl") is not None else None
        self.lsn += 1
        timestamp = int(self._now)
        rid = old.rid if old else container.document_rid(self.lsn)
        complete = document | {
            "_rid": rid,
            "_self": f"dbs/{container.database.rid}/colls/{container.rid}/docs/{rid}/",
            "_etag": etag_of(self.lsn),
            "_attachments": "attachments/",
            "_ts": timestamp,
        }
        record = Record(
            container=container.number,
            pk=key.text,
            epk=key.epk,
            id=document["id"],
            lsn=self.lsn,
            rid=rid,
            expires=expiry(timestamp, ttl, container.default_ttl),
            body=_text(complete),
            etag=complete["_etag"],
        )
        self._delete_row(record)
        self._insert_row(record, timestamp, ttl)
        self._claim_unique_values(container, record, document)
        self.written[record.key] = record
        return record

    def delete(self, record: Record) -> None:
        """Remove a document."""
        self.lsn += 1
        self._delete_row(record)
        self.written[record.key] = None

    @contextmanager
    def savepoint(self) -> Iterator[None]:
        """Undo what is written inside, and only that, if an exception leaves it."""
        before = dict(self.written)
        self._connection.execute("savepoint operation")
        try:
            yield
        except BaseException:
            self._connection.execute("rollback to operation")
            self.written = before
            raise
        finally:
            self._connection.execute("release operation")

    def _insert_row(self, record: Record, timestamp: int, ttl: int | None) -> None:
        self._connection.execute(
            "insert into documents values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                record.lsn,
                record.container,
                record.epk,
                record.pk,
                record.id,
                record.rid,
                timestamp,
                ttl,
                record.expires,
                record.body,
            ),
        )

    def _delete_row(self, record: Record) -> None:
        # By key and not by number: an expired version may still be there.
        self._connection.execute(
            "delete from documents where container = ? and epk = ? and pk = ? and id = ?",
            (record.container, record.epk, record.pk, record.id),
        )

    def _claim_unique_values(self, container: Container, record: Record, document: dict[str, Any]) -> None:
        if not container.unique_keys:
            return
        self._connection.execute(
            "delete from documents where container = ? and epk = ? and pk = ? and expires <= ?",
            (container.number, record.epk, record.pk, int(self._now)),
        )
        for policy, paths in enumerate(container.unique_keys):
            values = [property_at(document, path) for path in paths]
            content = encode([{} if value is UNDEFINED else [value] for value in values]).decode()
            try:
                self._connection.execute(
                    "insert into unique_values values (?, ?, ?, ?, ?)",
                    (container.number, record.pk, policy, content, record.lsn),
                )
            except sqlite3.IntegrityError:
                raise ConflictError("Unique index constraint violation.") from None


def expiry(timestamp: int, ttl: int | None, default_ttl: int | None) -> int | None:
    """When a document expires, in seconds since 1970: only if the container has time to live switched on."""
    seconds = None if default_ttl is None else default_ttl if ttl is None else ttl
    return None if seconds is None or seconds == -1 else timestamp + seconds


def _text(document: dict[str, Any]) -> bytes:
    try:
        body = encode(document)
    except InvalidJsonError as error:
        raise BadRequestError(f"The document is no valid JSON: {error}") from error
    if len(body) > MAX_DOCUMENT_BYTES:
        raise TooLargeError("Request size is too large: a document takes at most 2 MB.")
    return body
