"""Rows of an entity set, page by page: read by the same question as the dashboard, a step of time after the other."""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from functions.usecases.metrics import Metrics
from functions.usecases.metrics_query import MetricsQuery
from functions.usecases.metrics_tables import rows
from functions.usecases.odata.errors import InvalidQueryError
from functions.usecases.odata.filters import Row
from functions.usecases.odata.question import Question
from functions.usecases.odata.sets import EntitySet

PAGE = 5_000
"""Rows of a page at most."""
MOST_CHUNKS = 92
"""Steps of time that are read for a page: days, of most sets."""
MOST_ROWS = 100_000
"""Rows that are counted or sorted."""
_MINUTE = timedelta(minutes=1)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class _WholeTable(MetricsQuery):
    """A question for all rows of a table."""

    @property
    def page(self) -> slice:
        return slice(0, MOST_ROWS)


@dataclass(frozen=True, slots=True)
class Page:
    """Rows as they are asked for; `following` are the options that ask for the next page, None after the last."""

    rows: Sequence[Row]
    count: int | None = None
    following: Mapping[str, str] | None = None


@dataclass(frozen=True, slots=True)
class ReadSet:
    """The use case. Everything raises `StoreUnavailableError` as well."""

    read_metrics: Callable[[MetricsQuery], Awaitable[Metrics]]
    clock: Callable[[], datetime]

    async def page(self, of: EntitySet, question: Question, size: int = PAGE) -> Page:
        """A page of at most `size` rows; raises `InvalidQueryError`."""
        if question.order or question.count:
            return await self._gathered(of, question, size)
        return await self._next(of, question, size)

    async def count(self, of: EntitySet, question: Question) -> int:
        """The number of all rows; raises `InvalidQueryError`."""
        return len(await self._all(of, question))

    async def _next(self, of: EntitySet, question: Question, size: int) -> Page:
        """Rows in the set's own order: they are read as they are needed, and a page begins after the one before."""
        found, skip, most = list[Row](), question.skip, question.most(size)
        for place, chunk in enumerate(_chunks(of, question, self.clock()) if most else ()):
            if place == MOST_CHUNKS:
                return _page(found, question, question.following(len(found), after=(chunk,), skip=skip))
            async for row in self._rows(of, question, chunk):
                if skip:
                    skip -= 1
                    continue
                found.append(row)
                if len(found) == most:
                    return _page(found, question, question.following(most, after=_key(row, of)))
        return _page(found, question)

    async def _gathered(self, of: EntitySet, question: Question, size: int) -> Page:
        """Rows that must all be known: to be counted, or for their order."""
        everything = await self._all(of, question)
        for name, descending in reversed(question.order):
            everything.sort(key=lambda row: (row[name] is not None, row[name]), reverse=descending)
        end = question.skip + question.most(size)
        found, following = everything[question.skip : end], None
        if len(everything) > end and question.order:
            following = question.following(len(found), skip=end)
        elif len(everything) > end and found:
            following = question.following(len(found), after=_key(found[-1], of))
        return _page(found, question, following, len(everything) if question.count else None)

    async def _all(self, of: EntitySet, question: Question) -> list[Row]:
        found = list[Row]()
        for chunk in _chunks(of, question, self.clock()):
            found += [row async for row in self._rows(of, question, chunk)]
            if len(found) > MOST_ROWS:
                raise InvalidQueryError(f"More than {MOST_ROWS} rows are not counted or sorted: filter by `start`.")
        return found

    async def _rows(self, of: EntitySet, question: Question, chunk: datetime) -> AsyncIterator[Row]:
        """The rows of a step of time that are asked for, in the order of their keys."""
        kind = MetricsQuery if of.dated else _WholeTable
        metrics = await self.read_metrics(kind(start=chunk, end=chunk + of.chunk * _MINUTE, top=1))
        read: list[dict[str, Any]] = [row.model_dump(by_alias=True) for row in rows(metrics, of.table)]
        if not of.dated:
            read = sorted(({"start": chunk, **row} for row in read), key=lambda row: _key(row, of))
        for row in read:
            if question.filter.test(row) and (not question.after or _key(row, of) > question.after):
                yield row


def _chunks(of: EntitySet, question: Question, now: datetime) -> Iterator[datetime]:
    """The beginnings of the steps of time in which rows may be that are asked for."""
    first, last = now - timedelta(days=of.days), now
    for name, comparison, value in question.filter.required:
        if name == "start" and value is not None:
            first = max(first, value) if comparison in ("eq", "ge", "gt") else first
            last = min(last, value) if comparison in ("eq", "le", "lt") else last
    if question.after:
        first = max(first, question.after[0])
    width = of.chunk * _MINUTE
    chunk = _EPOCH + (first - _EPOCH) // width * width
    while chunk <= last:
        yield chunk
        chunk += width


def _page(
    found: Sequence[Row], question: Question, following: Mapping[str, str] | None = None, count: int | None = None
) -> Page:
    chosen = [{name: row[name] for name in question.select} for row in found] if question.select else found
    return Page(chosen, count, following)


def _key(row: Row, of: EntitySet) -> tuple[Any, ...]:
    return tuple(row[name] for name in of.key)
