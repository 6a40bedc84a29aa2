"""Expressions to closures: each takes a row and gives a value."""

from collections.abc import Callable
from functools import singledispatch

from local.cosmos.sql.errors import QueryError, UnknownFunctionError
from local.cosmos.sql.functions import FUNCTIONS
from local.cosmos.sql.operators import BINARY, UNARY, like
from local.cosmos.sql.scope import PARAMETERS_SLOT, Evaluator, Row, Scope
from local.cosmos.sql.syntax import (
    And,
    Array,
    Binary,
    Call,
    Coalesce,
    Conditional,
    In,
    Like,
    Literal,
    Member,
    Name,
    Object,
    Or,
    Parameter,
    Slot,
    Unary,
    UndefinedLiteral,
)
from local.cosmos.sql.values import UNDEFINED, Value, member, sort_key


@singledispatch
def evaluator(expression: object, _scope: Scope) -> Evaluator:
    """Closure that computes the expression over rows of the scope; raises QueryError."""
    raise QueryError(f"{type(expression).__name__} is not supported here.")


@evaluator.register
def _(expression: Literal, _scope: Scope) -> Evaluator:
    value = expression.value
    return lambda _row: value


@evaluator.register
def _(_expression: UndefinedLiteral, _scope: Scope) -> Evaluator:
    return lambda _row: UNDEFINED


@evaluator.register
def _(expression: Parameter, _scope: Scope) -> Evaluator:
    name = expression.name
    return lambda row: row[PARAMETERS_SLOT][name]


@evaluator.register
def _(expression: Name, scope: Scope) -> Evaluator:
    slot = scope.slot(expression.name)
    return lambda row: row[slot]


@evaluator.register
def _(expression: Slot, _scope: Scope) -> Evaluator:
    slot = expression.index
    return lambda row: row[slot]


@evaluator.register
def _(expression: Member, scope: Scope) -> Evaluator:
    of = evaluator(expression.of, scope)
    if not isinstance(expression.key, Literal):
        key = evaluator(expression.key, scope)
        return lambda row: member(of(row), key(row))
    constant = expression.key.value
    if type(constant) is not str:
        return lambda row: member(of(row), constant)
    return _property_of(of, constant)


def _property_of(of: Evaluator, name: str) -> Evaluator:
    def evaluate(row: Row) -> Value:
        value = of(row)
        return value.get(name, UNDEFINED) if type(value) is dict else UNDEFINED

    return evaluate


@evaluator.register
def _(expression: Unary, scope: Scope) -> Evaluator:
    apply = UNARY[expression.operator]
    operand = evaluator(expression.operand, scope)
    return lambda row: apply(operand(row))


@evaluator.register
def _(expression: Binary, scope: Scope) -> Evaluator:
    apply = BINARY[expression.operator]
    left, right = evaluator(expression.left, scope), evaluator(expression.right, scope)
    return lambda row: apply(left(row), right(row))


@evaluator.register
def _(expression: And, scope: Scope) -> Evaluator:
    return _decided_by(False, [evaluator(term, scope) for term in expression.terms])


@evaluator.register
def _(expression: Or, scope: Scope) -> Evaluator:
    return _decided_by(True, [evaluator(term, scope) for term in expression.terms])


def _decided_by(decisive: bool, terms: list[Evaluator]) -> Evaluator:
    """Three-valued logic: one decisive term decides, else all must be the opposite, else undefined."""

    def evaluate(row: Row) -> Value:
        known = True
        for term in terms:
            value = term(row)
            if value is decisive:
                return decisive
            known = known and type(value) is bool
        return (not decisive) if known else UNDEFINED

    return evaluate


@evaluator.register
def _(expression: Conditional, scope: Scope) -> Evaluator:
    condition = evaluator(expression.condition, scope)
    yes, no = evaluator(expression.yes, scope), evaluator(expression.no, scope)
    return lambda row: yes(row) if condition(row) is True else no(row)


@evaluator.register
def _(expression: Coalesce, scope: Scope) -> Evaluator:
    operands = [evaluator(operand, scope) for operand in expression.operands]

    def evaluate(row: Row) -> Value:
        for operand in operands:
            value = operand(row)
            if value is not UNDEFINED:
                return value
        return UNDEFINED

    return evaluate


@evaluator.register
def _(expression: In, scope: Scope) -> Evaluator:
    operand = evaluator(expression.operand, scope)
    choices = [evaluator(choice, scope) for choice in expression.choices]
    constant = all(isinstance(choice, Literal | Parameter) for choice in expression.choices)
    keys = _once_for_each_request(choices) if constant else lambda row: {sort_key(choice(row)) for choice in choices}

    def evaluate(row: Row) -> Value:
        value = operand(row)
        return UNDEFINED if value is UNDEFINED else sort_key(value) in keys(row)

    return evaluate


def _once_for_each_request(choices: list[Evaluator]) -> Callable[[Row], frozenset[object]]:
    """Keys of constant choices, made when the parameters change: thousands of ids are one set."""
    made_for: object = None
    keys: frozenset[object] = frozenset()

    def evaluate(row: Row) -> frozenset[object]:
        nonlocal made_for, keys
        if row[PARAMETERS_SLOT] is not made_for:
            made_for, keys = row[PARAMETERS_SLOT], frozenset(sort_key(choice(row)) for choice in choices)
        return keys

    return evaluate


@evaluator.register
def _(expression: Like, scope: Scope) -> Evaluator:
    operand, pattern = evaluator(expression.operand, scope), evaluator(expression.pattern, scope)
    escape = expression.escape
    return lambda row: like(operand(row), pattern(row), escape)


@evaluator.register
def _(expression: Array, scope: Scope) -> Evaluator:
    items = [evaluator(item, scope) for item in expression.items]
    return lambda row: [value for item in items if (value := item(row)) is not UNDEFINED]


@evaluator.register
def _(expression: Object, scope: Scope) -> Evaluator:
    return projection([(name, evaluator(value, scope)) for name, value in expression.properties])


def projection(properties: list[tuple[str, Evaluator]]) -> Evaluator:
    """Closure that makes an object of the properties that are defined."""
    return lambda row: {name: value for name, make in properties if (value := make(row)) is not UNDEFINED}


@evaluator.register
def _(expression: Call, scope: Scope) -> Evaluator:
    function = FUNCTIONS.get(expression.name)
    if function is None:
        raise UnknownFunctionError(f"'{expression.name}' is not a recognized built-in function name.")
    if not function.least <= len(expression.arguments) <= function.most:
        raise QueryError(f"The {expression.name} function does not take {len(expression.arguments)} argument(s).")
    apply = function.apply
    arguments = [evaluator(argument, scope) for argument in expression.arguments]
    if len(arguments) == 1:
        only = arguments[0]
        return lambda row: apply(only(row))
    return lambda row: apply(*[argument(row) for argument in arguments])
