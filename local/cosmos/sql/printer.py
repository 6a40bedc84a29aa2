"""Syntax trees back to query text (the query plan rewrites queries that clients then send)."""

from local.cosmos.codec import encode
from local.cosmos.sql.syntax import (
    And,
    Array,
    Binary,
    Call,
    Coalesce,
    Conditional,
    Expression,
    In,
    Item,
    Like,
    Literal,
    Member,
    Name,
    Object,
    Or,
    Order,
    Parameter,
    Select,
    Slot,
    Source,
    Subquery,
    Unary,
    UndefinedLiteral,
)


def print_query(query: Select) -> str:
    """Text that parses to the same tree."""
    parts = ["SELECT"]
    if query.distinct:
        parts.append("DISTINCT")
    if query.top is not None:
        parts.append(f"TOP {print_expression(query.top)}")
    parts.append(_items(query))
    if query.sources:
        parts.append("FROM " + " JOIN ".join(map(_source, query.sources)))
    if query.where is not None:
        parts.append(f"WHERE {print_expression(query.where)}")
    if query.group:
        parts.append("GROUP BY " + _list(query.group))
    if query.order:
        parts.append("ORDER BY " + ", ".join(map(_order, query.order)))
    if query.offset is not None and query.limit is not None:
        parts.append(f"OFFSET {print_expression(query.offset)} LIMIT {print_expression(query.limit)}")
    return " ".join(parts)


def print_expression(expression: Expression) -> str:
    """Text of an expression; everything compound is in parentheses."""
    match expression:
        case Literal(value):
            return _literal(value)
        case UndefinedLiteral():
            return "undefined"
        case Parameter(name) | Name(name):
            return name
        case Member(of, key):
            return f"{print_expression(of)}[{print_expression(key)}]"
        case Unary(operator, operand):
            return f"({operator} {print_expression(operand)})"
        case Binary(operator, left, right):
            return f"({print_expression(left)} {operator} {print_expression(right)})"
        case And(terms):
            return f"({' AND '.join(map(print_expression, terms))})"
        case Or(terms):
            return f"({' OR '.join(map(print_expression, terms))})"
        case Coalesce(operands):
            return f"({' ?? '.join(map(print_expression, operands))})"
        case _:
            return _print_other(expression)


def _print_other(expression: Expression) -> str:
    match expression:
        case Conditional(condition, yes, no):
            return f"({print_expression(condition)} ? {print_expression(yes)} : {print_expression(no)})"
        case In(operand, choices):
            return f"({print_expression(operand)} IN ({_list(choices)}))"
        case Like(operand, pattern, escape):
            suffix = "" if escape is None else f" ESCAPE {_literal(escape)}"
            return f"({print_expression(operand)} LIKE {print_expression(pattern)}{suffix})"
        case Array(items):
            return f"[{_list(items)}]"
        case Object(properties):
            return "{" + ", ".join(f"{_literal(name)}: {print_expression(value)}" for name, value in properties) + "}"
        case Call(name, arguments):
            return f"{name}({_list(arguments)})"
        case Subquery(kind, query):
            return f"{'' if kind == 'SCALAR' else kind}({print_query(query)})"
        case Slot(index):
            raise ValueError(f"slot {index} has no text")
        case _:
            raise ValueError(f"{expression} has no text")


def _literal(value: object) -> str:
    return encode(value).decode()


def _list(expressions: tuple[Expression, ...]) -> str:
    return ", ".join(map(print_expression, expressions))


def _items(query: Select) -> str:
    if query.star:
        return "*"
    return ("VALUE " if query.value else "") + ", ".join(map(_item, query.items))


def _item(item: Item) -> str:
    return print_expression(item.expression) + (f" AS {_literal(item.alias)}" if item.alias is not None else "")


def _source(source: Source) -> str:
    origin = source.expression
    text = f"({print_query(origin)})" if isinstance(origin, Select) else print_expression(origin)
    return f"{source.alias} IN {text}" if source.iterate else f"{text} AS {source.alias}"


def _order(order: Order) -> str:
    return print_expression(order.expression) + (" DESC" if order.descending else " ASC")
