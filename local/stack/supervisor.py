"""Keeps the services of a stack running: starts them in order, restarts what dies, stops them in reverse."""

import os
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import TracebackType
from typing import Self

import psutil

from local.stack import guard, logs, state
from local.stack.config import Stack
from local.stack.keeper import Keeper
from local.stack.process import Process
from local.stack.state import State

type Report = Callable[[str], None]


class Supervisor:
    """Runs a stack during a `with` block. Raises `AlreadyRunningError` when another one does.

    Entering returns at once: `state` tells when the services are healthy. What happens to them meanwhile is said
    to `report`, line by line, from several threads.
    """

    def __init__(self, stack: Stack, report: Report, port_offset: int = 0) -> None:
        self._stack = stack
        self._report = report
        self._offset = port_offset
        self._owner = guard.run_of(str(stack.folder))
        self._stopping = threading.Event()
        self._writing = threading.Lock()
        self._keepers: Sequence[Keeper] = ()

    def __enter__(self) -> Self:
        self._stack.folder.mkdir(parents=True, exist_ok=True)
        self._lock = state.lock(lock_file(self._stack.folder))
        if left := guard.sweep(str(self._stack.folder)):
            self._report(f"ended {left} processes that an earlier run had left over")
        self._guard = guard.Guard(self._owner)
        self._keepers = self._make_keepers()
        self._write()
        for keeper in self._keepers:
            keeper.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stopping.set()
        for keeper in self._keepers:
            keeper.join()
        self._stop_in_order()
        self._guard.close()
        state_file(self._stack.folder).unlink(missing_ok=True)
        self._lock.close()

    def state(self) -> State:
        """What all services are doing now."""
        return State(
            pid=os.getpid(),
            created=psutil.Process().create_time(),
            owner=self._owner,
            port_offset=self._offset,
            services=[keeper.state() for keeper in self._keepers],
            pages=self._stack.pages,
        )

    def _make_keepers(self) -> Sequence[Keeper]:
        keepers: dict[str, Keeper] = {}
        for service in self._stack.services:
            log = log_file(self._stack.folder, service.name)
            logs.rotate(log)
            keepers[service.name] = Keeper(
                Process(service, log, self._guard),
                needs=[keepers[name] for name in service.needs],
                stopping=self._stopping,
                changed=self._write,
                report=self._report,
            )
        return list(keepers.values())

    def _stop_in_order(self) -> None:
        """First the services that need others, then, together, those that none needs any more."""
        waiting = list(self._keepers)
        with ThreadPoolExecutor(max_workers=len(waiting) or 1) as threads:
            while waiting:
                needed = {need for keeper in waiting for need in keeper.needs}
                last = [keeper for keeper in waiting if keeper not in needed]
                list(threads.map(Keeper.stop, last))
                waiting = [keeper for keeper in waiting if keeper in needed]

    def _write(self) -> None:
        with self._writing:
            state.write(state_file(self._stack.folder), self.state())


def state_file(folder: Path) -> Path:
    """Where the supervisor of the stack in `folder` writes its state."""
    return folder / "stack.json"


def lock_file(folder: Path) -> Path:
    """The file that the running supervisor holds locked."""
    return folder / "stack.lock"


def log_file(folder: Path, name: str) -> Path:
    """Where the output of a service goes; `stack` is the supervisor's own."""
    return folder / "logs" / f"{name}.log"
