"""The parser reads what the service documents, and nothing makes it fail but with its own error."""

from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from local.cosmos.sql.compiler import compile_query
from local.cosmos.sql.errors import QueryError
from local.cosmos.sql.lexer import KEYWORDS
from local.cosmos.sql.parser import parse
from local.cosmos.sql.printer import print_query

QUERIES = [
    "SELECT * FROM c",
    "select value c.a from c where c.b = 'it''s' and c.c != \"x\\u0041\"",
    "SELECT DISTINCT TOP 5 c.id, c.a.b AS total FROM products p JOIN c IN p.items WHERE NOT IS_DEFINED(c.x)",
    "SELECT VALUE {'a': [1, -2.5e3, null, true, undefined], b: c} FROM c",
    "SELECT COUNT(1) FROM c GROUP BY c.a, c.b",
    "SELECT c FROM c WHERE c.a BETWEEN 1 AND 2 AND c.b NOT IN (1, @two) OR c.c LIKE 'a!%%' ESCAPE '!'",
    "SELECT c.a ?? c.b ?? 1, c.d ? 1 : 2 FROM c ORDER BY c.a DESC, c.b OFFSET @from LIMIT 10",
    "SELECT VALUE ARRAY(SELECT VALUE t FROM t IN c.tags WHERE t != 'x') FROM c",
    "SELECT 1 FROM c WHERE EXISTS(SELECT VALUE t FROM t IN c['tags'] WHERE t.order = 1) -- comment",
    "SELECT c.a | c.b ^ c.c & c.d << 1 || c.e + c.f * c.g % 2 FROM c",
    "SELECT VALUE s FROM c JOIN (SELECT VALUE COUNT(1) FROM i IN c.items) AS s",
    "SELECT (SELECT VALUE MAX(i.n) FROM i IN c.items) AS most FROM c",
]
words = st.sampled_from([*KEYWORDS, *"()[]{},.:?=<>+-*/%@'\"", "c", "c.a", "@p", "'x'", "1", "COUNT", "FROM c"])


@pytest.mark.parametrize("text", QUERIES)
def test_printing_a_query_gives_the_same_query(text: str) -> None:
    """The text printed from a syntax tree parses to that tree."""
    query = parse(text)
    assert parse(print_query(query)) == query


@pytest.mark.parametrize("text", QUERIES)
def test_documented_forms_compile(text: str) -> None:
    """What parses also compiles."""
    assert compile_query(text).syntax == parse(text)


@given(st.text(max_size=80))
@settings(deadline=None, max_examples=300)
def test_any_text_parses_or_is_a_query_error(text: str) -> None:
    """Garbage raises the parser's own error and nothing else."""
    attempt(text)


@given(st.lists(words, max_size=25))
@settings(deadline=None, max_examples=500)
def test_any_heap_of_words_parses_or_is_a_query_error(parts: list[str]) -> None:
    """Garbage made of the language's own words raises the parser's own error and nothing else."""
    attempt("SELECT " + " ".join(parts))


@pytest.mark.parametrize(
    "text",
    [
        "SELECT " + "(" * 5000,
        "SELECT " + "[" * 5000,
        "SELECT " + "NOT " * 5000 + "c FROM c",
        "SELECT 1" + "+1" * 5000,
        "SELECT c" + ".a" * 5000 + " FROM c",
        "SELECT " + "(SELECT " * 3000,
        "SELECT 'never closed",
        "SELECT " + "x" * 600_000,
    ],
)
def test_a_query_that_is_too_deep_or_long_is_a_query_error(text: str) -> None:
    """Depth and length end in the parser's own error, not in a crash."""
    with pytest.raises(QueryError):
        compile_query(text)


def test_thousands_of_terms_are_no_depth() -> None:
    """A client may ask for thousands of ids with OR."""
    terms = " OR ".join(f"(c.id = '{number}' AND c.pk = {number})" for number in range(3000))
    assert compile_query(f"SELECT * FROM c WHERE {terms}").streams


def test_an_error_says_where() -> None:
    """The message names the token and the position."""
    with pytest.raises(QueryError, match="near 'WHER'") as caught:
        parse("SELECT * FROM c x WHER c.a = 1")
    assert caught.value.start == 18


def attempt(text: str) -> None:
    with suppress(QueryError):
        compile_query(text)
