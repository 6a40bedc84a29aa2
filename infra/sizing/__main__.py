"""`python -m infra.sizing`: what the system costs, and how far it goes."""

import argparse
from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

from infra.sizing import documents, inputs, picture, tables
from infra.sizing.demand import Workload
from infra.sizing.tables import Inputs


def main(words: Sequence[str] | None = None) -> None:
    """Print tables, or write them into the pages."""
    said = _parser().parse_args(words)
    given = replace(documents.given(), prices=inputs.prices(said.prices), peak=said.peak)
    if said.command == "docs":
        documents.write()
        picture.draw(given.figures, documents.PICTURE)
    elif said.rate is None:
        made = documents.COST if said.command == "cost" else documents.SCALE
        print("\n\n".join(make(given) for make in made.values()))
    else:
        print(_one(said, given))


def _one(said: argparse.Namespace, given: Inputs) -> str:
    """The tables of one load."""
    workload = Workload(said.rate, said.lists, said.events, said.together, said.path)
    case = (workload, given.sizes[said.size])
    made = (
        (tables.takes(workload, given), tables.lines(case, given), tables.costs([case], given))
        if said.command == "cost"
        else (tables.needs([case], given),)
    )
    return "\n\n".join((*made, tables.bottlenecks(workload, given)))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m infra.sizing", description=__doc__)
    parser.add_argument("command", choices=["cost", "scale", "docs"], help="docs: write the tables into docs/")
    parser.add_argument("--rate", type=Decimal, help="decisions a second; without it, the loads of the pages")
    parser.add_argument("--size", choices=list(inputs.sizes()), default="prod", help="what is bought at least")
    parser.add_argument("--lists", type=Decimal, default=Decimal(1), help="lists that are asked for with a decision")
    parser.add_argument("--events", type=Decimal, default=Decimal(3), help="events that are reported with a decision")
    parser.add_argument("--together", type=Decimal, default=Decimal(3), help="events in a call")
    parser.add_argument(
        "--path", choices=["storefront", "loop"], default="storefront", help="HTTP, or the simulation"
    )
    parser.add_argument("--peak", type=Decimal, default=documents.PEAK, help="the peak's multiple of the mean load")
    parser.add_argument("--prices", type=Path, default=inputs.PRICES, help="your own prices, as in prices.toml")
    return parser


if __name__ == "__main__":
    main()
