"""The full-text index."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from functions.adapters.text_index import MAX_WORDS, Entry, TextIndex, words

ENTRIES = (
    Entry("Whole Milk", "Alpine", "Food Dairy"),
    Entry("Milk Chocolate Bar With Nuts", "Alpine", "Food Sweets"),
    Entry("Yogurt", "Milky", "Food Dairy"),
    Entry("Butter", "", "Food Dairy Milk Products"),
    Entry("Crème Brûlée", "", "Food Dessert"),
    Entry("Dishwasher Tabs", "", "Household"),
    Entry("Tea 250 g", "", "Food Drinks"),
)
INDEX = TextIndex(ENTRIES)


def found(text: str, count: int = 10) -> list[str]:
    """Names of what is found, best first."""
    return [ENTRIES[row].name for row in INDEX.find(text, count).rows]


def test_names_come_before_labels_and_labels_before_categories() -> None:
    """What is called milk is more of a milk than what is shelved with it; short names first."""
    assert found("milk") == ["Whole Milk", "Milk Chocolate Bar With Nuts", "Yogurt", "Butter"]


@pytest.mark.parametrize("typed", ["dishwasher", "dishwahser", "dishwaher", "dishwashr tabs", "DISHWASHER", "dishw"])
def test_typing_errors_and_beginnings_are_forgiven(typed: str) -> None:
    """A letter too few, too many or swapped, capitals, and words that are still being typed."""
    assert found(typed)[0] == "Dishwasher Tabs"


def test_accents_do_not_matter() -> None:
    """Neither when they are missing nor when they are there."""
    assert found("creme brulee") == found("crème brûlée") == ["Crème Brûlée"]


def test_only_the_last_word_may_be_a_beginning() -> None:
    """The words before it are complete."""
    assert INDEX.find("choc milk", 1).scores[0] < 0.5 < INDEX.find("milk choc", 1).scores[0]


def test_what_has_all_words_comes_first_then_what_has_some() -> None:
    """Better something near than nothing, with a score that tells."""
    assert found("whole milk")[:2] == ["Whole Milk", "Milk Chocolate Bar With Nuts"]
    assert (INDEX.find("whole milk", 10).scores >= 0.5).tolist() == [True, False, False, False]
    assert found("whole milk", 2) == found("whole milk")[:2]


def test_sizes_are_taken_literally() -> None:
    """250 is not a mistyped 350."""
    assert found("250") == ["Tea 250 g"]
    assert found("3500") == []


@pytest.mark.parametrize(
    "typed", ["name:milk", '"milk"', "milk^99", "(milk", "milk*", "+milk -yogurt", "/milk/", "mi\0lk milk"]
)
def test_there_is_no_query_language(typed: str) -> None:
    """Operators are not understood, they only separate words."""
    assert "Whole Milk" in found(typed)


def test_nothing_asked_for_nothing_found() -> None:
    """No words, or none wanted."""
    assert found("") == found(" -- ") == found("milk", 0) == []


@given(st.text(max_size=400))
@settings(max_examples=300)
def test_any_text_is_a_question(text: str) -> None:
    """It never raises; positions are of the index and each comes once; scores are 0 to 1 and fall."""
    hits = INDEX.find(text, 5)
    rows, scores = hits.rows.tolist(), hits.scores.tolist()
    assert len(rows) == len(set(rows)) <= 5
    assert set(rows) <= set(range(len(ENTRIES)))
    assert scores == sorted(scores, reverse=True)
    assert all(0 < score <= 1 for score in scores)


@given(st.text(st.characters(codec=None, categories=("Cs", "Lu", "Ll", "Nd", "Po")), max_size=300))
def test_words_are_bounded(text: str) -> None:
    """In number and length, whatever is typed, halves of characters included."""
    assert len(words(text)) <= MAX_WORDS
    assert all(len(word) > 0 for word in words(text))
    INDEX.find(text, 3)


@given(st.sampled_from(range(len(ENTRIES))), st.data())
def test_every_beginning_of_a_name_finds_it(row: int, data: st.DataObject) -> None:
    """However far a shopper has typed."""
    name = ENTRIES[row].name
    typed = name[: data.draw(st.integers(1, len(name)))]
    assert name in found(typed)
