"""Query plans: how a client splits a query over physical ranges and merges what comes back.

The shape is PartitionedQueryExecutionInfo, version 2, of the public SDKs.
"""

import dataclasses
from dataclasses import dataclass, field
from typing import Any

from local.cosmos.sql.aggregates import is_aggregate
from local.cosmos.sql.compiler import amount, column_names
from local.cosmos.sql.errors import QueryError
from local.cosmos.sql.grouping import is_grouped
from local.cosmos.sql.printer import print_query
from local.cosmos.sql.scope import Parameters
from local.cosmos.sql.syntax import (
    Array,
    Call,
    Expression,
    Item,
    Literal,
    Member,
    Name,
    Object,
    Select,
)
from local.cosmos.sql.tree import walk

_AGGREGATE_NAMES = {
    "COUNT": "Count", "COUNTIF": "CountIf", "SUM": "Sum", "AVG": "Average", "MIN": "Min", "MAX": "Max",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class QueryPlan:
    """What the client must do; `rewritten` is the query that it sends to each range."""

    query: Select
    rewritten: Select | None
    top: int | None
    offset: int | None
    limit: int | None
    aggregates: list[str] = field(default_factory=list)
    aggregate_by_alias: dict[str, str | None] = field(default_factory=dict)

    def query_info(self) -> dict[str, Any]:
        """The `queryInfo` of the wire format."""
        return {
            "distinctType": "Unordered" if self.query.distinct else "None",
            "top": self.top,
            "offset": self.offset,
            "limit": self.limit,
            "orderBy": ["Descending" if order.descending else "Ascending" for order in self.query.order],
            "orderByExpressions": [],
            "groupByExpressions": [str(index) for index, _ in enumerate(self.query.group)],
            "groupByAliases": list(self.aggregate_by_alias) if self.query.group else [],
            "aggregates": self.aggregates,
            "groupByAliasToAggregateType": self.aggregate_by_alias,
            "rewrittenQuery": "" if self.rewritten is None else print_query(self.rewritten),
            "hasSelectValue": self.query.value,
            "hasNonStreamingOrderBy": False,
            "dCountInfo": None,
        }


def plan(query: Select, parameters: Parameters, features: frozenset[str]) -> QueryPlan:
    """Plan for clients that can merge what `features` says; raises QueryError for anything else."""
    top = amount(query.top, parameters)
    offset, limit = amount(query.offset, parameters), amount(query.limit, parameters)
    if is_grouped(query):
        return _grouped_plan(query, top, offset, limit, features)
    needed = top if limit is None else limit + (offset or 0)
    rewritten: Select | None = None
    if query.order:
        rewritten = _ordered(query)
    elif needed is not None:
        rewritten = query
    if rewritten is not None:
        # Duplicates of an ordered query go in the client, so a range cannot know how many results are enough.
        unlimited = needed is None or (query.distinct and query.order)
        limited = None if unlimited else Literal(needed)
        rewritten = dataclasses.replace(rewritten, top=limited, offset=None, limit=None)
    return QueryPlan(query, rewritten, top, offset, limit)


def _ordered(query: Select) -> Select:
    """Each result with the values to merge by: `{_rid, orderByItems: [{item}], payload}`."""
    root = Name(query.sources[0].alias)
    items = Array(tuple(Object((("item", order.expression),)) for order in query.order))
    return dataclasses.replace(
        query,
        value=False,
        distinct=False,
        items=(
            Item(Member(root, Literal("_rid")), "_rid"),
            Item(items, "orderByItems"),
            Item(_payload(query, root), "payload"),
        ),
    )


def _payload(query: Select, root: Name) -> Expression:
    if query.star:
        return root
    if query.value:
        return query.items[0].expression
    names = column_names(query.items)
    return Object(tuple((name, item.expression) for name, item in zip(names, query.items, strict=True)))


def _grouped_plan(
    query: Select, top: int | None, offset: int | None, limit: int | None, features: frozenset[str]
) -> QueryPlan:
    if query.group and "GroupBy" not in features:
        raise QueryError(
            "Query contains 1 or more unsupported features. Upgrade your SDK to a version that does support the "
            "requested features: Query contained GroupBy, which the calling client does not support."
        )
    names = ["$1"] if query.value else column_names(query.items)
    kinds = {name: _aggregate_of(item.expression) for name, item in zip(names, query.items, strict=True)}
    partials = [_partial(item.expression) for item in query.items]
    payload: Expression = (
        _value_payload(query, partials[0]) if query.value else Object(tuple(zip(names, partials, strict=True)))
    )
    if query.group:
        keys = Array(tuple(Object((("item", key),)) for key in query.group))
        items = (Item(keys, "groupByItems"), Item(payload, "payload"))
        rewritten = dataclasses.replace(query, value=False, items=items)
    elif query.value:
        rewritten = dataclasses.replace(query, items=(Item(payload, None),))
    else:
        rewritten = dataclasses.replace(query, items=(Item(payload, "payload"),))
    rewritten = dataclasses.replace(rewritten, distinct=False, top=None, offset=None, limit=None)
    # A client that merges by alias takes any list as a sign of VALUE; one that cannot refuses the query by it.
    by_alias = not query.value and (query.group or "NonValueAggregate" in features)
    aggregates = [] if by_alias else [kind for kind in kinds.values() if kind is not None]
    return QueryPlan(query, rewritten, top, offset, limit, aggregates, {} if query.value else kinds)


def _value_payload(query: Select, partial: Expression) -> Expression:
    return Array((partial,)) if is_aggregate(query.items[0].expression) else partial


def _aggregate_of(expression: Expression) -> str | None:
    """Kind of aggregate of a projected expression; None for a group key."""
    if isinstance(expression, Call) and is_aggregate(expression):
        return _AGGREGATE_NAMES[expression.name]
    if any(map(is_aggregate, walk(expression))):
        raise QueryError(
            "Compositions of aggregates and other expressions are not allowed in a cross-partition query."
        )
    return None


def _partial(expression: Expression) -> Expression:
    """What one range contributes: `{item}`, for MIN and MAX with the count beside it in `item2`."""
    if not isinstance(expression, Call) or not is_aggregate(expression):
        return expression
    counted = ("count", Call("COUNT", expression.arguments))
    if expression.name == "AVG":
        return Object((("item", Object((("sum", Call("SUM", expression.arguments)), counted))),))
    if expression.name in ("MIN", "MAX"):
        both = Object(((expression.name.lower(), expression), counted))
        return Object((("item", expression), ("item2", both)))
    return Object((("item", expression),))
