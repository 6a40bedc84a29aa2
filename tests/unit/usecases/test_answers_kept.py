"""Answers that are the same for everyone."""

from datetime import UTC, datetime, timedelta

from functions.usecases.answers_kept import AnswersKept

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
SHOP, RULES, OTHER_RULES = object(), object(), object()
LATER = NOW + timedelta(seconds=5)


def kept(capacity: int = 10) -> AnswersKept[str, str]:
    answers = AnswersKept[str, str](capacity=capacity)
    assert answers.find("trending", (SHOP, RULES), NOW) is None
    answers.keep("trending", (SHOP, RULES), NOW, "bananas")
    return answers


def test_an_answer_is_given_again_for_five_seconds() -> None:
    """And not a moment longer, nor to who asks something else, nor after the clock went back."""
    answers = kept()
    assert answers.find("trending", (SHOP, RULES), LATER - timedelta(microseconds=1)) == "bananas"
    assert answers.find("trending", (SHOP, RULES), LATER) is None
    assert answers.find("trending", (SHOP, RULES), NOW - timedelta(seconds=1)) is None
    assert answers.find("popular", (SHOP, RULES), NOW) is None


def test_nothing_is_given_that_was_made_of_something_else() -> None:
    """New rules forget all answers; one made of the old ones that comes late is not kept."""
    answers = kept()
    assert answers.find("trending", (SHOP, OTHER_RULES), NOW) is None
    answers.keep("trending", (SHOP, RULES), NOW, "late")
    assert answers.find("trending", (SHOP, OTHER_RULES), NOW) is None


def test_the_answers_that_were_asked_for_last_are_kept() -> None:
    """Beyond the capacity the others go."""
    answers = kept(capacity=2)
    answers.keep("popular", (SHOP, RULES), NOW, "milk")
    assert answers.find("trending", (SHOP, RULES), NOW) == "bananas"
    answers.keep("new", (SHOP, RULES), NOW, "kiwi")
    assert answers.find("popular", (SHOP, RULES), NOW) is None
    assert answers.find("trending", (SHOP, RULES), NOW) == "bananas"
