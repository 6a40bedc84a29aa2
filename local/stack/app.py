"""Runs the app's own commands, such as its seed, in the foreground with the settings of the stack."""

import os
import subprocess
from collections.abc import Sequence

from local.stack import guard
from local.stack.config import Stack
from local.stack.errors import UpError
from local.stack.state import State

GRACE = 2.0


def run(stack: Stack, command: Sequence[str] | None, now: State) -> None:
    """Run a command of the app in the foreground with the stack's settings. Raises `UpError`."""
    if command is None:
        return
    environment = os.environ | dict(stack.settings) | {guard.OWNER: now.owner}
    with subprocess.Popen(command, env=environment, cwd=stack.folder.parent) as process:
        try:
            code = process.wait()
        except KeyboardInterrupt:
            _let_end(process)
            raise
    if code:
        raise UpError(f"{' '.join(command)} ended with exit code {code}")


def _let_end(process: subprocess.Popen[bytes]) -> None:
    """Ctrl-C reached the command too: give it time to put the terminal in order before it is made to end."""
    for end in (process.terminate, process.kill):
        try:
            process.wait(GRACE)
        except subprocess.TimeoutExpired:
            end()
