"""Runs and sessions: the names that tie a shopper's messages to a simulation."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.simulation.run import NotSimulatedError, Run, Session, arrivals, dice

NOW = datetime(2026, 11, 1, tzinfo=UTC)
RUN = Run("live", 1_700_000_000_000, seed=7, steps=3)


@given(st.from_regex(r"[A-Za-z0-9_-]{1,32}", fullmatch=True), st.integers(0, 2**50), st.text(min_size=1))
def test_a_session_survives_its_text(run: str, started: int, shopper: str) -> None:
    """What a session writes, it reads back."""
    assert Session.parse(str(Session(run, started, shopper))) == Session(run, started, shopper)


@given(st.text().filter(lambda text: text.count(".") < 2) | st.none())
def test_other_texts_are_not_sessions(text: str | None) -> None:
    """A message from elsewhere is refused by name."""
    with pytest.raises(NotSimulatedError, match="is not of the form"):
        Session.parse(text)


def test_the_seed_decides_who_arrives() -> None:
    """The same seed draws the same shoppers whatever the order of the list, another seed draws others."""
    everyone = [str(i) for i in range(500)]
    drawn = [event.subject for event in arrivals(RUN, everyone, 50, NOW)]
    assert drawn == [event.subject for event in arrivals(RUN, everyone[::-1], 50, NOW)]
    assert drawn != [event.subject for event in arrivals(Run("live", 1, 8, 3), everyone, 50, NOW)]
    assert len(set(drawn)) == 50


def test_no_more_arrive_than_there_are() -> None:
    """Asking for more shoppers than there are brings them all, once."""
    assert len(arrivals(RUN, ["a", "b"], 10, NOW)) == 2


def test_dice_are_the_same_for_the_same_step() -> None:
    """A redelivered message rolls the same dice; the next step rolls others."""
    assert dice(RUN, "a", 1).random() == dice(RUN, "a", 1).random()
    assert dice(RUN, "a", 1).random() != dice(RUN, "a", 2).random()
