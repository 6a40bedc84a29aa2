"""`make bench`: run the benchmarks and print one table. It never fails because a machine is slow."""

import argparse
import os
from collections.abc import Callable, Sequence
from importlib import import_module

from rich.console import Console
from rich.table import Table

from tests.bench.figures import Figure

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # before numpy is imported: figures are for one core
BENCHMARKS = (
    "cold_start",
    "scoring",
    "newcomers",
    "decision",
    "aggregation",
    "metrics",
    "freshness",
    "lake",
    "policy",
    "redemptions",
    "search",
    "recommendations",
    "storefront",
    "loop",
)
LONG = ("soak", "endurance", "footprint", "arrivals")
"""Those that run only when they are named."""


def main() -> None:
    """Run all benchmarks, or those that are named."""
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    names, long = ", ".join((*BENCHMARKS, *LONG)), " and ".join(LONG)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"{names}; default: all but {long}")
    chosen = parser.parse_args().names or BENCHMARKS
    unknown = set(chosen) - {*BENCHMARKS, *LONG}
    if unknown:
        parser.error(f"no such benchmark: {', '.join(sorted(unknown))}; there are {', '.join(BENCHMARKS)}")
    table = Table("figure", "value", "unit", "ratio", "to", "aim", title="Benchmarks, medians of several runs")
    console = Console()
    console.width = max(console.width, 130)  # wide enough for a log, too
    for name in chosen:
        with console.status(f"{name} ..."):
            figures = _run(name)
        for figure in figures:
            ratio = "" if figure.ratio is None else f"{figure.ratio:.2f}"
            table.add_row(figure.name, f"{figure.value:,.3g}", figure.unit, ratio, figure.peer, figure.aim)
    console.print(table)


def _run(name: str) -> Sequence[Figure]:
    run: Callable[[], Sequence[Figure]] = import_module(f"tests.bench.{name}").run
    return run()


if __name__ == "__main__":
    main()
