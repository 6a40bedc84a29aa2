"""Activate the version that was active before: `python -m model.rollback`. Twice leads back to where one was."""

import argparse
import sys
from collections.abc import Sequence
from datetime import UTC, datetime

from rich.console import Console

from model.activate import carry_out
from model.registry import switch
from model.registry.command import run
from model.registry.connections import Connections


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; 0 when the previous version is active."""
    argparse.ArgumentParser(prog="python -m model.rollback", description=__doc__).parse_args(arguments)
    return run(_roll_back)


async def _roll_back(connections: Connections, console: Console) -> int:
    await carry_out(connections, console, await switch.to_previous(connections.documents, datetime.now(UTC)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
