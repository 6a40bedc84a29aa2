"""What people see while a stack starts."""

import io
from collections.abc import Iterator
from dataclasses import replace

import pytest
from rich.console import Console

from local.stack import display
from local.stack.state import ServiceState, State, Status

HEALTHY = ServiceState("valkey", Status.HEALTHY, seconds=0.14, address="127.0.0.1:6379")


def states(*services: ServiceState) -> Iterator[State | None]:
    """No state at first, as before the supervisor has written one; then one for each."""
    yield None
    for service in services:
        yield State(pid=1, created=0.0, owner="", port_offset=0, services=[service], pages={})


@pytest.mark.parametrize("terminal", [False, True])
def test_a_start_is_shown_until_all_is_healthy(terminal: bool) -> None:
    """On a terminal and in a log one reads which service was healthy after how long."""
    output = io.StringIO()
    console = Console(file=output, force_terminal=terminal, color_system=None, width=100)
    course = states(replace(HEALTHY, status=Status.WAITING), replace(HEALTHY, status=Status.STARTING), HEALTHY)
    display.follow(console, lambda: next(course), lambda state: state.healthy)
    assert "healthy after 0.1 s" in output.getvalue()


def test_lines_of_a_log_are_said_once() -> None:
    """A log gets one line for each thing that happened, however long it took."""
    output = io.StringIO()
    course = states(HEALTHY, HEALTHY, replace(HEALTHY, status=Status.RESTARTING, failures=2))
    display.follow(Console(file=output), lambda: next(course), lambda state: not state.healthy)
    assert output.getvalue().splitlines() == [
        "valkey: healthy after 0.1 s",
        "valkey: failed 2 times, starting again",
    ]


def test_pages_stand_in_a_column() -> None:
    """The URLs are easy to find."""
    output = io.StringIO()
    display.pages(Console(file=output), {"health": "http://a/", "dashboard": "http://b/"})
    assert output.getvalue() == "  health     http://a/\n  dashboard  http://b/\n"
