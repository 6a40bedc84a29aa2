"""Keeps one service running, in a thread of its own: starts it, watches it, starts it again when it dies."""

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import replace

from local.stack import logs
from local.stack.process import START_TIMEOUT, Process, StartError
from local.stack.state import ServiceState, Status

LONGEST_DELAY = 30.0
STEADY = 60.0  # a service that was healthy for so long has recovered from its earlier failures
REMIND_AFTER = 5
POLL = 0.2


def backoff(failures: int) -> float:
    """Seconds to wait before the next start after so many failures in a row: 1, 2, 4 .. 30."""
    return min(2.0 ** min(failures - 1, 10), LONGEST_DELAY)


class Keeper(threading.Thread):
    """Runs until `stopping` is set and then leaves the process to `stop`.

    Starts once all of `needs` have been healthy. Calls `changed` after every change of its state.
    """

    def __init__(
        self,
        process: Process,
        needs: "Sequence[Keeper]",
        stopping: threading.Event,
        changed: Callable[[], None],
        report: Callable[[str], None],
    ) -> None:
        name = process.service.name
        super().__init__(name=f"keeper of {name}", daemon=True)
        self.needs = needs
        self._process = process
        self._stopping = stopping
        self._changed = changed
        self._report = report
        self._was_healthy = threading.Event()
        self._since = time.monotonic()
        self._state = ServiceState(name=name, address=process.service.address)

    def state(self) -> ServiceState:
        """What the service is doing now."""
        if self._state.status is Status.STARTING:
            return replace(self._state, seconds=time.monotonic() - self._since)
        return self._state

    def run(self) -> None:
        """Wait for the services that it needs, then keep this one running."""
        while not all(need.was_healthy(POLL) for need in self.needs):
            if self._stopping.is_set():
                return
        while not self._stopping.is_set():
            self._live_once()

    def was_healthy(self, timeout: float) -> bool:
        """True once the service has been healthy, waiting up to `timeout` seconds for it."""
        return self._was_healthy.wait(timeout)

    def stop(self) -> None:
        """Stop the process, gently first."""
        self._process.stop()
        self._become(replace(self._state, status=Status.STOPPED, pid=None))

    def _live_once(self) -> None:
        self._since = time.monotonic()
        self._become(replace(self._state, status=Status.STARTING, message=""))
        try:
            self._process.launch()
            self._process.wait_until_healthy(self._give_up)
            self._healthy()
            self._watch()
        except StartError as error:
            if self._stopping.is_set():
                return
            self._process.kill()
            self._failed(str(error))

    def _give_up(self) -> bool:
        return self._stopping.is_set() or time.monotonic() - self._since > START_TIMEOUT

    def _healthy(self) -> None:
        seconds = time.monotonic() - self._since
        if self._state.failures:  # said first: who sees that it is healthy finds it in the log
            self._report(f"{self._state.name} is healthy again after {seconds:.1f} s")
        self._become(replace(self._state, status=Status.HEALTHY, seconds=seconds, pid=self._process.pid))
        self._was_healthy.set()

    def _watch(self) -> None:
        healthy_since = time.monotonic()
        while not self._process.wait(POLL):
            if self._stopping.is_set():
                return
            logs.bound(self._process.log)
        if time.monotonic() - healthy_since > STEADY:
            self._become(replace(self._state, failures=0))
        raise StartError(f"{self._state.name} ended with {self._process.outcome()}\n{self._process.tail()}")

    def _failed(self, why: str) -> None:
        failures = self._state.failures + 1
        delay = backoff(failures)
        self._report(f"{why}\n{self._state.name} is started again in {delay:.0f} s")
        if failures % REMIND_AFTER == 0:
            self._report(f"{self._state.name} failed {failures} times in a row; its log: {self._process.log}")
        self._become(replace(self._state, status=Status.RESTARTING, pid=None, failures=failures, message=why))
        self._stopping.wait(delay)

    def _become(self, state: ServiceState) -> None:
        self._state = state
        self._changed()
