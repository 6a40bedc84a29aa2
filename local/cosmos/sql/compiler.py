"""Whole queries to something that runs over documents."""

import functools
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain, islice

from local.cosmos.sql.errors import QueryError
from local.cosmos.sql.evaluator import evaluator, projection
from local.cosmos.sql.grouping import Grouping, group, is_grouped
from local.cosmos.sql.parser import QueryParser, parse
from local.cosmos.sql.scope import Evaluator, Expander, Parameters, Row, Scope
from local.cosmos.sql.sources import expanders, root_scope
from local.cosmos.sql.syntax import Expression, Item, Literal, Name, Parameter, Select, Subquery
from local.cosmos.sql.tree import path_of
from local.cosmos.sql.values import UNDEFINED, Value, sort_key


@dataclass(frozen=True, slots=True)
class CompiledQuery:
    """A query ready to run. `rows` given to it start with the parameters and, at the top, the document."""

    syntax: Select
    expanders: tuple[Expander, ...]
    where: Evaluator | None
    grouping: Grouping | None
    project: Evaluator
    order: tuple[tuple[Evaluator, bool], ...]

    @property
    def streams(self) -> bool:
        """Whether each result depends on one document alone, so that a page can start at any document."""
        syntax = self.syntax
        sliced = syntax.top is not None or syntax.limit is not None
        return not (self.grouping or syntax.order or syntax.distinct or sliced)

    @property
    def whole_documents(self) -> bool:
        """Whether the results are the documents as they are stored."""
        return self.streams and self.syntax.star and not self.expanders

    def run(self, documents: Iterable[Value], parameters: Parameters) -> Iterator[Value]:
        """Results over the documents of a container; raises QueryError."""
        starts: Iterable[Row] = ((parameters, document) for document in documents)
        return self.results(starts if self.syntax.sources else [(parameters,)], parameters)

    def of_document(self, document: Value, parameters: Parameters) -> Iterable[Value]:
        """Results of a streaming query over one document; raises QueryError."""
        row: Row = (parameters, document)
        if self.expanders:
            return self.results([row], parameters)
        if self.where is not None and self.where(row) is not True:
            return ()
        value = self.project(row)
        return () if value is UNDEFINED else (value,)

    def results(self, starts: Iterable[Row], parameters: Parameters) -> Iterator[Value]:
        """Results over rows that the sources of the query extend."""
        rows = starts
        for expand in self.expanders:
            rows = chain.from_iterable(map(expand, rows))
        where = self.where
        if where is not None:
            rows = (row for row in rows if where(row) is True)
        if self.grouping is not None:
            rows = self.grouping.rows(rows, parameters)
        values = (value for row in self._sorted(rows) if (value := self.project(row)) is not UNDEFINED)
        return self._sliced(_distinct(values) if self.syntax.distinct else values, parameters)

    def _sorted(self, rows: Iterable[Row]) -> Iterable[Row]:
        if not self.order:
            return rows
        ordered = list(rows)
        for key, descending in reversed(self.order):
            ordered.sort(key=lambda row, key=key: sort_key(key(row)), reverse=descending)  # type: ignore[misc]
        return ordered

    def _sliced(self, values: Iterator[Value], parameters: Parameters) -> Iterator[Value]:
        syntax = self.syntax
        top = amount(syntax.top, parameters)
        if top is not None:
            values = islice(values, top)
        limit = amount(syntax.limit, parameters)
        if limit is None:
            return values
        offset = amount(syntax.offset, parameters) or 0
        return islice(values, offset, offset + limit)


def amount(expression: Expression | None, parameters: Parameters) -> int | None:
    """Value of TOP, OFFSET or LIMIT; raises QueryError unless it is a whole number of at least 0."""
    if expression is None:
        return None
    value = parameters[expression.name] if isinstance(expression, Parameter) else None
    value = expression.value if isinstance(expression, Literal) else value
    if type(value) is not int or value < 0:
        raise QueryError("TOP, OFFSET and LIMIT want a non-negative integer.")
    return value


@functools.lru_cache(512)
def compile_query(text: str) -> CompiledQuery:
    """The query, parsed and compiled; raises QueryError."""
    return _guarded(parse(text))


@functools.lru_cache(512)
def compile_condition(text: str) -> CompiledQuery:
    """The predicate of a patch (`FROM c WHERE ...`) as a query; raises QueryError."""
    try:
        return _guarded(QueryParser(text).condition())
    except RecursionError:
        raise QueryError("The condition is nested too deeply.") from None


def _guarded(query: Select) -> CompiledQuery:
    try:
        return _compile(query, root_scope(query), nested=False)
    except RecursionError:
        raise QueryError("The query is nested too deeply.") from None


def _compile(query: Select, scope: Scope, nested: bool) -> CompiledQuery:
    expand, scope = expanders(query, scope, nested, compile_nested)
    where = evaluator(query.where, scope) if query.where else None
    grouping, items = group(query, scope) if is_grouped(query) else (None, query.items)
    _check_clauses(query, nested)
    order = tuple((evaluator(order.expression, scope), order.descending) for order in query.order)
    return CompiledQuery(query, expand, where, grouping, _projection(query, items, scope), order)


def compile_nested(query: Select, scope: Scope) -> CompiledQuery:
    """A subquery within the scope of the query around it."""
    return _compile(query, scope, nested=True)


def _check_clauses(query: Select, nested: bool) -> None:
    if query.order and nested:
        raise QueryError("'ORDER BY' is not supported in subqueries.")
    if query.order and is_grouped(query):
        raise QueryError("'ORDER BY' is not supported together with GROUP BY or aggregates.")
    if query.top is not None and query.limit is not None:
        raise QueryError("'TOP' is not supported together with OFFSET LIMIT.")


def _projection(query: Select, items: tuple[Item, ...], scope: Scope) -> Evaluator:
    if query.star:
        if len(query.sources) != 1:
            raise QueryError("'SELECT *' is only valid with a single input set.")
        return evaluator(Name(query.sources[0].alias), scope)
    if query.value:
        return evaluator(items[0].expression, scope)
    names = column_names(query.items)
    return projection([(name, evaluator(item.expression, scope)) for name, item in zip(names, items, strict=True)])


def column_names(items: tuple[Item, ...]) -> list[str]:
    """Name of each projected property: its alias, the last name of a path, or `$1`, `$2`, ..."""
    names: list[str] = []
    unnamed = 0
    for item in items:
        name = item.alias or _implied_name(item.expression)
        if name is None:
            unnamed += 1
            name = f"${unnamed}"
        names.append(name)
    return names


def _implied_name(expression: Expression) -> str | None:
    path = path_of(expression)
    return None if path is None else (path[1] or (path[0],))[-1]


def _distinct(values: Iterable[Value]) -> Iterator[Value]:
    seen: set[object] = set()
    for value in values:
        key = sort_key(value)
        if key not in seen:
            seen.add(key)
            yield value


@evaluator.register
def _(expression: Subquery, scope: Scope) -> Evaluator:
    nested = compile_nested(expression.query, scope)

    def results(row: Row) -> Iterator[Value]:
        return nested.results([row], row[0])

    if expression.kind == "EXISTS":
        return lambda row: any(True for _ in results(row))
    if expression.kind == "ARRAY":
        return lambda row: list(results(row))
    return lambda row: next(results(row), UNDEFINED)
