"""A full-text index in memory that forgives typing errors, on tantivy.

What a person typed is never parsed: it is cut into words, and each word becomes queries that are built as objects.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from tantivy import (
    Document,
    Filter,
    Index,
    Occur,
    Query,
    Schema,
    SchemaBuilder,
    TextAnalyzerBuilder,
    Tokenizer,
)

from functions.usecases.ports import NOTHING_FOUND, Found

MAX_TEXT, MAX_WORDS, MAX_WORD = 200, 8, 40
"""Characters of a question that are looked at, words that are looked for, bytes of a word."""
HEAP = 64 * 1024 * 1024
"""Bytes for the one writer: what it indexes at once is one segment, in which a document's number is its position."""

NAME, LABELS, CATEGORY = "name", "labels", "category"
FIELDS = {NAME: 0.9, LABELS: 0.5, CATEGORY: 0.2}
"""What a word scores that is found there: one that is only in the category weighs more than all typing errors."""
EXACT, BEGINNING, MISTYPED = 0.06, 0.04, 0.02
"""On top, by how well it matches; nothing for the mistyped beginning of a word."""
CLOSENESS = 0.0005
"""Of the BM25 score of the name, which is below 40: among equals, short names that fit are first."""
ONE_ERROR, TWO_ERRORS = 4, 8
"""Characters from which a word may have so many typing errors."""

_ANALYZER = (
    TextAnalyzerBuilder(Tokenizer.simple())
    .filter(Filter.remove_long(MAX_WORD + 1))
    .filter(Filter.lowercase())
    .filter(Filter.ascii_fold())
    .build()
)


@dataclass(frozen=True, slots=True)
class Entry:
    """What can be found: by its name, else by its labels (a brand, a colour), else by its category."""

    name: str
    labels: str = ""
    category: str = ""


def words(text: str) -> tuple[str, ...]:
    """The words that are looked for: lower case, without accents, bounded in number and length."""
    return tuple(_ANALYZER.analyze(_readable(text[:MAX_TEXT]))[:MAX_WORDS])


class TextIndex:
    """Entries by position; immutable, and safe to be asked by several threads."""

    def __init__(self, entries: Iterable[Entry]) -> None:
        self._schema = _schema()
        index = Index(self._schema)
        index.register_tokenizer("words", _ANALYZER)
        writer = index.writer(HEAP, num_threads=1)
        for entry in entries:
            writer.add_document(_document(entry))
        writer.commit()
        writer.wait_merging_threads()
        index.reload()
        self._searcher = index.searcher()

    def find(self, text: str, count: int) -> Found:
        """Positions and scores from 0 to 1 of at most `count` entries, best first.

        First those that have all the words, the last of which may be the beginning of one; then, for want of more,
        those that have some: these score below 0.5.
        """
        asked = words(text)
        if not asked or count < 1:
            return NOTHING_FOUND
        found = self._scored(asked, Occur.Must, count, 0.5)
        if len(asked) > 1 and len(found.rows) < count:
            some = self._scored(asked, Occur.Should, count, 0.0)
            found = found.then(some, count)
        return found

    def _scored(self, asked: Sequence[str], occur: Occur, count: int, base: float) -> Found:
        last = len(asked) - 1
        parts = [(occur, self._word(word, beginning=place == last)) for place, word in enumerate(asked)]
        close = Query.boolean_query([(Occur.Should, self._term(NAME, word)) for word in asked])
        parts.append((Occur.Should, Query.boost_query(close, CLOSENESS)))
        # A name that is close to a word has that word: this part alone finds nothing more.
        hits = self._searcher.search(Query.boolean_query(parts), count, count=False).hits
        scores = np.array([score for score, _ in hits], dtype=np.float64)
        rows = np.array([address.doc for _, address in hits], dtype=np.int64)
        return Found(rows, np.minimum(1.0, base + 0.5 * scores / len(asked)))

    def _word(self, word: str, beginning: bool) -> Query:
        """The best of its matches."""
        return Query.disjunction_max_query(
            [
                Query.const_score_query(query, place + closeness)
                for field, place in FIELDS.items()
                for query, closeness in self._matches(field, word, beginning)
            ]
        )

    def _matches(self, field: str, word: str, beginning: bool) -> Iterable[tuple[Query, float]]:
        errors = _errors(word)
        yield self._term(field, word), EXACT
        if beginning:
            yield Query.fuzzy_term_query(self._schema, field, word, 0, prefix=True), BEGINNING
        if errors:
            yield Query.fuzzy_term_query(self._schema, field, word, errors), MISTYPED
        if errors and beginning:
            yield Query.fuzzy_term_query(self._schema, field, word, 1, prefix=True), 0.0

    def _term(self, field: str, word: str) -> Query:
        return Query.term_query(self._schema, field, word, index_option="freq")


def _errors(word: str) -> int:
    """How many typing errors are forgiven; none in what is no word, such as a size."""
    if not word.isalpha() or len(word) < ONE_ERROR:
        return 0
    return 1 if len(word) < TWO_ERRORS else 2


def _schema() -> Schema:
    builder = SchemaBuilder()
    for field in FIELDS:
        builder.add_text_field(field, tokenizer_name="words", index_option="freq")
    return builder.build()


def _document(entry: Entry) -> Document:
    document = Document()
    for field in FIELDS:
        document.add_text(field, _readable(getattr(entry, field)))
    return document


def _readable(text: str) -> str:
    """Without halves of characters (lone surrogates), which cannot be looked for."""
    return text.encode(errors="ignore").decode()
