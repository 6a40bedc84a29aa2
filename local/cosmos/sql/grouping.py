"""GROUP BY and aggregates: rows to one row for each group."""

from collections.abc import Iterable
from dataclasses import dataclass

from local.cosmos.sql.aggregates import AGGREGATES, Aggregate, is_aggregate
from local.cosmos.sql.errors import QueryError
from local.cosmos.sql.evaluator import evaluator
from local.cosmos.sql.scope import PARAMETERS_SLOT, Evaluator, Parameters, Row, Scope
from local.cosmos.sql.syntax import Call, Expression, Item, Name, Select, Slot
from local.cosmos.sql.tree import rewrite, walk
from local.cosmos.sql.values import sort_key


def is_grouped(query: Select) -> bool:
    """Whether the query makes groups: GROUP BY, or an aggregate in the projection."""
    return bool(query.group) or any(map(is_aggregate, walk(query.items)))


@dataclass(frozen=True, slots=True)
class Grouping:
    """Turns rows of the sources into rows (parameters, key 1, ..., aggregate 1, ...)."""

    keys: tuple[Evaluator, ...]
    aggregates: tuple[tuple[Aggregate, Evaluator], ...]

    def rows(self, rows: Iterable[Row], parameters: Parameters) -> Iterable[Row]:
        """One row for each group; without GROUP BY there is always exactly one."""
        groups: dict[object, list[Row]] = {} if self.keys else {(): []}
        for row in rows:
            groups.setdefault(tuple(sort_key(key(row)) for key in self.keys), []).append(row)
        return (self._row(members, parameters) for members in groups.values())

    def _row(self, members: list[Row], parameters: Parameters) -> Row:
        keys = tuple(key(members[0]) for key in self.keys)
        aggregated = tuple(aggregate(map(value, members)) for aggregate, value in self.aggregates)
        return (parameters, *keys, *aggregated)


def group(query: Select, scope: Scope) -> tuple[Grouping, tuple[Item, ...]]:
    """The grouping of a query, and its items rewritten to read the rows that the grouping makes."""
    if query.star:
        raise QueryError("'SELECT *' is not valid with GROUP BY.")
    calls: list[Call] = []
    slots: dict[Expression, int] = {key: index + PARAMETERS_SLOT + 1 for index, key in enumerate(query.group)}

    def replace(node: object) -> Expression | None:
        if is_aggregate(node) and isinstance(node, Call):
            calls.append(node)
            return Slot(len(query.group) + len(calls) + PARAMETERS_SLOT)
        return next((Slot(slot) for key, slot in slots.items() if key == node), None)

    items = tuple(Item(rewrite(item.expression, replace), item.alias) for item in query.items)
    _check_only_groups(items)
    keys = tuple(evaluator(key, scope) for key in query.group)
    return Grouping(keys, tuple(_aggregate(call, scope) for call in calls)), items


def _aggregate(call: Call, scope: Scope) -> tuple[Aggregate, Evaluator]:
    if len(call.arguments) != 1:
        raise QueryError(f"The {call.name} function takes 1 argument.")
    if any(map(is_aggregate, walk(call.arguments))):
        raise QueryError("Cannot perform an aggregate function on an expression containing an aggregate.")
    return AGGREGATES[call.name], evaluator(call.arguments[0], scope)


def _check_only_groups(items: tuple[Item, ...]) -> None:
    for node in walk(items):
        if isinstance(node, Name):
            raise QueryError(
                f"Property reference '{node.name}' is invalid in the select list because it is not contained in "
                "either an aggregate function or the GROUP BY clause."
            )
