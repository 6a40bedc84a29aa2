"""Runs the host again whenever a file of the app changes (`--watch`)."""

import logging
import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

log = logging.getLogger("host")

_INTERVAL = 0.5
_SUFFIXES = frozenset({".py", ".json", ".html", ".txt", ".toml"})
_IGNORED = frozenset({"node_modules", "__pycache__", "venv", "tests"})

type Stamps = dict[Path, int]


def watch(app: Path, arguments: Sequence[str]) -> int:
    """Run `python -m local.host` with these arguments until this process is told to stop; its exit status."""
    stopped = _Stop()
    while True:
        stamps = snapshot(app)
        child = subprocess.Popen([sys.executable, "-m", "local.host", *arguments])
        changed = _wait(app, stamps, child, stopped)
        if child.poll() is None:
            child.terminate()
        status = child.wait()
        if stopped.requested:
            return status
        if changed is None:
            log.error("the host has ended; it starts again when a file changes")
            changed = _wait(app, stamps, None, stopped)
            if changed is None:
                return status
        log.warning("%s has changed: starting again", changed)


def snapshot(app: Path) -> Stamps:
    """When each file of the app was last changed (nanoseconds); hidden folders and packages do not count."""
    stamps: Stamps = {}
    for folder, folders, files in os.walk(app):
        folders[:] = [name for name in folders if name not in _IGNORED and not name.startswith(".")]
        for name in files:
            path = Path(folder, name)
            if path.suffix in _SUFFIXES and path.exists():
                stamps[path] = path.stat().st_mtime_ns
    return stamps


def difference(before: Stamps, after: Stamps) -> Path | None:
    """One file that is new, gone or changed; None when nothing is."""
    return next((path for path in before.keys() | after.keys() if before.get(path) != after.get(path)), None)


class _Stop:
    """Remembers that the process was told to stop."""

    def __init__(self) -> None:
        self.requested = False
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self._request)

    def _request(self, _number: int, _frame: object) -> None:
        self.requested = True


def _wait(app: Path, stamps: Stamps, child: subprocess.Popen[bytes] | None, stopped: _Stop) -> Path | None:
    """Wait for a change and return its file; None when the child has ended or a stop was requested."""
    while not stopped.requested and (child is None or child.poll() is None):
        time.sleep(_INTERVAL)
        changed = difference(stamps, snapshot(app))
        if changed is not None:
            return changed
    return None
