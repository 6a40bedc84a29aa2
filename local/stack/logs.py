"""Log files that stay small: one older run is kept, and a long run is cut to its end now and then."""

import shutil
from pathlib import Path

LIMIT = 20 * 1024 * 1024


def rotate(log: Path) -> None:
    """Put the log of the last run aside as `<name>.log.1`, in place of the one before."""
    log.parent.mkdir(parents=True, exist_ok=True)
    if log.exists():
        log.replace(_older(log))
    log.touch()


def bound(log: Path, limit: int = LIMIT) -> None:
    """Put the content aside when it exceeds `limit` bytes; the process that appends to the file goes on."""
    if log.stat().st_size > limit:
        shutil.copyfile(log, _older(log))
        log.open("w").close()  # truncates; lines written since the copy are lost, which a log can bear


def _older(log: Path) -> Path:
    return log.with_name(f"{log.name}.1")
