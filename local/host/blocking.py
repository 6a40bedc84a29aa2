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
_LIMIT = 0.25


class BlockingWatch:
    """A heart beats in the loop; a thread looks at the loop's stack when it stops."""

    def __init__(self) -> None:
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
            if time.monotonic() - beat < _LIMIT:
                continue
            culprit = _culprit(sys._current_frames().get(self._loop_thread))
            while self._beat == beat and not self._stopped.wait(_BEAT):
                pass
            if culprit:
                seconds = time.monotonic() - beat
                log.warning("%s; all other functions waited for %.0f ms", culprit, seconds * 1e3)


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
