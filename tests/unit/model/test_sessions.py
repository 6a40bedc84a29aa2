"""The index of sessions that training makes."""

from dataclasses import asdict, replace
from datetime import UTC, datetime, timedelta

import numpy as np
import polars as pl
import pytest

from functions.personalization.sessions import SessionIndex, SessionSettings
from model.datasets import schemas
from model.datasets.dataset import Dataset
from model.training import sessions
from model.training.foresight import foresee
from tests.unit.model.small import CUT, DAY_ZERO, small_dataset, training

START = datetime.combine(DAY_ZERO, datetime.min.time(), UTC)


def with_sessions(lists: list[tuple[float, list[int]]], minutes: float = 1.0, cut: int = CUT) -> Dataset:
    """The small data set with these sessions: the day on which each began, and products so many minutes apart."""
    rows = [
        (number, None, f"p{product:04}", "view_item", START + timedelta(days=day, minutes=minutes * place))
        for number, (day, products) in enumerate(lists)
        for place, product in enumerate(products)
    ]
    frame = pl.DataFrame(rows, dict(schemas.SESSIONS), orient="row")
    return replace(small_dataset(cut=cut), sessions=frame)


def walks(count: int = 400, seed: int = 3) -> list[tuple[float, list[int]]]:
    """Sessions that go from product to product: after 7 comes 8, seldom anything else."""
    dice = np.random.default_rng(seed)
    days = np.sort(dice.uniform(0, CUT + 28, count))
    starts = dice.integers(0, 40, count)
    return [(day, [int(start + step) for step in range(6)]) for day, start in zip(days, starts, strict=True)]


def test_a_session_belongs_to_the_side_of_the_cut_on_which_it_began() -> None:
    """Nothing of what is foreseen is learned from, and nothing else is judged by."""
    dataset = with_sessions([(CUT - 0.01, [1, 2, 3]), (CUT + 0.1, [4, 5])])
    assert [rows.tolist() for rows in sessions.before_cut(dataset)] == [[1, 2, 3]]
    assert [rows.tolist() for rows in sessions.after_cut(dataset)] == [[4, 5]]


def test_a_session_over_the_cut_ends_with_it() -> None:
    """What it held from the cut on is the future."""
    dataset = with_sessions([(CUT - 0.0015, [1, 2, 3, 4])])
    assert [rows.tolist() for rows in sessions.before_cut(dataset)] == [[1, 2, 3]]
    assert sessions.after_cut(dataset) == []


def test_sessions_that_are_all_new_give_defaults() -> None:
    """With nothing before the validation slice there is nothing to choose from, nor to judge by."""
    dataset = with_sessions([(CUT - 10, [1, 2]), (CUT - 9, [1, 3])])
    made = sessions.part(training(dataset))
    assert made is not None
    assert made.metrics == {}
    assert made.settings["sessions"] == asdict(SessionSettings())


def test_sessions_are_kept_as_far_as_they_say_something() -> None:
    """Each product once, no single products, and what counts nothing is left out."""
    dataset = with_sessions([(1, [5]), (2, [3, 3, 4]), (3, [6, 7])])
    unsaid = dataset.sessions.with_columns(
        type=pl.when(pl.col("product") == "p0007").then(pl.lit("remove_from_cart")).otherwise("type")
    )
    assert [rows.tolist() for rows in sessions.before_cut(replace(dataset, sessions=unsaid))] == [[3, 4]]


def test_the_index_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """By sessions and by products, and the most recent are kept."""
    dataset = with_sessions([(day, [day, day + 1, day + 2]) for day in range(9)])
    monkeypatch.setattr(sessions, "MOST_SESSIONS", 5)
    assert [rows[0] for rows in sessions.before_cut(dataset)] == [4, 5, 6, 7, 8]
    monkeypatch.setattr(sessions, "MOST_PRODUCTS", 8)
    assert [rows[0] for rows in sessions.before_cut(dataset)] == [7, 8]
    monkeypatch.setattr(sessions, "LONGEST", 2)
    assert [rows.tolist() for rows in sessions.before_cut(dataset)][-1] == [8, 9]


def test_what_happened_at_one_moment_has_no_order() -> None:
    """Files often list a basket by product: learning that order would look like foresight."""
    dataset = with_sessions([(day / 10, list(range(20))) for day in range(100)], minutes=0.0)
    lists = sessions.before_cut(dataset)
    firsts = [rows[0] for rows in lists]
    assert np.bincount(firsts, minlength=20).max() < 25
    again = sessions.before_cut(dataset)
    assert all(np.array_equal(one, other) for one, other in zip(lists, again, strict=True))


def test_order_is_used_where_there_is_one() -> None:
    """On walks through the shop the settings that read the order are chosen, and foresee the next product."""
    dataset = with_sessions(walks())
    chosen = sessions.choose(dataset)
    assert chosen.nearness > 0
    figures = sessions.judge(dataset, chosen)
    assert figures[3]["mrr20"] > 0.6


def test_figures_are_those_of_the_definition() -> None:
    """A ranking with the next product in the second place and one of three more in the twelfth."""
    ranked = np.array([9, 1, *range(20, 29), 2, *range(30, 38)])
    found = foresee(lambda _, count: ranked[:count], [np.array([5, 1, 2, 50, 51])], 1)
    assert found is not None
    assert (found.next10, found.next20, found.mrr20, found.rest10, found.rest20) == (1.0, 1.0, 0.5, 0.25, 0.5)
    missed = foresee(lambda _, count: ranked[:count], [np.array([5, 50, 9])], 1)
    assert missed is not None
    assert (missed.next20, missed.mrr20, missed.rest10) == (0.0, 0.0, 0.5)
    assert foresee(lambda _, count: ranked[:count], [np.array([5, 1])], 2) is None


def test_the_part_can_be_served() -> None:
    """It reads back for the catalogue, the same each time, with figures by number of clicks."""
    dataset = with_sessions(walks())
    made, again = sessions.part(training(dataset)), sessions.part(training(dataset))
    assert made is not None
    assert made == again
    index = SessionIndex.from_bytes(made.files[sessions.FILE], dataset.products.height)
    assert len(index) == len(sessions.before_cut(dataset))
    assert set(made.metrics) == {f"sessions after {given}" for given in (1, 2, 3, 5)}


def test_data_without_sessions_has_no_session_model(capsys: pytest.CaptureFixture[str]) -> None:
    """It is left out, with a reason."""
    assert sessions.part(training(small_dataset())) is None
    assert "no session of the data has two products" in capsys.readouterr().out
