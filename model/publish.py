"""Publish a trained and evaluated model: `python -m model.publish --model DIR`.

It must pass its gates: hashes, size, a trial in this process, parity with the training library, its evaluation and
canaries, and not be worse than the active version. It is then uploaded to Blob storage, the manifest last; nothing
that was published is ever changed. It does not serve before `python -m model.activate VERSION`.
"""

import argparse
import asyncio
import sys
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TransferSpeedColumn

from model import artifact
from model.artifact import Manifest
from model.registry import store
from model.registry.command import failed, run
from model.registry.connections import Connections
from model.registry.judging import judged

COLUMNS = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TransferSpeedColumn())


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; 0 when the version is published."""
    options = _options().parse_args(arguments)
    return run(lambda connections, console: _publish(connections, console, options.model, options.data))


async def _publish(connections: Connections, console: Console, folder: Path, data: Path | None) -> int:
    manifest = await asyncio.to_thread(artifact.read, folder)
    both = f", and both versions by {data}, which takes a minute" if data else ""
    with console.status(f"Judging {manifest.version}{both} ...", spinner="line"):
        found = await judged(connections, folder, manifest, data)
    for gate in found:
        mark, style = ("passed", "green") if gate.passed else ("FAILED", "red")
        console.print(
            f"  {mark}  {gate.name:12}{gate.told}", style=style, markup=False, highlight=False, soft_wrap=True
        )
    if not all(gate.passed for gate in found):
        names = ", ".join(gate.name for gate in found if not gate.passed)
        return failed(console, f"Model {manifest.version} was not published, it failed: {names}.")
    fresh = await _upload(connections, console, folder, manifest)
    told = f"Model {manifest.version} {'is published' if fresh else 'was published already'};"
    way_on = f"make it serve: python -m model.activate {manifest.version}"
    console.print(told, way_on, markup=False, highlight=False, soft_wrap=True)
    return 0


async def _upload(connections: Connections, console: Console, folder: Path, manifest: Manifest) -> bool:
    with Progress(*COLUMNS, console=console) as live:
        task = live.add_task(f"Uploading {manifest.version}", total=store.size(folder, manifest))
        return await store.publish(connections.models, folder, manifest, lambda size: live.advance(task, size))


def _options() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m model.publish", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--model", type=Path, required=True, metavar="DIR", help="what `model.train` wrote")
    parser.add_argument(
        "--data",
        type=Path,
        metavar="DIR",
        help="what `model.prepare` wrote: measures this version and the active one on the weeks after the cut, when"
        " their manifests have no slice in common",
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())
