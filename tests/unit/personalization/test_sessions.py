"""What visitors are shown of whom only the session is known."""

from collections import defaultdict
from datetime import UTC, datetime

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.personalization import sessions
from functions.personalization.catalog import Floats, Ints
from functions.personalization.sessions import (
    InvalidSessionsError,
    Session,
    SessionIndex,
    SessionSettings,
    session_of,
)
from functions.personalization.shopper import Memory, Recent

NOW = datetime(2026, 11, 21, tzinfo=UTC)
PRODUCTS = 30
ORDERED = SessionSettings(fading=1.0, nearness=0.5)


def indexed(lists: list[list[int]], settings: SessionSettings = ORDERED, products: int = PRODUCTS) -> SessionIndex:
    items = np.array([row for each in lists for row in each], dtype=np.int64)
    return SessionIndex(items, np.array([len(each) for each in lists]), products, settings)


def rows(*clicks: int) -> Ints:
    return np.array(clicks, dtype=np.int64)


def drawn(count: int, seed: int = 1) -> list[list[int]]:
    """Sessions of one to eight products, the first ones of the catalogue the most popular."""
    dice = np.random.default_rng(seed)
    share = 1 / np.arange(1, PRODUCTS + 1)
    share /= share.sum()
    return [dice.choice(PRODUCTS, dice.integers(1, 9), replace=False, p=share).tolist() for _ in range(count)]


listed = st.lists(
    st.lists(st.integers(0, PRODUCTS - 1), min_size=1, max_size=6, unique=True), min_size=1, max_size=20
)
clicked = st.lists(st.integers(-(2**40), 2**40) | st.integers(0, PRODUCTS - 1), max_size=40)


@given(lists=listed, clicks=clicked, count=st.integers(1, 2 * PRODUCTS))
def test_an_answer_is_always_fit_to_be_shown(lists: list[list[int]], clicks: list[int], count: int) -> None:
    """Whatever was clicked: different products of the catalogue, none of them clicked, best first, above zero."""
    found, scores = indexed(lists).score(rows(*clicks), count)
    known = {row for each in lists for row in each}
    assert len(found) == len(scores) <= count
    assert len(set(found.tolist())) == len(found)
    assert set(found.tolist()) <= known - set(clicks)
    assert np.isfinite(scores).all()
    assert (scores > 0).all()
    assert (np.diff(scores) <= 0).all()


@given(lists=listed, clicks=clicked)
def test_everything_that_sessions_hold_can_be_had(lists: list[list[int]], clicks: list[int]) -> None:
    """Where neighbours know too little, popularity fills up; where nothing clicked is known, there is no answer."""
    found, _ = indexed(lists).score(rows(*clicks), PRODUCTS)
    known = {row for each in lists for row in each}
    assert set(found.tolist()) == (known - set(clicks) if known & set(clicks) else set())


@pytest.mark.parametrize("settings", [ORDERED, SessionSettings(), SessionSettings(0.4, 0.75, 0.0, 1.0)])
def test_the_vectorised_form_is_the_plain_one(settings: SessionSettings, monkeypatch: pytest.MonkeyPatch) -> None:
    """Loops over sessions that follow the definition word for word give the same scores."""
    monkeypatch.setattr(sessions, "NEIGHBOURS", 25)
    monkeypatch.setattr(sessions, "NEWEST", 40)
    lists = drawn(300)
    index = indexed(lists, settings)
    for clicks in ([0], [29, 3], [1, 2, 1, 7], [5, -1, 4, 99], list(range(29, 4, -1))):
        found, scores = index.score(rows(*clicks), PRODUCTS)
        dense = np.zeros(PRODUCTS)
        dense[found] = scores
        np.testing.assert_allclose(dense, plain(lists, clicks, settings), rtol=1e-5)


