"""What the commands of the registry have in common: one line for each failure, with the way out."""

import asyncio
import logging
from collections.abc import Awaitable, Callable

from rich.console import Console

from functions.adapters.active_model import InvalidActiveModelError
from functions.settings import InvalidSettingError, MissingSettingError
from model.artifact import InvalidArtifactError
from model.datasets.dataset import MissingDataError
from model.local_settings import UnreadableSettingsError
from model.registry.connections import SERVICE_FAILED, Connections, connected, told
from model.registry.errors import RegistryError

WAYS_OUT = (
    InvalidActiveModelError,
    InvalidArtifactError,
    InvalidSettingError,
    MissingDataError,
    MissingSettingError,
    RegistryError,
    UnreadableSettingsError,
)
"""Errors whose text already says what to do."""

type Command = Callable[[Connections, Console], Awaitable[int]]


def run(command: Command) -> int:
    """Run a command with its connections; its exit code, or 1 and one line on stderr."""
    console = Console(stderr=True)
    logging.getLogger("azure").setLevel(logging.ERROR)  # its warnings of a server that is down would be more lines
    try:
        return asyncio.run(_connected(command, console))
    except WAYS_OUT as error:
        return failed(console, str(error))
    except SERVICE_FAILED as error:
        return failed(console, told(error))
    except KeyboardInterrupt:
        return failed(console, "Stopped. Nothing is half done: run the command again to complete it.") + 129


def failed(console: Console, why: str) -> int:
    """Say why, in one line; the exit code."""
    console.print(why, style="red", markup=False, highlight=False, soft_wrap=True)
    return 1


async def _connected(command: Command, console: Console) -> int:
    async with connected() as connections:
        return await command(connections, console)
