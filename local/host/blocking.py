"""Notices a function that blocks the event loop, and names it and the line."""

import asyncio
import logging
import sys
import threading
import time
from types import FrameType

from local.host.invocation import Invocation
from local.host.invoker import Invoker

log = logging.getLogger("host")

_BEAT = 0.05


class BlockingWatch:
    """A heart beats in the loop; a thread looks at the loop's stack when it stops."""

    def __init__(self, limit: float = 0.25, patience: float = 5.0) -> None:
        """Report what blocks for `limit` seconds, and after `patience` that it still does."""
        self._limit, self._patience = limit, patience
        self._beat = time.monotonic()
        self._stopped = threading.Event()
        self._thread: threading.Thread | None = None
        self._loop_thread = 0

    def start(self, loop: asyncio.AbstractEventLoop) -> None:
        """Start watching the loop of this thread."""
        self._loop_thread = threading.get_ident()
        self._tick(loop)
        self._thread = threading.Thread(target=self._watch, name="blocking-watch", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Stop watching."""
        self._stopped.set()
        if self._thread is not None:
            self._thread.join()

    def _tick(self, loop: asyncio.AbstractEventLoop) -> None:
        self._beat = time.monotonic()
        if not self._stopped.is_set():
            loop.call_later(_BEAT, self._tick, loop)

    def _watch(self) -> None:
        while not self._stopped.wait(_BEAT):
            beat = self._beat
            if time.monotonic() - beat < self._limit:
                continue
            culprit = _culprit(sys._current_frames().get(self._loop_thread))
            if culprit is None:
                continue
            if not self._waited_for(beat, self._patience):
                log.error("%s and still does; no other function runs", culprit)
                self._waited_for(beat, threading.TIMEOUT_MAX)
            log.warning("%s; all others waited for %.0f ms", culprit, (time.monotonic() - beat) * 1e3)

    def _waited_for(self, beat: float, seconds: float) -> bool:
        """Wait until the heart beats again; False when it has not after that many seconds."""
        deadline = time.monotonic() + seconds
        while self._beat == beat and not self._stopped.wait(_BEAT):
            if time.monotonic() > deadline:
                return False
        return True


def _culprit(frame: FrameType | None) -> str | None:
    """The function whose code is on this stack; None when the host itself is busy."""
    innermost = frame
    while frame is not None:
        if frame.f_code is Invoker._run.__code__:
            invocation: Invocation = frame.f_locals["invocation"]
            line = _app_line(innermost, frame)
            return f"{invocation.function.name} blocked the event loop{line}"
        frame = frame.f_back
    return None


def _app_line(frame: FrameType | None, outermost: FrameType) -> str:
    """Where the app's own code is: the innermost frame that is in no library."""
    while frame is not None and frame is not outermost:
        file = frame.f_code.co_filename
        if "site-packages" not in file and "/lib/python" not in file and not file.startswith("<"):
            return f" at {file}:{frame.f_lineno}"
        frame = frame.f_back
    return ""
