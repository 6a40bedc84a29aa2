"""Train a model: `python -m model.train --data DIR --out MODEL`.

Decay and mixture of the candidates are chosen on the four weeks before the cut; every part is then fitted to
everything before the cut, and the folder is written with its manifest. The weeks after the cut are not looked at:
that is what `python -m model.evaluate` does.
"""

import argparse
import sys
from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from model import artifact
from model.artifact import Manifest, NotAModelFolderError, Part
from model.datasets import prepared
from model.datasets.dataset import Dataset, MissingDataError
from model.evaluation.cost import measured
from model.training import cold_start, neighbours, propensity, ranking, sessions
from model.training.evaluation import Quality
from model.training.export import graph
from model.training.fit import Grid, Settings, Trial, choose, fit, past_histories
from model.training.parts import VALIDATION_WEEKS, Cuts, MakePart, Training
from model.training.ranking import ParityError

GRID = Grid()
PARTS: Sequence[MakePart] = (ranking.part, propensity.part, sessions.part, neighbours.part, cold_start.part)
"""What is trained upon the candidates, in this order."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; 0 when a model was written."""
    options = _options().parse_args(arguments)
    console = Console(stderr=True)
    try:
        cuts = prepared.read(options.data).cut
        with Progress(
            SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn(), console=console
        ) as live:
            manifest = train(cuts, options.out, datetime.now(UTC), live)
    except (MissingDataError, NotAModelFolderError, ParityError) as error:
        console.print(str(error), style="red", markup=False, soft_wrap=True)
        return 1
    console.print(f"Model {manifest.version} is in {options.out}")
    for name, figures in manifest.metrics.items():
        told = "  ".join(f"{key} {value:.4f}" for key, value in figures.items())
        console.print(f"  {name:30}{told}", soft_wrap=True)
    return 0


def train(cuts: Cuts, out: Path, created: datetime, live: Progress, grid: Grid = GRID) -> Manifest:
    """Choose, fit, export and write a model; the same data gives the same model."""
    artifact.check_writable(out)
    with measured() as cost:
        training, parts = _trained(cuts, live, grid)
    spent = {"seconds": round(cost.seconds, 1), "megabytes": round(cost.megabytes, 1)}
    whole = artifact.compose([*parts, Part({}, metrics={"training": spent})])
    return artifact.write(out, whole, data=_data(training.dataset), tau=training.settings.tau, created=created)


def _trained(cuts: Cuts, live: Progress, grid: Grid) -> tuple[Training, list[Part]]:
    chosen = _choose(cuts(VALIDATION_WEEKS), grid, live)
    dataset = cuts(0)
    step = live.add_task("Fitting the candidates to everything before the cut", total=1)
    settings = chosen.settings if chosen else Settings()
    model = fit(past_histories(dataset, settings.tau), settings)
    live.update(step, completed=1)
    training = Training(cuts, dataset, settings, model, live)
    validation = chosen.quality if chosen else None
    return training, [_candidates(training, validation), *filter(None, (make(training) for make in PARTS))]


def _choose(dataset: Dataset, grid: Grid, live: Progress) -> Trial | None:
    """The best choice; None where the validation slice has nobody to judge by."""
    task = live.add_task("Choosing decay and mixture", total=len(grid))
    chosen = choose(dataset, Settings(), grid, lambda: live.advance(task))
    live.update(task, total=1, completed=1)  # also where steps beyond the grid were tried
    if not chosen:
        live.console.print(
            "Decay and mixture are not chosen: nobody who had bought before the validation bought in it."
        )
    return chosen


def _candidates(training: Training, validation: Quality | None) -> Part:
    """The obligatory part: the candidate graph and the product ids by row."""
    figures = {key: round(value, 4) for key, value in asdict(validation).items()} if validation else None
    return Part(
        files={
            artifact.GRAPH: graph(training.candidates).SerializeToString(deterministic=True),
            artifact.PRODUCTS: artifact.listed(training.products),
        },
        settings=asdict(training.settings),
        metrics={"validation": figures} if figures else {},
    )


def _data(dataset: Dataset) -> dict[str, str | int]:
    return {
        "name": dataset.name,
        "source": dataset.source,
        "cut": dataset.cut_date.isoformat(),
        "shoppers": dataset.past["shopper"].n_unique(),
        "products": dataset.products.height,
        "purchases": dataset.past.height,
    }


def _options() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m model.train", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder that `python -m model.prepare` wrote")
    parser.add_argument("--out", type=Path, default=artifact.DEFAULT_FOLDER, help="folder to write (%(default)s)")
    return parser


if __name__ == "__main__":
    sys.exit(main())
