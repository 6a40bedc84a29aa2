"""Query text to tokens."""

import re
from dataclasses import dataclass
from enum import Enum, auto

from local.cosmos.sql.errors import QueryError

# The service refuses longer queries (512 kB).
MAX_QUERY_LENGTH = 512 * 1024


class Kind(Enum):
    """What a token is."""

    NUMBER = auto()
    STRING = auto()
    PARAMETER = auto()
    NAME = auto()
    KEYWORD = auto()
    SYMBOL = auto()
    END = auto()


@dataclass(frozen=True, slots=True)
class Token:
    """A token with its place; `value` is upper case for keywords and unescaped for strings."""

    kind: Kind
    value: str
    text: str
    start: int
    end: int


# fmt: off
KEYWORDS = frozenset({
    "SELECT", "VALUE", "DISTINCT", "TOP", "AS", "FROM", "JOIN", "IN", "WHERE", "GROUP", "HAVING", "ORDER", "BY",
    "ASC", "DESC", "OFFSET", "LIMIT", "AND", "OR", "NOT", "BETWEEN", "LIKE", "ESCAPE", "EXISTS", "ARRAY", "UDF",
    "TRUE", "FALSE", "NULL", "UNDEFINED",
})
# fmt: on

_TOKEN = re.compile(
    r"""(?P<skip>\s+|--[^\n]*)
    |(?P<number>0[xX][0-9a-fA-F]+|(?:\d+\.\d*|\.\d+|\d+)(?:[eE][+-]?\d+)?)
    |(?P<string>'(?:[^'\\]|\\.|'')*'|"(?:[^"\\]|\\.)*")
    |(?P<parameter>@\w+)
    |(?P<name>[A-Za-z_$]\w*)
    |(?P<symbol>\?\?|\|\||<=|>=|!=|<>|<<|>>>|>>|[-+*/%=<>()\[\]{},.:?&|^~])""",
    re.VERBOSE | re.DOTALL,
)
_ESCAPE = re.compile(r"\\(u[0-9a-fA-F]{4}|.)", re.DOTALL)
_ESCAPED = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f"}
_KINDS = {
    "number": Kind.NUMBER,
    "string": Kind.STRING,
    "parameter": Kind.PARAMETER,
    "name": Kind.NAME,
    "symbol": Kind.SYMBOL,
}


def tokenize(text: str) -> list[Token]:
    """Tokens of the query, ended by one of kind END; raises QueryError."""
    if len(text) > MAX_QUERY_LENGTH:
        raise QueryError(f"The query is longer than {MAX_QUERY_LENGTH} characters.")
    tokens: list[Token] = []
    at = 0
    while at < len(text):
        match = _TOKEN.match(text, at)
        if match is None:
            raise QueryError(f"Syntax error, invalid token near '{text[at : at + 20]}'.", at, at + 1)
        if match.lastgroup != "skip":
            tokens.append(_token(match))
        at = match.end()
    tokens.append(Token(Kind.END, "", "end of input", at, at))
    return tokens


def _token(match: re.Match[str]) -> Token:
    kind = _KINDS[match.lastgroup or ""]
    text = match.group()
    value = text
    if kind is Kind.NAME and text.upper() in KEYWORDS:
        kind, value = Kind.KEYWORD, text.upper()
    elif kind is Kind.STRING:
        value = _unquote(text)
    return Token(kind, value, text, match.start(), match.end())


def _unquote(text: str) -> str:
    body = text[1:-1].replace("''", "'") if text[0] == "'" else text[1:-1]
    return _ESCAPE.sub(_unescape, body)


def _unescape(match: re.Match[str]) -> str:
    code = match.group(1)
    return chr(int(code[1:], 16)) if len(code) == 5 else _ESCAPED.get(code, code)
