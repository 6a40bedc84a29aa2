"""Walking and rewriting syntax trees; nested queries are left alone."""

import dataclasses
from collections.abc import Callable, Iterator
from typing import Any, cast

from local.cosmos.sql.syntax import Expression, Literal, Member, Name, Select, Subquery


def walk(node: Any) -> Iterator[Any]:
    """Every node of an expression, from the top down."""
    yield node
    if isinstance(node, Select | Subquery):
        return
    for child in _children(node):
        yield from walk(child)


def rewrite(expression: Expression, replacement: Callable[[Any], Expression | None]) -> Expression:
    """The expression with each topmost node replaced for which `replacement` gives something."""
    return cast(Expression, _rewrite(expression, replacement))


def path_of(expression: Expression) -> tuple[str, tuple[str, ...]] | None:
    """`c.a["b"]` as ("c", ("a", "b")); None for anything but a path of names."""
    names: list[str] = []
    while isinstance(expression, Member):
        if not isinstance(expression.key, Literal) or not isinstance(expression.key.value, str):
            return None
        names.append(expression.key.value)
        expression = expression.of
    return (expression.name, tuple(reversed(names))) if isinstance(expression, Name) else None


def _children(node: Any) -> Iterator[Any]:
    if isinstance(node, tuple):
        yield from node
    elif dataclasses.is_dataclass(node):
        for field in dataclasses.fields(node):
            yield getattr(node, field.name)


def _rewrite(node: Any, replacement: Callable[[Any], Expression | None]) -> Any:
    replaced = replacement(node)
    if replaced is not None:
        return replaced
    if isinstance(node, tuple):
        return tuple(_rewrite(child, replacement) for child in node)
    if not dataclasses.is_dataclass(node) or isinstance(node, type | Select | Subquery):
        return node
    fields = {field.name: _rewrite(getattr(node, field.name), replacement) for field in dataclasses.fields(node)}
    return dataclasses.replace(node, **fields)
