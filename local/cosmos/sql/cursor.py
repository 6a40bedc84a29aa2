"""A place in a list of tokens, with the small questions that a parser asks."""

from local.cosmos.sql.errors import QueryError
from local.cosmos.sql.lexer import Kind, Token, tokenize


class Cursor:
    """Reads tokens from left to right."""

    def __init__(self, text: str) -> None:
        self._tokens = tokenize(text)
        self._at = 0

    @property
    def token(self) -> Token:
        """The token to read next."""
        return self._tokens[self._at]

    def ahead(self, value: str) -> bool:
        """Whether the token after the next one is this keyword or symbol."""
        after = self._tokens[min(self._at + 1, len(self._tokens) - 1)]
        return after.kind in (Kind.KEYWORD, Kind.SYMBOL) and after.value == value

    def at(self, *values: str) -> bool:
        """Whether the next token is one of these keywords or symbols."""
        return self.token.kind in (Kind.KEYWORD, Kind.SYMBOL) and self.token.value in values

    def take(self) -> Token:
        """Read the next token, whatever it is; the end stays."""
        token = self.token
        if token.kind is not Kind.END:
            self._at += 1
        return token

    def accept(self, *values: str) -> str | None:
        """Read the next token if it is one of these keywords or symbols."""
        return self.take().value if self.at(*values) else None

    def expect(self, value: str) -> None:
        """Read this keyword or symbol, or fail."""
        if self.accept(value) is None:
            raise self.error(f"expected {value}")

    def name(self) -> str:
        """Read an identifier."""
        if self.token.kind is not Kind.NAME:
            raise self.error("expected a name")
        return self.take().text

    def property_name(self) -> str:
        """Read what may follow a dot: an identifier or any keyword."""
        if self.token.kind not in (Kind.NAME, Kind.KEYWORD):
            raise self.error("expected a property name")
        return self.take().text

    def error(self, why: str = "") -> QueryError:
        """The error of a query that goes wrong at the next token."""
        token = self.token
        reason = f" ({why})" if why else ""
        return QueryError(f"Syntax error, incorrect syntax near '{token.text}'{reason}.", token.start, token.end)
