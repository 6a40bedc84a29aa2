"""One process for each data directory."""

import fcntl
import os
from pathlib import Path
from typing import IO


class DataDirectoryLockedError(Exception):
    """Another process uses the data directory."""


def lock_directory(path: Path) -> IO[str]:
    """Lock the directory for as long as the returned file is open; the kernel frees it when the process ends."""
    try:
        path.mkdir(parents=True, exist_ok=True)
        file = (path / "lock").open("a+")
    except OSError as error:
        raise DataDirectoryLockedError(f"cannot use data directory {path} ({error}): give another --data") from error
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        file.seek(0)
        owner = file.read().strip() or "unknown"
        file.close()
        raise DataDirectoryLockedError(
            f"data directory {path} is in use by process {owner}: stop it or give another --data"
        ) from None
    file.truncate(0)
    file.write(str(os.getpid()))
    file.flush()
    return file
