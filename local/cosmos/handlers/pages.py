"""One page of query results, and the token that continues after it."""

import base64
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from local.cosmos.codec import InvalidJsonError, decode, encode
from local.cosmos.errors import BadRequestError
from local.cosmos.handlers.statements import Statement
from local.cosmos.store.records import Record
from local.cosmos.store.store import Position
from local.cosmos.wire import Request

DEFAULT_ITEMS = 100
MOST_ITEMS = 1000
# A response carries at most 4 MB.
MAX_PAGE_BYTES = 4 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Continuation:
    """Where a page begins: after a document, or (for sorted and grouped results) after a number of results.

    `skip` results of the next document were in the page before.
    """

    after: Position | None = None
    skip: int = 0

    @classmethod
    def of(cls, request: Request) -> "Continuation":
        """The continuation of the header; raises BadRequestError for one that is not ours."""
        header = request.header("x-ms-continuation")
        if header is None:
            return cls()
        try:
            after, skip = decode(base64.b64decode(header, validate=True))
            if not (_is_position(after) and type(skip) is int and skip >= 0):
                raise ValueError("not a continuation of ours")
            return cls(None if after is None else (after[0], after[1], after[2]), skip)
        except (ValueError, TypeError, InvalidJsonError):
            raise BadRequestError("Invalid Continuation Token") from None

    def token(self) -> str:
        """The text that `of` reads."""
        return base64.b64encode(encode([self.after, self.skip])).decode()


def _is_position(value: Any) -> bool:
    if value is None:
        return True
    return isinstance(value, list) and len(value) == 3 and all(isinstance(part, str) for part in value)


@dataclass(slots=True)
class Page:
    """Results as JSON texts; `next` is None on the last page."""

    limit: int
    items: list[bytes] = field(default_factory=list)
    size: int = 0
    next: Continuation | None = None

    def add(self, item: bytes) -> bool:
        """Take the result, unless the page is full; an empty page takes any."""
        if len(self.items) >= self.limit or (self.items and self.size + len(item) > MAX_PAGE_BYTES):
            return False
        self.items.append(item)
        self.size += len(item)
        return True


def page_limit(request: Request) -> int:
    """Most results of a page: x-ms-max-item-count, 100 without it, 1000 if the server may choose (-1)."""
    header = request.header("x-ms-max-item-count")
    if header is None:
        return DEFAULT_ITEMS
    try:
        count = int(header)
    except ValueError:
        raise BadRequestError(f"x-ms-max-item-count '{header[:20]}' is no number.") from None
    return count if 0 < count <= MOST_ITEMS else MOST_ITEMS


def streamed(statement: Statement, records: Iterable[Record], start: Continuation, limit: int) -> Page:
    """A page of a query whose results depend on one document each; `records` begin after `start`."""
    page = Page(limit)
    position, skip = start.after, start.skip
    for record in records:
        for index, item in enumerate(islice(_results(statement, record), skip, None), skip):
            if not page.add(item):
                page.next = Continuation(position, index)
                return page
        position, skip = (record.epk, record.pk, record.id), 0
    return page


def _results(statement: Statement, record: Record) -> Iterator[bytes]:
    query = statement.query
    if query.whole_documents:
        if query.where is None or query.where((statement.parameters, record.document)) is True:
            yield record.body
        return
    yield from map(encode, query.of_document(record.document, statement.parameters))


def collected(statement: Statement, records: Iterable[Record], start: Continuation, limit: int) -> Page:
    """A page of a query that needs all its documents first."""
    page = Page(limit)
    results = statement.query.run((record.document for record in records), statement.parameters)
    for index, result in enumerate(islice(results, start.skip, None), start.skip):
        if not page.add(encode(result)):
            page.next = Continuation(None, index)
            return page
    return page
