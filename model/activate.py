"""Activate a published version of the model, or list all: `python -m model.activate VERSION`, `... --list`.

The functions take it over within half a minute, without a restart and between two requests; the way back is
`python -m model.rollback`. `shipped` is the version that comes with the code. Settings come from the environment,
then from local.settings.json.
"""

import argparse
import sys
from collections.abc import Sequence
from datetime import UTC, datetime

from rich.console import Console

from functions.adapters import active_model
from functions.adapters.active_model import SHIPPED_VERSION
from functions.adapters.model_store import ModelStoreError
from functions.contracts import SHIPPED
from model import artifact
from model.artifact import InvalidArtifactError
from model.registry import affinities, listing, store, switch
from model.registry.command import run
from model.registry.connections import SERVICE_FAILED, Connections, fault
from model.registry.errors import ListsNotRenewedError, RegistryError
from model.registry.store import Published
from model.registry.switch import Switch


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; 0 when the version is active."""
    options = _options().parse_args(arguments)
    if options.list:
        return run(_list)
    if not options.version:
        _options().error("name a version, or --list them")
    return run(lambda connections, console: _activate(connections, console, options.version))


async def carry_out(connections: Connections, console: Console, change: Switch) -> None:
    """Switch, say so, and renew the lists for newcomers; raises `LostSwitchError` and `ListsNotRenewedError`.

    Whoever rolls back must not be told to run the same command again, which would lead forward.
    """
    await switch.make(connections.documents, change)
    version = change.after.version
    again = " again, for those that could not take it" if change.before.version == version else ""
    console.print(f"{version} is active{again}; before it was {change.before.version}.", highlight=False)
    try:
        written = await affinities.publish(connections, version)
    except (RegistryError, InvalidArtifactError, *SERVICE_FAILED) as error:
        raise ListsNotRenewedError(version, fault(error)) from error
    if written:
        console.print(f"{written:,} lists for newcomers were written to Redis.", highlight=False)


async def _activate(connections: Connections, console: Console, name: str) -> int:
    version = SHIPPED_VERSION if name == SHIPPED else (await store.find(connections.models, name)).version
    await carry_out(connections, console, await switch.to_version(connections.documents, version, datetime.now(UTC)))
    return 0


async def _list(connections: Connections, _: Console) -> int:
    active, _etag = await active_model.read(connections.documents)
    found: dict[str, Published | ModelStoreError] = {}
    for name in await store.names(connections.models):
        try:
            found[name] = await store.find(connections.models, name)
        except ModelStoreError as error:
            found[name] = error
    shown = Console()
    shown.width = max(shown.width, 120)  # wide enough for a log, too
    shown.print(listing.table(found, artifact.read(connections.settings.model_folder), active))
    return 0


def _options() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m model.activate", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("version", nargs="?", help=f"as `model.publish` told it, or '{SHIPPED}'")
    parser.add_argument("--list", action="store_true", help="show all versions, their figures, and which is active")
    return parser


if __name__ == "__main__":
    sys.exit(main())
