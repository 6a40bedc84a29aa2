"""What the supervisor does when services die."""

import os
import signal
import sys
from functools import partial
from pathlib import Path

from local.stack.checks import Check
from local.stack.config import Stack
from local.stack.services import Service
from local.stack.state import State, Status
from local.stack.supervisor import Supervisor
from tests.integration.stack.conftest import App
from tests.integration.stack.waiting import until

SLEEPER = "import time; print('hello from the service', flush=True); time.sleep(600)"
DIARIST = """
import signal, sys, time
name, path = sys.argv[1:]
diary = open(path, "a", buffering=1)
def stop(*_):
    print(name, "stops", file=diary)
    sys.exit()
signal.signal(signal.SIGTERM, stop)
print(name, "starts", file=diary)
time.sleep(600)
"""


def a_service(name: str, *command: str, ready: Check = lambda: True, needs: tuple[str, ...] = ()) -> Service:
    """A Python program as a service without ports."""
    return Service(name, [sys.executable, "-c", *command], ready, ports=[], connection="", needs=needs)


def a_stack(folder: Path, *services: Service) -> Stack:
    return Stack(folder / ".local", services, {}, seed=None, start=None, view=None, pages={})


def stands_in(file: Path, words: str) -> bool:
    return words in file.read_text()


def pid_of(state: State, name: str) -> int:
    [service] = [service for service in state.services if service.name == name]
    assert service.pid
    return service.pid


def test_a_service_that_dies_is_reported_with_its_log_and_started_again(tmp_path: Path) -> None:
    """People read how it ended and its last words, and soon it is healthy again."""
    said: list[str] = []
    with Supervisor(a_stack(tmp_path, a_service("sleeper", SLEEPER)), said.append) as supervisor:
        until(lambda: supervisor.state().healthy)
        first = pid_of(supervisor.state(), "sleeper")
        until(lambda: "hello" in (tmp_path / ".local" / "logs" / "sleeper.log").read_text())
        os.kill(first, signal.SIGKILL)
        until(lambda: supervisor.state().services[0].status is Status.RESTARTING)
        until(lambda: supervisor.state().healthy)
        assert pid_of(supervisor.state(), "sleeper") != first
    assert "sleeper ended with SIGKILL" in said[0]
    assert "hello from the service" in said[0]
    assert "started again in 1 s" in said[0]
    assert "healthy again" in said[-1]


def test_a_service_starts_after_those_it_needs_and_stops_before_them(tmp_path: Path) -> None:
    """The host never sees a missing database, neither at the start nor at the end."""
    diary = tmp_path / "diary"
    diary.touch()
    database, host = (
        a_service(name, DIARIST, name, str(diary), ready=partial(stands_in, diary, f"{name} starts"), needs=needs)
        for name, needs in [("database", ()), ("host", ("database",))]
    )
    with Supervisor(a_stack(tmp_path, database, host), print) as supervisor:
        until(lambda: supervisor.state().healthy)
    lines = ["database starts", "host starts", "host stops", "database stops"]
    assert diary.read_text().splitlines() == lines


def test_a_service_that_is_down_for_a_while_comes_back(app: App) -> None:
    """The supervisor in the background does the same, and says so in its log."""
    app.stack("up")
    os.kill(app.state().services[0].pid or 0, signal.SIGKILL)
    until(lambda: not app.state().healthy)
    until(lambda: app.state().healthy)
    log = (app.folder / ".local" / "logs" / "stack.log").read_text()
    assert "valkey ended with SIGKILL" in log
    assert "valkey is healthy again" in log