def plain(lists: list[list[int]], clicks: list[int], settings: SessionSettings) -> Floats:
    counts = [sum(row in each for each in lists) for row in range(PRODUCTS)]
    latest = [row for place, row in enumerate(clicks) if 0 <= row < PRODUCTS and row not in clicks[place + 1 :]]
    latest = latest[-sessions.MAX_CLICKS :]
    near: dict[int, float] = defaultdict(float)
    last: dict[int, int] = {}
    for place, row in enumerate(latest):
        weight = (counts[row] + 10) ** -0.75 * ((place + 1) / len(latest)) ** settings.fading
        for session in [number for number, each in enumerate(lists) if row in each][-sessions.NEWEST :]:
            near[session] += weight
            last[session] = lists[session].index(row)
    likeness = {session: each / len(lists[session]) ** settings.length for session, each in near.items()}
    votes = np.zeros(PRODUCTS)
    for session in sorted(likeness, key=lambda number: (likeness[number], number))[-sessions.NEIGHBOURS :]:
        for place, row in enumerate(lists[session]):
            distance = max(1, abs(place - last[session]))
            votes[row] += likeness[session] / distance**settings.nearness / (counts[row] + 10) ** settings.commonness
    votes[latest] = 0
    scores = votes / votes.max() + 0.02 * np.array(counts) / max(counts)
    scores[latest] = 0
    return scores.astype(np.float32)


def test_a_session_is_what_was_done_of_late() -> None:
    """Oldest first, each product where it was touched last; what was bought is not wanted, what is removed is not
    looked at."""
    recent = [("c", "view_item"), ("b", "purchase"), ("c", "view_item"), ("b", "add_to_cart"), ("a", "view_item")]
    memory = Memory(
        recent=tuple(Recent(product, action, NOW) for product, action in [*recent, ("d", "remove_from_cart")])
    )
    assert session_of(memory) == Session(touched=("a", "b", "c"), wanted=("c", "a"))


def test_a_session_is_continued_as_others_were() -> None:
    """Who looks at a tent is shown what campers took, not what most take."""
    campers, others = [[1, 2, 3]] * 10, [[4, 5]] * 100
    found, _ = indexed(campers + others).score(rows(1), 2)
    assert sorted(found.tolist()) == [2, 3]


def test_the_newest_click_counts_most_where_sessions_have_an_order() -> None:
    """It decides between two equally good continuations."""
    index = indexed([[1, 2]] * 10 + [[3, 4]] * 10, ORDERED)
    assert index.score(rows(1, 3), 1)[0].tolist() == [4]
    assert index.score(rows(3, 1), 1)[0].tolist() == [2]


def test_what_comes_next_goes_before_what_comes_later() -> None:
    """Where sessions have an order, what lies near the last product in common counts more."""
    assert indexed([[9, 8, 1, 2]] * 10, ORDERED).score(rows(1), 3)[0].tolist()[-1] == 9


def test_an_index_survives_its_file() -> None:
    """The same answers, the same bytes whenever it is written, and settings with them."""
    index = indexed(drawn(50), SessionSettings(0.3, 0.75, 1.0, 0.5))
    content = index.to_bytes()
    back = SessionIndex.from_bytes(content, PRODUCTS)
    assert back.settings == index.settings
    assert len(back) == 50
    assert content == index.to_bytes() == back.to_bytes()
    for one, other in zip(index.score(rows(1, 2), 9), back.score(rows(1, 2), 9), strict=True):
        np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize("content", [b"", b"garbage", b"PK\x03\x04 half a zip"])
def test_a_file_that_is_no_index_is_refused(content: bytes) -> None:
    """By one error, whatever is wrong with it."""
    with pytest.raises(InvalidSessionsError):
        SessionIndex.from_bytes(content, PRODUCTS)


def test_an_index_of_another_catalogue_is_refused() -> None:
    """A row beyond the catalogue would name no product."""
    content = indexed([[1, PRODUCTS - 1]]).to_bytes()
    with pytest.raises(InvalidSessionsError, match="not in the catalogue"):
        SessionIndex.from_bytes(content, PRODUCTS - 1)


@pytest.mark.parametrize("lengths", [[], [0, 2], [1], [3], [-1, 3]])
def test_lengths_that_do_not_fit_are_refused(lengths: list[int]) -> None:
    """They must cover the products of all sessions exactly."""
    with pytest.raises(InvalidSessionsError):
        SessionIndex(rows(1, 2), np.array(lengths, dtype=np.int64), PRODUCTS, ORDERED)
