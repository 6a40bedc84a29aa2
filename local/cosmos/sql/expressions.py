"""Parser of scalar expressions, one method for each level of precedence."""

from collections.abc import Callable

from local.cosmos.sql.cursor import Cursor
from local.cosmos.sql.lexer import Kind
from local.cosmos.sql.syntax import (
    And,
    Array,
    Binary,
    Call,
    Coalesce,
    Conditional,
    Expression,
    In,
    Like,
    Literal,
    Member,
    Name,
    Object,
    Or,
    Parameter,
    Select,
    Subquery,
    Unary,
    UndefinedLiteral,
)

_COMPARISONS = ("=", "!=", "<>", "<", ">", "<=", ">=")
# From the loosest to the tightest.
_BINARY_LEVELS = (("|",), ("^",), ("&",), ("<<", ">>", ">>>"), ("||",), ("+", "-"), ("*", "/", "%"))
_CONSTANTS: dict[str, Expression] = {
    "TRUE": Literal(True),
    "FALSE": Literal(False),
    "NULL": Literal(None),
    "UNDEFINED": UndefinedLiteral(),
}
# Keywords that are names of functions too.
_CALLABLE_KEYWORDS = ("VALUE", "GROUP", "ORDER")


class ExpressionParser(Cursor):
    """Parses expressions; a subclass says how a nested query is parsed."""

    def select(self) -> Select:
        """Parse a nested query."""
        raise TypeError("only a parser of whole queries reads subqueries")

    def expression(self) -> Expression:
        """Parse `a ? b : c` and everything that binds tighter."""
        condition = self._coalesce()
        if not self.accept("?"):
            return condition
        yes = self.expression()
        self.expect(":")
        return Conditional(condition, yes, self.expression())

    def _coalesce(self) -> Expression:
        operands = self._chain("??", self._or)
        return operands[0] if len(operands) == 1 else Coalesce(operands)

    def _or(self) -> Expression:
        terms = self._chain("OR", self._and)
        return terms[0] if len(terms) == 1 else Or(terms)

    def _and(self) -> Expression:
        terms = self._chain("AND", self._comparison)
        return terms[0] if len(terms) == 1 else And(terms)

    def _chain(self, separator: str, operand: Callable[[], Expression]) -> tuple[Expression, ...]:
        operands = [operand()]
        while self.accept(separator):
            operands.append(operand())
        return tuple(operands)

    def _comparison(self) -> Expression:
        left = self._binary(0)
        while True:
            negated = self.at("NOT") and any(self.ahead(word) for word in ("IN", "BETWEEN", "LIKE"))
            if negated:
                self.take()
            operator = self.accept("IN", "BETWEEN", "LIKE", *_COMPARISONS)
            if operator is None:
                return left
            left = self._compared(operator, left)
            if negated:
                left = Unary("NOT", left)

    def _compared(self, operator: str, left: Expression) -> Expression:
        if operator == "IN":
            self.expect("(")
            choices = self._chain(",", self.expression)
            self.expect(")")
            return In(left, choices)
        if operator == "BETWEEN":
            low = self._binary(0)
            self.expect("AND")
            return And((Binary(">=", left, low), Binary("<=", left, self._binary(0))))
        if operator == "LIKE":
            pattern = self._binary(0)
            return Like(left, pattern, self._escape() if self.accept("ESCAPE") else None)
        return Binary(operator, left, self._binary(0))

    def _escape(self) -> str:
        if self.token.kind is not Kind.STRING or len(self.token.value) != 1:
            raise self.error("ESCAPE wants one character")
        return self.take().value

    def _binary(self, level: int) -> Expression:
        if level == len(_BINARY_LEVELS):
            return self._unary()
        left = self._binary(level + 1)
        while operator := self.accept(*_BINARY_LEVELS[level]):
            left = Binary(operator, left, self._binary(level + 1))
        return left

    def _unary(self) -> Expression:
        operator = self.accept("NOT", "-", "+", "~")
        if operator is not None:
            return Unary(operator, self._unary())
        return self.members(self._primary())

    def members(self, of: Expression) -> Expression:
        """Parse `.name` and `[key]` after an expression."""
        while True:
            if self.accept("."):
                of = Member(of, Literal(self.property_name()))
            elif self.accept("["):
                of = Member(of, self.expression())
                self.expect("]")
            else:
                return of

    def _primary(self) -> Expression:
        token = self.token
        match token.kind:
            case Kind.NUMBER:
                return Literal(_number(self.take().text))
            case Kind.STRING:
                return Literal(self.take().value)
            case Kind.PARAMETER:
                return Parameter(self.take().text)
            case Kind.NAME:
                return self._name_or_call()
            case Kind.KEYWORD:
                return self._keyword()
            case Kind.SYMBOL if token.value in "([{":
                return self._bracketed()
        raise self.error()

    def _keyword(self) -> Expression:
        word = self.token.value
        if word in _CONSTANTS:
            self.take()
            return _CONSTANTS[word]
        if word in ("EXISTS", "ARRAY") and self.ahead("("):
            self.take()
            return self._subquery(word)
        if word == "UDF":
            raise self.error("user-defined functions are not supported")
        if word in _CALLABLE_KEYWORDS:
            return self._name_or_call()
        raise self.error()

    def _name_or_call(self) -> Expression:
        name = self.take().text
        if not self.accept("("):
            return Name(name)
        arguments = self._list(")", self.expression)
        return Call(name.upper(), arguments)

    def _bracketed(self) -> Expression:
        if self.at("(") and self.ahead("SELECT"):
            return self._subquery("SCALAR")
        opening = self.take().value
        if opening == "(":
            inner = self.expression()
            self.expect(")")
            return inner
        if opening == "[":
            return Array(self._list("]", self.expression))
        return Object(self._list("}", self._property))

    def _list[T](self, closing: str, element: Callable[[], T]) -> tuple[T, ...]:
        elements: list[T] = []
        while not self.at(closing):
            elements.append(element())
            if not self.accept(","):
                break
        self.expect(closing)
        return tuple(elements)

    def _property(self) -> tuple[str, Expression]:
        name = self.take().value if self.token.kind is Kind.STRING else self.property_name()
        self.expect(":")
        return name, self.expression()

    def _subquery(self, kind: str) -> Expression:
        self.expect("(")
        query = self.select()
        self.expect(")")
        return Subquery(kind, query)


def _number(text: str) -> int | float:
    if text[:2] in ("0x", "0X"):
        return int(text, 16)
    number = float(text)
    return int(number) if number.is_integer() and number <= 2**53 else number
