"""The supervisor as a process of its own, which `make up` leaves behind and `make down` ends."""

import subprocess
import sys
import time
from pathlib import Path

import psutil

from local.stack import logs, state
from local.stack.config import Stack
from local.stack.errors import UpError
from local.stack.guard import ROOT
from local.stack.state import State
from local.stack.supervisor import log_file, state_file

DOWN_TIMEOUT = 60.0
POLL = 0.05
TAIL = 2000  # characters of the log that an error shows


def start(stack: Stack, config: Path, port_offset: int) -> subprocess.Popen[bytes]:
    """Start it; it goes on when we end."""
    log = log_file(stack.folder, "stack")
    logs.rotate(log)
    arguments = ["supervise", "--config", str(config.resolve()), "--port-offset", str(port_offset)]
    with log.open("ab") as output:
        return subprocess.Popen(
            [sys.executable, "-m", "local.stack", *arguments],
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )


def current(stack: Stack, process: subprocess.Popen[bytes]) -> State | None:
    """Its state, or None before it has one. Raises `UpError` when it has ended."""
    if process.poll() is not None:
        tail = log_file(stack.folder, "stack").read_text()[-TAIL:]
        raise UpError(f"the supervisor ended with exit code {process.returncode}\n{tail}")
    return state.read(state_file(stack.folder))


def end(pid: int) -> None:
    """Ask it to stop everything and wait until it has; kill it if it takes longer than a minute."""
    try:
        process = psutil.Process(pid)
        process.terminate()
    except psutil.NoSuchProcess:
        return
    deadline = time.monotonic() + DOWN_TIMEOUT
    while _runs(process) and time.monotonic() < deadline:
        time.sleep(POLL)
    if _runs(process):
        process.kill()


def _runs(process: psutil.Process) -> bool:
    try:
        return process.status() != psutil.STATUS_ZOMBIE  # which has ended, though its parent has not asked yet
    except psutil.NoSuchProcess:
        return False
