"""What a WHERE clause says about the value of one path: enough to read few partitions instead of all."""

from collections.abc import Sequence

from local.cosmos.sql.scope import Parameters
from local.cosmos.sql.syntax import And, Binary, Expression, In, Literal, Name, Or, Parameter, Select
from local.cosmos.sql.tree import path_of
from local.cosmos.sql.values import Value, sort_key

_NOTHING_KNOWN = None


def possible_values(query: Select, path: Sequence[str], parameters: Parameters) -> list[Value] | None:
    """Values that the path can have in a document that the query finds; None if it can have any."""
    if query.where is None or not _is_over_documents(query):
        return None
    found = _possible(query.where, (query.sources[0].alias, tuple(path)), parameters)
    return None if found is None else list(found.values())


def _is_over_documents(query: Select) -> bool:
    """Whether the first alias stands for whole documents and not for a part of them."""
    source = query.sources[0] if query.sources else None
    return source is not None and not source.iterate and isinstance(source.expression, Name)


def _possible(
    expression: Expression, path: tuple[str, tuple[str, ...]], parameters: Parameters
) -> dict[object, Value] | None:
    match expression:
        case And(terms):
            known = [values for term in terms if (values := _possible(term, path, parameters)) is not None]
            return min(known, key=len, default=None)
        case Or(terms):
            return _any_of([_possible(term, path, parameters) for term in terms])
        case Binary("=", left, right):
            return _equality(left, right, path, parameters) or _equality(right, left, path, parameters)
        case In(operand, choices) if path_of(operand) == path:
            return _any_of([_constant(choice, parameters) for choice in choices])
    return _NOTHING_KNOWN


def _any_of(alternatives: list[dict[object, Value] | None]) -> dict[object, Value] | None:
    merged: dict[object, Value] = {}
    for values in alternatives:
        if values is None:
            return None
        merged |= values
    return merged


def _equality(
    side: Expression, other: Expression, path: tuple[str, tuple[str, ...]], parameters: Parameters
) -> dict[object, Value] | None:
    return _constant(other, parameters) if path_of(side) == path else None


def _constant(expression: Expression, parameters: Parameters) -> dict[object, Value] | None:
    match expression:
        case Literal(value):
            pass
        case Parameter(name):
            value = parameters[name]
        case _:
            return None
    return {sort_key(value): value}
