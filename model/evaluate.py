"""Evaluate a model: `python -m model.evaluate --data DIR --model MODEL`.

Every baseline is tuned on the validation slice, the four weeks before the cut. Then all, and the model through the
code that serves it, foresee the next basket: what a shopper buys on the first day in the shop after the cut. The
whole catalogue is ranked, nothing sampled. The figures go to evaluation.json and evaluation.md in the model's folder.
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from functions.adapters.model_folder import ModelCorruptError
from model import artifact
from model.artifact import InvalidArtifactError
from model.datasets import prepared
from model.datasets.cutting import TooEarlyError
from model.datasets.dataset import MissingDataError
from model.evaluation import report, tables
from model.evaluation.evaluating import WrongDataError, evaluate
from model.evaluation.gates import refusals
from model.evaluation.report import Evaluation

WIDE = 150
"""Characters of a line where nobody has a terminal to fit it in."""
COLUMNS = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; 0 when the model was evaluated, whatever came out."""
    options = _options().parse_args(arguments)
    console = Console(stderr=True)
    try:
        data = prepared.read(options.data)
        with Progress(*COLUMNS, console=console) as live:
            found = evaluate(data.cut, options.model, live)
    except (MissingDataError, InvalidArtifactError, ModelCorruptError, WrongDataError, TooEarlyError) as error:
        console.print(str(error), style="red", markup=False, soft_wrap=True)
        return 1
    write(found, options.model)
    _show(found)
    console.print(f"Written to {options.model / report.FILE} and {report.TEXT}", markup=False, soft_wrap=True)
    return 0


def write(found: Evaluation, folder: Path) -> None:
    """Both files, each whole or not at all."""
    for name, content in ((report.TEXT, text(found)), (report.FILE, report.to_json(found))):
        partial = folder / f".{name}.partial"
        partial.write_text(content)
        partial.replace(folder / name)


def text(found: Evaluation) -> str:
    """The evaluation in Markdown."""
    data = found.data
    head = (
        f"# Evaluation of model {found.version}\n\n"
        f"{data.name} ({data.source}), cut at {data.cut}: what {data.shoppers:,} shoppers with a history "
        f"bought on their first day in the shop of the {data.horizon} after it, among {data.products:,} products. "
        f"Made in {found.seconds:,.0f} s with {found.megabytes / 1e3:.1f} GB."
    )
    return "\n\n".join([head, tables.document(_tables(found)), _gates(found)]) + "\n"


def _tables(found: Evaluation) -> list[tables.Grid]:
    first = (tables.results, tables.gains, tables.against_all, tables.canaries)
    last = (tables.groups, tables.parts, tables.settings)
    return [*(make(found) for make in first), *tables.sections(found), *(make(found) for make in last)]


def _gates(found: Evaluation) -> str:
    told = refusals(found)
    served = (
        f"One answer took {found.latency.p50:.2f} ms (p50), {found.latency.p99:.2f} ms (p99).\n\n"
        if found.latency
        else ""
    )
    return served + ("\n".join(f"- Gate failed: {line}" for line in told) or "All gates of the evaluation passed.")


def _show(found: Evaluation) -> None:
    console = Console()
    if not console.is_terminal:
        console = Console(width=WIDE)
    for grid in (tables.results(found), tables.gains(found), tables.canaries(found), *tables.sections(found)):
        if grid.rows:
            console.print(grid.rich())
    console.print(_gates(found), markup=False, highlight=False)


def _options() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m model.evaluate", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder that model.prepare wrote")
    parser.add_argument(
        "--model", type=Path, default=artifact.DEFAULT_FOLDER, help="the model's folder (%(default)s)"
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())
