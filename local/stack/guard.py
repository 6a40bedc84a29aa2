"""A promise that nothing is left running: whatever carries our mark ends when we do, however we end.

Every process of a stack carries `LOCAL_STACK_OWNER=<owner>` in its environment and passes it on to its own
children. The guard is a tiny process that reads a pipe of which only the owner holds the other end. When the
owner is gone, also by `kill -9`, the pipe closes and the guard ends everything that carries the mark: first
with SIGTERM, so that servers can save, then with SIGKILL. The same sweep at the next start finds what is left
when the guard was killed too. There is no list of pids that could be stale or incomplete.
"""

import atexit
import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from functools import cache
from pathlib import Path

import psutil

OWNER = "LOCAL_STACK_OWNER"
RUN = "#run "  # a mark may end in this and the name of a run: a sweep without it means all runs
GRACE = 10.0
POLL = 0.1
ROOT = Path(__file__).resolve().parents[2]


def run_of(owner: str) -> str:
    """A mark for one run of `owner`, so that the end of an earlier run cannot touch a later one."""
    return f"{owner}{RUN}{os.getpid()} {time.time_ns()}"


class Guard:
    """Ends all processes marked with `owner` when this process has ended."""

    def __init__(self, owner: str) -> None:
        self.owner = owner
        self._process = subprocess.Popen(
            [sys.executable, "-m", "local.stack.guard", owner],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            cwd=ROOT,
            start_new_session=True,  # Ctrl-C in the terminal must not end the guard before its work is done
        )

    @property
    def mark(self) -> dict[str, str]:
        """The environment variable that a process must carry to be guarded."""
        return {OWNER: self.owner}

    def close(self) -> None:
        """End what is still running, as if this process had ended."""
        if self._process.stdin:
            self._process.stdin.close()
        self._process.wait()


@cache
def of_this_process() -> Guard:
    """The guard of the running Python process, for tests and tools that start servers for themselves."""
    guard = Guard(run_of("python"))
    atexit.register(guard.close)
    return guard


def sweep(owner: str, grace: float = GRACE) -> int:
    """End every process marked with `owner`: SIGTERM, `grace` seconds, SIGKILL. Returns their number.

    An owner without a run means all its runs, so that a start can end what earlier ones left over.
    """
    found = marked(owner)
    _signal(found, signal.SIGTERM)
    _wait_for_end(owner, grace)
    deadline = time.monotonic() + grace
    while (stubborn := marked(owner)) and time.monotonic() < deadline:  # also those that were forked meanwhile
        _signal(stubborn, signal.SIGKILL)
        _wait_for_end(owner, POLL)
    return len(found)


def _wait_for_end(owner: str, timeout: float) -> None:
    deadline = time.monotonic() + timeout
    while marked(owner) and time.monotonic() < deadline:
        time.sleep(POLL)


def marked(owner: str) -> list[psutil.Process]:
    """Every process that carries the mark of `owner`, of any of its runs if it names none."""
    return [p for p in psutil.process_iter() if p.pid != os.getpid() and _carries(p, owner)]


def _carries(process: psutil.Process, owner: str) -> bool:
    try:
        mark = process.environ().get(OWNER, "")
        return mark == owner or mark.startswith(f"{owner}{RUN}")
    except (psutil.Error, OSError):  # gone meanwhile, or another user's
        return False


def _signal(processes: list[psutil.Process], number: signal.Signals) -> None:
    for process in processes:
        with suppress(psutil.NoSuchProcess):
            process.send_signal(number)


if __name__ == "__main__":
    sys.stdin.buffer.read()
    sweep(sys.argv[1])
