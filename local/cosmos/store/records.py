"""Stored documents, and a bounded cache of them."""

from dataclasses import dataclass, field
from typing import Any

from local.cosmos.codec import decode

type RecordKey = tuple[int, str, str]


@dataclass(slots=True)
class Record:
    """One version of a document: its JSON text, and what is asked about it most."""

    container: int
    pk: str
    epk: str
    id: str
    lsn: int
    rid: str
    expires: int | None
    body: bytes
    etag: str
    _document: dict[str, Any] | None = field(default=None, repr=False)

    @property
    def key(self) -> RecordKey:
        """What no two live records share."""
        return (self.container, self.pk, self.id)

    @property
    def document(self) -> dict[str, Any]:
        """The document, parsed when first asked for; not to be changed."""
        if self._document is None:
            self._document = decode(self.body)
        return self._document

    def live(self, now: float) -> bool:
        """Whether its time to live is not over."""
        return self.expires is None or self.expires > now


def etag_of(lsn: int) -> str:
    """The ETag of the version with this log sequence number, quotes included."""
    return f'"{lsn >> 32:08x}-0000-0000-0000-{lsn & 0xFFFFFFFF:012x}"'


class RecordCache:
    """Records by key, at most `limit` bytes of JSON text; the oldest go first."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._size = 0
        self._records: dict[RecordKey, Record] = {}

    def get(self, key: RecordKey) -> Record | None:
        """The record, if it is cached."""
        return self._records.get(key)

    def put(self, record: Record) -> None:
        """Keep the record instead of its older version."""
        self.drop(record.key)
        self._records[record.key] = record
        self._size += len(record.body)
        while self._size > self._limit:
            self.drop(next(iter(self._records)))

    def drop(self, key: RecordKey) -> None:
        """Forget the record."""
        old = self._records.pop(key, None)
        if old is not None:
            self._size -= len(old.body)

    def clear(self) -> None:
        """Forget everything."""
        self._records.clear()
        self._size = 0
