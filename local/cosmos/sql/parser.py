"""Parser of whole queries."""

import functools

from local.cosmos.sql.errors import QueryError
from local.cosmos.sql.expressions import ExpressionParser
from local.cosmos.sql.lexer import Kind
from local.cosmos.sql.syntax import Expression, Item, Literal, Member, Name, Order, Select, Source


@functools.lru_cache(512)
def parse(text: str) -> Select:
    """Syntax tree of a query; raises QueryError, whatever the text is."""
    try:
        return QueryParser(text).whole()
    except RecursionError:
        raise QueryError("The query is nested too deeply.") from None


class QueryParser(ExpressionParser):
    """Parses SELECT ... FROM ... WHERE ... GROUP BY ... ORDER BY ... OFFSET ... LIMIT."""

    def whole(self) -> Select:
        """Parse a query that takes the whole text."""
        query = self.select()
        if self.token.kind is not Kind.END:
            raise self.error()
        return query

    def condition(self) -> Select:
        """Parse the predicate of a patch, `FROM c WHERE ...`, as a query over one document."""
        sources = self._sources()
        where = self.expression() if self.accept("WHERE") else None
        if self.token.kind is not Kind.END:
            raise self.error()
        return Select(sources=sources, where=where)

    def select(self) -> Select:
        """Parse a query up to whatever ends it."""
        self.expect("SELECT")
        distinct = self.accept("DISTINCT") is not None
        top = self._count() if self.accept("TOP") else None
        value = self.at("VALUE") and self.accept("VALUE") is not None
        items = self._items(value)
        sources = self._sources()
        where = self.expression() if self.accept("WHERE") else None
        group = self._group()
        order = self._orders()
        offset, limit = self._page()
        return Select(items, value, distinct, top, sources, where, group, order, offset, limit)

    def _items(self, value: bool) -> tuple[Item, ...]:
        if value:
            return (Item(self.expression(), None),)
        if self.accept("*"):
            return ()
        items = [self._item()]
        while self.accept(","):
            items.append(self._item())
        return tuple(items)

    def _item(self) -> Item:
        expression = self.expression()
        if self.accept("AS"):
            quoted = self.token.kind is Kind.STRING
            return Item(expression, self.take().value if quoted else self.property_name())
        return Item(expression, self.name() if self.token.kind is Kind.NAME else None)

    def _sources(self) -> tuple[Source, ...]:
        if not self.accept("FROM"):
            return ()
        sources = [self._source()]
        while self.accept("JOIN"):
            sources.append(self._source())
        return tuple(sources)

    def _source(self) -> Source:
        if self.token.kind is Kind.NAME and self.ahead("IN"):
            element = self.name()
            self.expect("IN")
            return Source(element, self._origin(), iterate=True)
        origin = self._origin()
        alias = self._alias()
        return Source(alias or _default_alias(origin), origin, iterate=False)

    def _origin(self) -> Expression | Select:
        if self.accept("("):
            query = self.select()
            self.expect(")")
            return query
        return self.members(Name(self.name()))

    def _alias(self) -> str | None:
        if self.accept("AS") or self.token.kind is Kind.NAME:
            return self.name()
        return None

    def _group(self) -> tuple[Expression, ...]:
        if not self.accept("GROUP"):
            return ()
        self.expect("BY")
        return self._chain(",", self.expression)

    def _orders(self) -> tuple[Order, ...]:
        if not self.accept("ORDER"):
            return ()
        self.expect("BY")
        orders = [self._order()]
        while self.accept(","):
            orders.append(self._order())
        return tuple(orders)

    def _order(self) -> Order:
        return Order(self.expression(), self.accept("ASC", "DESC") == "DESC")

    def _page(self) -> tuple[Expression | None, Expression | None]:
        if not self.accept("OFFSET"):
            return None, None
        offset = self._count()
        self.expect("LIMIT")
        return offset, self._count()

    def _count(self) -> Expression:
        if self.token.kind not in (Kind.NUMBER, Kind.PARAMETER):
            raise self.error("expected a number or a parameter")
        return self._primary()


def _default_alias(origin: Expression | Select) -> str:
    match origin:
        case Name(name):
            return name
        case Member(_, Literal(value)) if isinstance(value, str):
            return value
    raise QueryError("An input of FROM that is no path needs an alias (AS name).")
