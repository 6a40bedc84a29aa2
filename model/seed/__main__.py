"""Seed the shop of the settings with a data set: `python -m model.seed`.

What is seeded already stays; what was broken off is completed. Settings come from the environment, then from
local.settings.json.
"""

import argparse
import asyncio
import sys
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from functions.settings import InvalidSettingError, MissingSettingError
from model import datasets, local_settings
from model.artifact import InvalidArtifactError
from model.datasets import prepared
from model.datasets.dataset import MissingDataError
from model.local_settings import UnreadableSettingsError
from model.registry.connections import SERVICE_FAILED, told
from model.seed.run import OtherDatasetError, ResetRefusedError, Seeding, seed

DEFAULT = "complete-journey"
WAYS_OUT = (
    InvalidArtifactError,
    InvalidSettingError,
    MissingDataError,
    MissingSettingError,
    ResetRefusedError,
    UnreadableSettingsError,
)
"""Errors whose text already says what to do."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; 0 when the shop is seeded."""
    options = _options().parse_args(arguments)
    console, started = Console(stderr=True), time.monotonic()
    columns = (TextColumn("{task.description:20}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    try:
        settings = local_settings.read()
        source = prepared.source(options.data) if options.data else datasets.source(DEFAULT)
        with Progress(*columns, console=console) as live:
            seeding = Seeding(settings, source, datetime.now(UTC).date(), options.reset, live)
            outcome = asyncio.run(seed(seeding))
    except OtherDatasetError as error:
        return _failed(console, str(error)) if options.data else _stays(console, error.there)
    except WAYS_OUT as error:
        return _failed(console, str(error))
    except SERVICE_FAILED as error:
        return _failed(console, told(error))
    console.print(f"The shop is {outcome} with {source.name} ({time.monotonic() - started:.1f} s).")
    return 0


def _stays(console: Console, there: str) -> int:
    """Nobody asked for another data set: that of the shop stays, so that a stack comes up with it again."""
    told = f"The shop is seeded with {there} and stays as it is; --data with its folder moves its dates to this week."
    console.print(told, markup=False, highlight=False, soft_wrap=True)
    return 0


def _failed(console: Console, why: str) -> int:
    console.print(why, style="red", markup=False, soft_wrap=True)
    return 1


def _options() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m model.seed", description=__doc__)
    parser.add_argument(
        "--data", type=Path, help=f"folder that model.prepare wrote ({DEFAULT} as its package has it)"
    )
    parser.add_argument("--reset", action="store_true", help="delete the database and the shop's Redis keys first")
    return parser


if __name__ == "__main__":
    sys.exit(main())
