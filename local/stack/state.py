"""What a stack is doing, as its supervisor writes it to a file and `up`, `status` and `down` read it."""

import fcntl
import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from pathlib import Path
from typing import IO

import psutil

from local.stack.errors import AlreadyRunningError


class Status(StrEnum):
    """Where a service is in its life."""

    WAITING = "waiting"  # for a service that it needs
    STARTING = "starting"
    HEALTHY = "healthy"
    RESTARTING = "restarting"  # it died; waiting a little before it is started again
    STOPPED = "stopped"


@dataclass(frozen=True)
class ServiceState:
    """One service: `seconds` it took (or has taken so far) to be healthy, `failures` in a row, and what to say."""

    name: str
    status: Status = Status.WAITING
    seconds: float = 0.0
    pid: int | None = None
    failures: int = 0
    message: str = ""
    address: str = ""


@dataclass(frozen=True)
class State:
    """One run of a stack.

    `pid` and `created` identify the supervisor, `owner` marks its processes, `pages` are URLs to show.
    """

    pid: int
    created: float
    owner: str
    port_offset: int
    services: Sequence[ServiceState]
    pages: Mapping[str, str]

    @property
    def healthy(self) -> bool:
        """True when every service is."""
        return all(service.status is Status.HEALTHY for service in self.services)


def write(path: Path, state: State) -> None:
    """Replace the state file in one step, so that a reader never sees half of it."""
    fresh = path.with_suffix(".tmp")
    fresh.write_text(json.dumps(asdict(state), indent=2))
    fresh.replace(path)


def read(path: Path) -> State | None:
    """The state of the supervisor that runs now; None when none does, whatever the file says."""
    try:
        content = json.loads(path.read_text())
        items = content.pop("services")
        services = [ServiceState(**{**item, "status": Status(item["status"])}) for item in items]
        state = State(services=services, **content)
    except (FileNotFoundError, ValueError, KeyError, TypeError):  # none, or written by another version of this code
        return None
    return state if _lives(state) else None


def _lives(state: State) -> bool:
    try:
        process = psutil.Process(state.pid)
        return process.create_time() == state.created and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def lock(path: Path) -> IO[str]:
    """Hold the stack's lock until the returned file is closed or this process ends. Raises `AlreadyRunningError`."""
    file = path.open("w")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        file.close()
        raise AlreadyRunningError("already running; see: make status") from error
    file.write(str(os.getpid()))
    file.flush()
    return file
