"""FROM and JOIN: which names they introduce and how they extend a row."""

from collections.abc import Callable, Iterable
from typing import Protocol

from local.cosmos.sql.errors import QueryError
from local.cosmos.sql.evaluator import evaluator
from local.cosmos.sql.scope import Evaluator, Expander, Parameters, Row, Scope
from local.cosmos.sql.syntax import Member, Name, Select, Source
from local.cosmos.sql.values import UNDEFINED, Value


class Nested(Protocol):
    """A compiled subquery."""

    def results(self, starts: Iterable[Row], parameters: Parameters) -> Iterable[Value]:
        """Results over the rows."""


type CompileNested = Callable[[Select, Scope], Nested]


def root_scope(query: Select) -> Scope:
    """Scope of a query over a container: the name that FROM begins with stands for the document."""
    if not query.sources:
        return Scope()
    origin = query.sources[0].expression
    if isinstance(origin, Select):
        raise QueryError("A subquery as the first input of FROM is not supported.")
    while isinstance(origin, Member):
        origin = origin.of
    return Scope().with_name(origin.name if isinstance(origin, Name) else "")


def expanders(
    query: Select, scope: Scope, nested: bool, compile_nested: CompileNested
) -> tuple[tuple[Expander, ...], Scope]:
    """How each input extends a row, and the scope that the rest of the query sees."""
    made: list[Expander] = []
    for index, source in enumerate(query.sources):
        if index == 0 and not nested and isinstance(source.expression, Name) and not source.iterate:
            scope = Scope({source.alias: 1}, scope.width)
            continue
        made.append(_expander(source, scope, compile_nested))
        visible = {} if index == 0 and not nested else scope.slots
        if source.alias in visible and not nested:
            raise QueryError(f"The input alias '{source.alias}' is specified more than once in the FROM clause.")
        scope = Scope({**visible, source.alias: scope.width}, scope.width + 1)
    return tuple(made), scope


def _expander(source: Source, scope: Scope, compile_nested: CompileNested) -> Expander:
    if isinstance(source.expression, Select):
        return _each_result(compile_nested(source.expression, scope), source.iterate)
    value = evaluator(source.expression, scope)
    return _each_element(value) if source.iterate else _itself(value)


def _itself(value: Evaluator) -> Expander:
    def expand(row: Row) -> Iterable[Row]:
        found = value(row)
        return () if found is UNDEFINED else ((*row, found),)

    return expand


def _each_element(value: Evaluator) -> Expander:
    def expand(row: Row) -> Iterable[Row]:
        found = value(row)
        return [(*row, element) for element in found] if type(found) is list else ()

    return expand


def _each_result(query: Nested, iterate: bool) -> Expander:
    def expand(row: Row) -> Iterable[Row]:
        for result in query.results([row], row[0]):
            if not iterate:
                yield (*row, result)
            elif type(result) is list:
                yield from ((*row, element) for element in result)

    return expand
