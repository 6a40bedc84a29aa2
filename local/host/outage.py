"""Says once that a service is away, and once that it is back."""

import logging

log = logging.getLogger("host")


class Outage:
    """Turns a run of failures into two lines of log."""

    def __init__(self, what: str) -> None:
        self._what = what
        self._away = False

    def report(self, error: Exception) -> None:
        """Log the first failure of a run, in one line."""
        if not self._away:
            self._away = True
            reason = next(iter(str(error).splitlines()), "") or type(error).__name__
            log.warning("%s: %s; trying again", self._what, reason)

    def over(self) -> None:
        """Log the end of a run of failures."""
        if self._away:
            self._away = False
            log.warning("%s: is back", self._what)
