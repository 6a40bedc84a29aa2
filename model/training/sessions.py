"""The index of sessions by which visitors are scored whose clicks are all that is known."""

from collections.abc import Iterator
from dataclasses import asdict, replace
from datetime import UTC, datetime, time
from functools import partial
from itertools import product

import numpy as np
import polars as pl

from functions.personalization.features import STRENGTHS
from functions.personalization.sessions import SessionIndex, SessionSettings
from model.artifact import Part
from model.datasets.dataset import Dataset
from model.training.foresight import GIVEN, Rows, foresee
from model.training.parts import VALIDATION_WEEKS, Training

FILE = "sessions.npz"
MOST_SESSIONS, MOST_PRODUCTS = 100_000, 1_200_000
"""The most recent sessions that are kept, and all their products together: below 3 MB."""
LONGEST = 100
"""Products of a session that are kept, the first."""
JUDGED, CHOOSING = 2_000, 400
"""Sessions by which an index is judged, and by which its settings are chosen."""
SEED = 1


def part(training: Training) -> Part | None:
    """The index of the sessions before the cut; None where no session has two products."""
    lists = before_cut(training.dataset)
    if not lists:
        training.live.console.print("No session model: no session of the data has two products.")
        return None
    validation = training.cuts(VALIDATION_WEEKS)
    task = training.live.add_task("Choosing how sessions are compared", total=None)
    settings = choose(validation)
    metrics = judge(validation, settings)
    training.live.update(task, total=1, completed=1)
    return Part(
        files={FILE: index(lists, len(training.products), settings).to_bytes()},
        settings={"sessions": asdict(settings)},
        metrics={f"sessions after {given}": figures for given, figures in metrics.items()},
    )


def index(lists: list[Rows], products: int, settings: SessionSettings) -> SessionIndex:
    """The index of sessions, oldest first, of rows of a catalogue of so many products."""
    return SessionIndex(np.concatenate(lists), np.array([len(each) for each in lists]), products, settings)


def before_cut(dataset: Dataset) -> list[Rows]:
    """The most recent sessions as far as they went before the cut, oldest first, each with two products or more."""
    lists = _lists(dataset, pl.col("time") < _cut(dataset), LONGEST)[-MOST_SESSIONS:]
    held = np.cumsum([len(each) for each in reversed(lists)])
    return lists[len(lists) - int(np.searchsorted(held, MOST_PRODUCTS, side="right")) :]


def after_cut(dataset: Dataset, most: int = JUDGED) -> list[Rows]:
    """A sample of the sessions that began after the cut, each with two products or more of the catalogue."""
    lists = _lists(dataset, pl.col("began") >= _cut(dataset))
    if len(lists) <= most:
        return lists
    kept = np.random.default_rng(SEED).choice(len(lists), most, replace=False)
    return [lists[row] for row in np.sort(kept)]


def judge(dataset: Dataset, settings: SessionSettings) -> dict[int, dict[str, float]]:
    """Figures by number of clicks given, on sessions after the cut of `dataset`; empty where there are none."""
    past, lists = before_cut(dataset), after_cut(dataset)
    if not past:
        return {}
    made = index(past, dataset.products.height, settings)
    judged = {given: foresee(lambda *asked: made.score(*asked)[0], lists, given) for given in GIVEN}
    return {
        given: {name: round(value, 4) for name, value in asdict(quality).items()}
        for given, quality in judged.items()
        if quality
    }


def choose(dataset: Dataset) -> SessionSettings:
    """The settings that foresee best what follows the cut of `dataset`, chosen one after the other."""
    past, lists = before_cut(dataset), after_cut(dataset, CHOOSING)
    chosen = SessionSettings()
    if not past or not lists:
        return chosen
    made = partial(index, past, dataset.products.height)
    for trials in (_by_length, _by_commonness, _by_order):
        chosen = max(trials(chosen), key=lambda settings: _worth(made(settings), lists))
    return chosen


def _by_commonness(chosen: SessionSettings) -> Iterator[SessionSettings]:
    yield from (replace(chosen, commonness=commonness) for commonness in (0.1, 0.0, 0.2, 0.4))


def _by_length(chosen: SessionSettings) -> Iterator[SessionSettings]:
    yield from (replace(chosen, length=length) for length in (0.5, 0.75))


def _by_order(chosen: SessionSettings) -> Iterator[SessionSettings]:
    for fading, nearness in product((0.0, 1.0), (0.0, 0.5)):
        yield replace(chosen, fading=fading, nearness=nearness)


def _worth(made: SessionIndex, lists: list[Rows]) -> float:
    """What is to be large: the next product's place and the share of the rest, early and later in a session."""
    judged = [foresee(lambda *asked: made.score(*asked)[0], lists, given) for given in (1, 3)]
    return round(sum(each.mrr20 + each.rest20 for each in judged if each), 4)


def _lists(dataset: Dataset, wanted: pl.Expr, longest: int | None = None) -> list[Rows]:
    """Rows of the products of each session, in order of time, every product where it was touched first.

    What happened at the same moment, as in a basket, has no order and is shuffled: an order by product, which files
    often have, would be learned and foreseen as if shoppers had made it.
    """
    touched = dataset.sessions.filter(pl.col("type").is_in(list(STRENGTHS)))
    chance = pl.Series("chance", np.random.default_rng(SEED).random(touched.height))
    frame = (
        touched.with_columns(chance, began=pl.col("time").min().over("session"))
        .filter(wanted)
        .with_columns(row=pl.col("product").cast(pl.Enum(dataset.products["id"])).to_physical().cast(pl.Int64))
        .sort("began", "session", "time", "chance")
        .unique(["session", "row"], keep="first", maintain_order=True)
        .group_by("session", maintain_order=True)
        .agg("row")
        .filter(pl.col("row").list.len() > 1)
    )
    return [rows.to_numpy()[:longest] for rows in frame["row"]]


def _cut(dataset: Dataset) -> datetime:
    return datetime.combine(dataset.cut_date, time(), UTC)
