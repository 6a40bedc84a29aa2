"""Seed the shop of the settings with a data set: `python -m model.seed`.

What is seeded already stays; what was broken off is completed. Settings come from the environment, then from
local.settings.json.
"""

import argparse
import asyncio
import json
import os
import sys
import time
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

from azure.core.exceptions import AzureError
from redis.exceptions import RedisError
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from functions.settings import InvalidSettingError, MissingSettingError, Settings
from model import datasets
from model.artifact import InvalidArtifactError
from model.datasets import prepared
from model.datasets.dataset import MissingDataError
from model.seed.run import OtherDatasetError, Seeding, seed

DEFAULT = "complete-journey"
LOCAL_SETTINGS = Path("local.settings.json")
MOST_TOLD = 200
"""Characters of a service's error that are shown."""
WAYS_OUT = (
    InvalidArtifactError,
    InvalidSettingError,
    MissingDataError,
    MissingSettingError,
    OtherDatasetError,
)
"""Errors whose text already says what to do."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; 0 when the shop is seeded."""
    options = _options().parse_args(arguments)
    console, started = Console(stderr=True), time.monotonic()
    columns = (TextColumn("{task.description:20}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    try:
        settings = Settings.read({**_local_settings(), **os.environ})
        source = prepared.source(options.data) if options.data else datasets.source(DEFAULT)
        with Progress(*columns, console=console) as live:
            seeding = Seeding(settings, source, datetime.now(UTC).date(), options.reset, live)
            outcome = asyncio.run(seed(seeding))
    except WAYS_OUT as error:
        return _failed(console, str(error))
    except (AzureError, RedisError, OSError) as error:
        fault = (str(error) or type(error).__name__).splitlines()[0][:MOST_TOLD]
        return _failed(console, f"A service failed: is the stack up? Then run the seed again. It said: {fault}")
    console.print(f"The shop is {outcome} with {source.name} ({time.monotonic() - started:.1f} s).")
    return 0


def _failed(console: Console, why: str) -> int:
    console.print(why, style="red", markup=False, soft_wrap=True)
    return 1


def _local_settings() -> Mapping[str, str]:
    if not LOCAL_SETTINGS.exists():
        return {}
    values: Mapping[str, str] = json.loads(LOCAL_SETTINGS.read_text())["Values"]
    return values


def _options() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m model.seed", description=__doc__)
    parser.add_argument(
        "--data", type=Path, help=f"folder that model.prepare wrote ({DEFAULT} as its package has it)"
    )
    parser.add_argument("--reset", action="store_true", help="delete the database and the shop's Redis keys first")
    return parser


if __name__ == "__main__":
    sys.exit(main())
