"""`make run`: the stack in the foreground."""

import os
import signal
import subprocess

import pytest

from tests.integration.stack.conftest import App
from tests.integration.stack.waiting import until

VIEW = '[view]\ncommand = ["sh", "-c", "touch viewing; exec sleep 600"]'


def ended(process: subprocess.Popen[str]) -> str:
    """Wait for the end and return what was printed."""
    output, _ = process.communicate(timeout=60)
    return output


def test_ctrl_c_ends_the_view_and_all_services(app: App) -> None:
    """Ctrl-C reaches the view and the stack; nothing is left and the exit code is 0."""
    app.add(VIEW)
    run = app.start("run")
    until((app.folder / "viewing").exists)
    os.killpg(run.pid, signal.SIGINT)
    output = ended(run)
    assert run.returncode == 0, output
    assert "valkey: healthy" in output
    assert app.processes() == []


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_the_end_of_the_terminal_ends_everything(app: App, number: signal.Signals) -> None:
    """A closed terminal or a `kill` is like Ctrl-C."""
    run = app.start("run")
    until(lambda: (app.folder / ".local" / "stack.json").exists() and app.state().healthy)
    run.send_signal(number)
    ended(run)
    assert app.processes() == []


def test_when_the_view_ends_the_stack_is_stopped(app: App) -> None:
    """Leaving the view is leaving the stack."""
    app.add('[view]\ncommand = ["sh", "-c", "echo seen"]')
    run = app.stack("run")
    assert run.returncode == 0, run.stderr
    assert "seen" in run.stdout
    assert app.processes() == []


def test_down_in_another_terminal_ends_the_run(app: App) -> None:
    """`make down` stops what `make run` started."""
    app.add(VIEW)
    run = app.start("run")
    until((app.folder / "viewing").exists)
    assert app.stack("down").returncode == 0
    ended(run)
    assert app.processes() == []


def test_a_killed_run_takes_view_and_services_with_it(app: App) -> None:
    """After `kill -9` nothing is left running."""
    app.add(VIEW)
    run = app.start("run")
    until((app.folder / "viewing").exists)
    assert len(app.processes()) == 2
    run.kill()
    ended(run)
    until(lambda: app.processes() == [])
