"""From lists to the figures of the report."""

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
import polars as pl

from model.datasets.dataset import Dataset
from model.evaluation.bootstrap import NOTHING, Interval, intervals
from model.evaluation.measures import MEASURES, Doubles, Measured, coverage
from model.evaluation.report import Difference, Group, Row
from model.evaluation.slices import Slice
from model.evaluation.tuning import Run

COMPARED = tuple(name for name in MEASURES if name != "novelty")
"""Measures of which more is better."""
LEAST_SHOPPERS = 30
"""A smaller group is not shown: its figures would say little of it and much of its members."""
HISTORY = (1, 2, 5, 10, 20, 50, 100)
"""Baskets before the cut at which a group begins."""


def row(run: Run, found: Measured, known: Slice, *, model: bool) -> Row:
    """The figures of a ranking."""
    spans = intervals(np.column_stack([getattr(found, name) for name in MEASURES]))
    return Row(
        name=run.name,
        kind="model" if model else "baseline",
        settings=run.settings,
        measures=dict(zip(MEASURES, spans, strict=True)),
        coverage=coverage(run.lists, known),
        validation=run.validated.ndcg if run.validated else None,
        seconds=run.seconds,
        megabytes=run.megabytes,
    )


def differences(model: Measured, baselines: Mapping[str, Measured]) -> tuple[Difference, ...]:
    """The model against every baseline in every measure of which more is better."""
    return tuple(one for measure in COMPARED for one in _compared(measure, model, baselines))


def _compared(measure: str, model: Measured, baselines: Mapping[str, Measured]) -> Iterator[Difference]:
    values = {name: getattr(found, measure) for name, found in baselines.items()}
    means = {name: _mean(column) for name, column in values.items()}
    gains = intervals(np.column_stack([getattr(model, measure) - column for column in values.values()]))
    best = max(means, key=lambda name: means[name])
    for name, gain in zip(values, gains, strict=True):
        yield Difference(measure, name, name == best, gain)


def groups(dataset: Dataset, known: Slice, found: Measured) -> tuple[Group, ...]:
    """The model by what is known of shoppers, and by how many baskets it knows of them; small groups left out."""
    return (*_by_baskets(known, found), *_by_traits(dataset, known, found))


def _by_baskets(known: Slice, found: Measured) -> Iterator[Group]:
    baskets = np.zeros(len(known.shoppers), dtype=np.int64)
    np.maximum.at(baskets, known.buyers, known.baskets + 1)
    which = np.digitize(baskets[known.judged], HISTORY) - 1
    for place, least in enumerate(HISTORY):
        most = HISTORY[place + 1] - 1 if place + 1 < len(HISTORY) else None
        name = f"{least} or more" if most is None else f"{least} to {most}" if most > least else f"{least}"
        yield from _group("baskets before the cut", name, which == place, found)


def _by_traits(dataset: Dataset, known: Slice, found: Measured) -> Iterator[Group]:
    judged = pl.DataFrame({"id": [known.shoppers[row] for row in known.judged]}, {"id": pl.String}).with_row_index(
        "place"
    )
    traits = (
        judged.join(dataset.shoppers.select("id", "traits"), on="id")
        .explode("traits")
        .unnest("traits")
        .drop_nulls(["name", "value"])
        .group_by("name", "value")
        .agg("place")
        .sort("name", "value")
    )
    for name, value, places in traits.iter_rows():
        yield from _group(name, value, np.isin(np.arange(len(judged)), places), found)


def _group(kind: str, name: str, members: "np.typing.NDArray[np.bool_]", found: Measured) -> Iterator[Group]:
    count = int(members.sum())
    if count >= LEAST_SHOPPERS:
        recall, ndcg = intervals(np.column_stack([found.recall[members], found.ndcg[members]]))
        yield Group(kind, name, count, recall, ndcg)


def gain_over_best(model: Measured, baselines: Sequence[Measured]) -> tuple[Interval, float]:
    """By how much NDCG@10 is above the best baseline's, and what that is."""
    best = max(baselines, key=lambda one: _mean(one.ndcg), default=None)
    if best is None:
        return NOTHING, 0.0
    return intervals((model.ndcg - best.ndcg)[:, None])[0], _mean(best.ndcg)


def _mean(values: Doubles) -> float:
    there = values[~np.isnan(values)]
    return float(there.mean()) if len(there) else 0.0
