"""Train the candidate model: `python -m model.train`.

Decay and mixture are chosen on the four weeks before the cut; the model is then fitted to everything before the cut
and written with its manifest. `--evaluate` also measures it, and two baselines, on the four weeks after the cut.
"""

import argparse
import sys
from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from model import artifact, datasets
from model.artifact import Manifest
from model.datasets.dataset import Dataset, MissingDataError, UnknownDatasetError
from model.training import baselines
from model.training.candidates import CandidateModel
from model.training.evaluation import Quality, next_baskets
from model.training.export import graph
from model.training.fit import Grid, Settings, Trial, best, fit, measure, past_histories, trials

VALIDATION_WEEKS = 4
GRID = Grid()


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; 0 when a model was written."""
    options = _options().parse_args(arguments)
    console = Console(stderr=True)
    try:
        with Progress(
            SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn(), console=console
        ) as live:
            manifest = train(options.dataset, options.out, datetime.now(UTC), live, evaluate=options.evaluate)
    except (MissingDataError, UnknownDatasetError) as error:
        console.print(str(error), style="red", markup=False, soft_wrap=True)
        return 1
    console.print(f"Model {manifest.version} is in {options.out}")
    for name, figures in manifest.metrics.items():
        console.print(f"  {name:24}" + "  ".join(f"{key} {value:.4f}" for key, value in figures.items()))
    return 0


def train(name: str, out: Path, created: datetime, live: Progress, *, evaluate: bool, grid: Grid = GRID) -> Manifest:
    """Choose, fit, export and write a model of a data set; the same data gives the same model."""
    step = live.add_task(f"Reading {name}", total=None)
    source = datasets.source(name)
    chosen = _choose(source.read(VALIDATION_WEEKS), grid, live)
    dataset = source.read(0)
    live.update(step, description="Fitting the model to everything before the cut")
    known = past_histories(dataset, chosen.settings.tau)
    model = fit(known, chosen.settings)
    metrics = {"validation": chosen.quality}
    if evaluate:
        live.update(step, description="Measuring the four weeks after the cut")
        metrics |= _measured(dataset, model, chosen.settings)
    live.update(step, description=f"Writing {out}", total=1, completed=1)
    return _write(out, dataset, model, chosen.settings, metrics, created)


def _choose(dataset: Dataset, grid: Grid, live: Progress) -> Trial:
    task = live.add_task("Choosing decay and mixture", total=len(grid))
    tried = []
    for trial in trials(dataset, Settings(), grid):
        tried.append(trial)
        live.update(task, advance=1, description=f"Choosing decay and mixture {len(tried)}/{len(grid)}")
    return best(tried)


def _measured(dataset: Dataset, model: CandidateModel, settings: Settings) -> dict[str, Quality]:
    known, counts = past_histories(dataset, settings.tau), baselines.plain_counts(dataset)
    truth = next_baskets(dataset, known)
    return {
        "test": measure(model, known.bounded(), known, truth),
        "test popularity": baselines.popularity(counts, truth),
        "test personal, popular": baselines.personal_then_popular(counts, truth),
    }


def _write(
    out: Path,
    dataset: Dataset,
    model: CandidateModel,
    settings: Settings,
    metrics: dict[str, Quality],
    created: datetime,
) -> Manifest:
    products = dataset.products["id"].to_list()
    content = graph(model).SerializeToString(deterministic=True)
    data = {
        "name": dataset.name,
        "source": dataset.source,
        "cut": dataset.cut_date.isoformat(),
        "shoppers": dataset.past["shopper"].n_unique(),
        "products": len(products),
        "purchases": dataset.past.height,
    }
    described = {
        "version": artifact.version_of(content, products, created),
        "created": created.isoformat(timespec="seconds"),
        "data": data,
        "settings": asdict(settings),
        "metrics": {name: {key: round(value, 4) for key, value in asdict(q).items()} for name, q in metrics.items()},
        "tau": settings.tau,
    }
    return artifact.write(out, content, products, described)


def _options() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m model.train", description=__doc__)
    parser.add_argument("--dataset", default="complete-journey", help="name of the data set (%(default)s)")
    parser.add_argument("--out", type=Path, default=artifact.DEFAULT_FOLDER, help="folder to write (%(default)s)")
    parser.add_argument("--evaluate", action="store_true", help="also measure model and baselines after the cut")
    return parser


if __name__ == "__main__":
    sys.exit(main())
