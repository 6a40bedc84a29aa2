"""Choose each baseline's settings on the validation slice, then fit it at the cut of the test."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass
from typing import Any

from rich.progress import Progress

from model.evaluation.baselines import als, ease, item_knn, personal, popularity, tifu_knn
from model.evaluation.baselines.baseline import Baseline
from model.evaluation.cost import measured
from model.evaluation.measures import Lists, mean, measure, rank
from model.evaluation.slices import Slice

type Grids = Mapping[str, Sequence[Baseline]]

GRIDS: Grids = {
    "popularity": popularity.GRID,
    "personal, then popular": personal.GRID,
    "item-kNN": item_knn.GRID,
    "EASE with decay": ease.GRID,
    "TIFU-kNN": tifu_knn.GRID,
    "ALS": als.GRID,
}
"""The baselines and the settings that validation chooses from; the first is taken where there is no validation."""


@dataclass(frozen=True, slots=True)
class Validated:
    """What decides between settings: NDCG@10, and recall@10 between equals."""

    ndcg: float
    recall: float


@dataclass(frozen=True, slots=True, eq=False)
class Run:
    """A ranking's lists on the test slice, and how it came to them; `seconds` and `megabytes` of the last fit."""

    name: str
    settings: str
    lists: Lists
    validated: Validated | None = None
    seconds: float | None = None
    megabytes: float | None = None


def run(name: str, grid: Sequence[Baseline], validation: Slice | None, test: Slice, live: Progress) -> Run:
    """The best of the grid, fitted to everything before the cut of the test and ranked."""
    task = live.add_task(name, total=len(grid) + 1 if validation else 1)
    choice, validated = grid[0], None
    if validation:
        tried = []
        for place, settings in enumerate(grid):
            live.update(task, completed=place, description=f"{name}: choosing {place + 1}/{len(grid)}")
            tried.append((validate(settings, validation), settings))
        validated, choice = max(tried, key=lambda trial: (round(trial[0].ndcg, 4), trial[0].recall))
    live.update(task, description=f"{name}: {told(choice)}")
    with measured() as cost:
        score = choice.fit(test)
    lists = rank(score, test)
    live.update(task, completed=live.tasks[task].total)
    return Run(name, told(choice), lists, validated, cost.seconds, cost.megabytes)


def validate(settings: Baseline, validation: Slice) -> Validated:
    """How well these settings do on the validation slice."""
    found = measure(rank(settings.fit(validation), validation, explore=False), validation)
    return Validated(mean(found.ndcg) or 0.0, mean(found.recall) or 0.0)


def told(settings: Baseline) -> str:
    """The settings in words, such as `tau 90, prior 0.5`."""
    return ", ".join(f"{name} {value:g}".replace("inf", "∞") for name, value in _flat(settings))


def _flat(settings: Any) -> Iterator[tuple[str, float]]:
    for field in fields(settings):
        value = getattr(settings, field.name)
        if is_dataclass(value):
            yield from _flat(value)
        else:
            yield field.name, value
