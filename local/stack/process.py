"""One service as a running process: started until healthy, stopped gently, or killed for a test of faults."""

import os
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

from local.stack.guard import ROOT, Guard, of_this_process
from local.stack.services import Service

START_TIMEOUT = 60.0
POLL = 0.03
TAIL_BYTES = 16_384


class StartError(Exception):
    """A service ended before it was healthy, or did not become healthy in time; shows the end of its log."""


class Process:
    """The process of one service; may be started again after `stop` or `kill` as often as needed."""

    def __init__(self, service: Service, log: Path, guard: Guard) -> None:
        self.service = service
        self.log = log
        self._guard = guard
        self._process: subprocess.Popen[bytes] | None = None
        self._group: int | None = None

    @property
    def connection(self) -> str:
        """The connection string (or URL) by which clients reach the service."""
        return self.service.connection

    @property
    def pid(self) -> int | None:
        """The process id while it runs, else None."""
        return self._process.pid if self._process and self._process.poll() is None else None

    def start(self, timeout: float = START_TIMEOUT) -> None:
        """Start the process and wait until its health check passes. Raises `StartError`."""
        self.launch()
        deadline = time.monotonic() + timeout
        self.wait_until_healthy(lambda: time.monotonic() > deadline)

    def launch(self) -> None:
        """Start the process without waiting; its output is appended to the log. Raises `StartError`."""
        if self.service.data:
            self.service.data.mkdir(parents=True, exist_ok=True)
        with self.log.open("ab") as log:
            try:
                self._process = self._popen(log)
                self._group = self._process.pid
            except OSError as error:
                raise StartError(f"{self.service.name} cannot be started: {error}") from error

    def wait_until_healthy(self, give_up: Callable[[], bool]) -> None:
        """Ask the health check until it passes; `give_up` is asked between. Raises `StartError`."""
        while True:
            healthy = self.service.ready()
            if self.pid is None:  # whoever may have answered on its port
                raise StartError(f"{self.service.name} ended with {self.outcome()}\n{self.tail()}")
            if healthy:
                return
            if give_up():
                raise StartError(f"{self.service.name} is not healthy yet\n{self.tail()}")
            time.sleep(POLL)

    def wait(self, timeout: float) -> bool:
        """Wait for the process to end; False if it still runs after `timeout` seconds."""
        if self._process:
            try:
                self._process.wait(timeout)
            except subprocess.TimeoutExpired:
                return False
        return True

    def stop(self) -> None:
        """SIGTERM, then SIGKILL if it takes longer than the service's `stop_timeout`."""
        if self._process is None:
            return
        self._process.terminate()
        if not self.wait(self.service.stop_timeout):
            self.kill()
        self._end_group()

    def kill(self) -> None:
        """SIGKILL to the process and what it started, as a crash or an out-of-memory kill would."""
        if self._process:
            self._end_group()
            self._process.kill()
            self._process.wait()

    def outcome(self) -> str:
        """How the process ended, such as `exit code 2` or `SIGKILL`."""
        code = self._process.poll() if self._process else None
        return f"exit code {code}" if code is None or code >= 0 else signal.Signals(-code).name

    def tail(self, lines: int = 12) -> str:
        """The last lines of the log."""
        with self.log.open("rb") as log:
            log.seek(max(0, log.seek(0, os.SEEK_END) - TAIL_BYTES))
            return "\n".join(log.read().decode(errors="replace").splitlines()[-lines:])

    def _popen(self, log: IO[bytes]) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            self.service.command,
            env=os.environ | {"PYTHONUNBUFFERED": "1"} | dict(self.service.env) | self._guard.mark,
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # Ctrl-C in the terminal is for us alone; we then stop it in order
        )

    def _end_group(self) -> None:
        """End what the process started; once only, since its group's number may belong to others later."""
        group, self._group = self._group, None
        if group:
            with suppress(ProcessLookupError, PermissionError):  # no member is left (macOS says so with EPERM)
                os.killpg(group, signal.SIGKILL)


@contextmanager
def running(service: Service, timeout: float = START_TIMEOUT) -> Iterator[Process]:
    """Run a service during a `with` block: healthy on entry, stopped on exit. Raises `StartError`."""
    with tempfile.TemporaryDirectory(prefix="local-stack-") as folder:
        process = Process(service, Path(folder) / f"{service.name}.log", of_this_process())
        try:
            process.start(timeout)
            yield process
        finally:
            process.stop()
