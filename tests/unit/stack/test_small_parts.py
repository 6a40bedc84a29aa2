"""Back-off, logs, ports and the state file."""

import os
import socket
from pathlib import Path

import psutil
import pytest
from hypothesis import given
from hypothesis import strategies as st

from local.stack import logs, ports, state
from local.stack.errors import AlreadyRunningError
from local.stack.keeper import LONGEST_DELAY, backoff
from local.stack.state import ServiceState, State, Status


def a_state(pid: int, created: float) -> State:
    services = [ServiceState("valkey", Status.HEALTHY, 0.1, 12, address="127.0.0.1:6379")]
    return State(pid, created, "owner", 100, services, {"health": "http://127.0.0.1:7071/health"})


def test_the_first_delays_double() -> None:
    """A service that dies is started again after 1, 2, 4, 8 and 16 seconds."""
    assert [backoff(n) for n in range(1, 6)] == [1, 2, 4, 8, 16]


@given(st.integers(min_value=1, max_value=10_000))
def test_no_delay_is_longer_than_half_a_minute(failures: int) -> None:
    """However often it failed, it is tried again soon, and not at once."""
    assert 1 <= backoff(failures) <= LONGEST_DELAY


def test_the_log_of_the_last_run_is_kept_aside(tmp_path: Path) -> None:
    """A start begins a new log and keeps one older."""
    log = tmp_path / "logs" / "valkey.log"
    for content in ("first", "second"):
        logs.rotate(log)
        log.write_text(content)
    logs.rotate(log)
    assert log.read_text() == ""
    assert log.with_name("valkey.log.1").read_text() == "second"


def test_a_long_log_is_cut_while_it_is_written(tmp_path: Path) -> None:
    """The process that appends goes on in the shortened file."""
    log = tmp_path / "valkey.log"
    with log.open("a") as writer:
        print("x" * 100, file=writer, flush=True)
        logs.bound(log, limit=50)
        print("after", file=writer, flush=True)
    assert log.read_text() == "after\n"
    assert log.with_name("valkey.log.1").read_text() == "x" * 100 + "\n"


def test_free_ports_are_different_and_free() -> None:
    """Servers can be started on them side by side."""
    found = ports.free_ports(10)
    assert len(set(found)) == 10
    assert all(ports.is_free(port) for port in found)


def test_a_taken_port_names_its_service_and_its_holder() -> None:
    """The message says which port, who needs it and which process has it."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        [taken] = ports.taken({port: "valkey"})
    assert str(port) in str(taken)
    assert "valkey" in str(taken)
    assert f"pid {os.getpid()}" in str(taken)


def test_the_offered_offset_is_free_for_all_ports() -> None:
    """An offset at which only some of the ports are free is not offered."""
    [port] = ports.free_ports(1)
    with socket.create_server(("127.0.0.1", port + ports.OFFSET_STEP)):
        offset = ports.free_offset([port, port + 1])
    assert offset > ports.OFFSET_STEP
    assert ports.is_free(port + offset)


def test_the_state_of_a_living_supervisor_is_read_as_written(tmp_path: Path) -> None:
    """Another terminal sees what the supervisor wrote."""
    written = a_state(os.getpid(), psutil.Process().create_time())
    state.write(tmp_path / "stack.json", written)
    assert state.read(tmp_path / "stack.json") == written
    assert written.healthy


def test_the_state_of_a_supervisor_that_is_gone_counts_for_nothing(tmp_path: Path) -> None:
    """Another process that got its pid since is not taken for it."""
    state.write(tmp_path / "stack.json", a_state(os.getpid(), created=1.0))
    assert state.read(tmp_path / "stack.json") is None


def test_only_one_holds_the_lock(tmp_path: Path) -> None:
    """A second supervisor is refused until the first one is gone."""
    with state.lock(tmp_path / "stack.lock"), pytest.raises(AlreadyRunningError):
        state.lock(tmp_path / "stack.lock")
    state.lock(tmp_path / "stack.lock").close()
