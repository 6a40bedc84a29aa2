"""Syntax tree of a query: frozen, so that equal expressions compare equal."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Literal:
    """A constant: null, bool, number or string."""

    value: bool | int | float | str | None


@dataclass(frozen=True, slots=True)
class UndefinedLiteral:
    """The constant `undefined`."""


@dataclass(frozen=True, slots=True)
class Parameter:
    """`@name`."""

    name: str


@dataclass(frozen=True, slots=True)
class Name:
    """An alias that a FROM clause introduces."""

    name: str


@dataclass(frozen=True, slots=True)
class Member:
    """`of.key` or `of[key]`."""

    of: "Expression"
    key: "Expression"


@dataclass(frozen=True, slots=True)
class Unary:
    """`NOT x`, `-x`, `+x`, `~x`."""

    operator: str
    operand: "Expression"


@dataclass(frozen=True, slots=True)
class Binary:
    """Comparison, arithmetic, concatenation and bits."""

    operator: str
    left: "Expression"
    right: "Expression"


@dataclass(frozen=True, slots=True)
class And:
    """All terms true; flat, because clients generate thousands of terms."""

    terms: tuple["Expression", ...]


@dataclass(frozen=True, slots=True)
class Or:
    """Any term true."""

    terms: tuple["Expression", ...]


@dataclass(frozen=True, slots=True)
class Conditional:
    """`condition ? yes : no`."""

    condition: "Expression"
    yes: "Expression"
    no: "Expression"


@dataclass(frozen=True, slots=True)
class Coalesce:
    """The first defined operand of `a ?? b ?? c`."""

    operands: tuple["Expression", ...]


@dataclass(frozen=True, slots=True)
class In:
    """`operand IN (choices)`."""

    operand: "Expression"
    choices: tuple["Expression", ...]


@dataclass(frozen=True, slots=True)
class Like:
    """`operand LIKE pattern ESCAPE escape`."""

    operand: "Expression"
    pattern: "Expression"
    escape: str | None


@dataclass(frozen=True, slots=True)
class Array:
    """`[a, b]`."""

    items: tuple["Expression", ...]


@dataclass(frozen=True, slots=True)
class Object:
    """`{"a": x}`."""

    properties: tuple[tuple[str, "Expression"], ...]


@dataclass(frozen=True, slots=True)
class Call:
    """A built-in function or aggregate, name in upper case."""

    name: str
    arguments: tuple["Expression", ...]


@dataclass(frozen=True, slots=True)
class Subquery:
    """A nested query: EXISTS(...), ARRAY(...) or, as SCALAR, a query in parentheses."""

    kind: str
    query: "Select"


@dataclass(frozen=True, slots=True)
class Slot:
    """A value that is computed already: a group key or an aggregate (made by the compiler, never parsed)."""

    index: int


type Expression = (
    Literal
    | UndefinedLiteral
    | Parameter
    | Name
    | Member
    | Unary
    | Binary
    | And
    | Or
    | Conditional
    | Coalesce
    | In
    | Like
    | Array
    | Object
    | Call
    | Subquery
    | Slot
)


@dataclass(frozen=True, slots=True)
class Item:
    """One projected expression and its alias, if it has one."""

    expression: Expression
    alias: str | None


@dataclass(frozen=True, slots=True)
class Source:
    """One input of FROM or JOIN; `iterate` for `alias IN expression`."""

    alias: str
    expression: "Expression | Select"
    iterate: bool


@dataclass(frozen=True, slots=True)
class Order:
    """One ORDER BY expression."""

    expression: Expression
    descending: bool


@dataclass(frozen=True, slots=True)
class Select:
    """A whole query. `items` is empty for `SELECT *`; `top`, `offset` and `limit` are literals or parameters."""

    items: tuple[Item, ...] = ()
    value: bool = False
    distinct: bool = False
    top: Expression | None = None
    sources: tuple[Source, ...] = ()
    where: Expression | None = None
    group: tuple[Expression, ...] = ()
    order: tuple[Order, ...] = ()
    offset: Expression | None = None
    limit: Expression | None = None

    @property
    def star(self) -> bool:
        """Whether this is `SELECT *`."""
        return not self.items
