"""`make up`, `make status`, `make down`, `make clean`: the stack in the background."""

import os
import signal
import socket
import subprocess

import psutil
import redis

from local.stack.ports import free_ports, is_free
from tests.integration.stack.conftest import App
from tests.integration.stack.waiting import until


def test_up_returns_when_all_is_healthy_and_seeded(app: App) -> None:
    """After `up` the service answers, the seed has run with its settings, and the URLs are shown."""
    app.add('[seed]\ncommand = ["sh", "-c", "echo $RedisConnection > seeded"]\n[pages]\nshop = "http://shop/"')
    up = app.stack("up")
    assert up.returncode == 0, up.stderr
    assert "http://shop/" in up.stdout
    assert (app.folder / "seeded").read_text() == f"redis://127.0.0.1:{app.port}/0\n"
    with redis.Redis(port=app.port) as client:
        assert client.ping()


def test_a_second_up_says_that_it_runs_already(app: App) -> None:
    """It changes nothing and exits with success."""
    app.stack("up")
    before = app.state()
    again = app.stack("up")
    assert again.returncode == 0
    assert "already running" in again.stdout
    assert app.state() == before


def test_run_beside_up_is_refused_and_harms_nothing(app: App) -> None:
    """The stack in the background goes on."""
    app.stack("up")
    before = app.state()
    run = app.stack("run")
    assert run.returncode == 1
    assert "already running" in run.stderr
    assert app.state() == before


def test_down_stops_everything_and_the_next_up_finds_the_data(app: App) -> None:
    """State survives `down` and `up`."""
    app.stack("up")
    with redis.Redis(port=app.port) as client:
        client.set("shopper", "remembered")
    assert app.stack("down").returncode == 0
    assert app.processes() == []
    assert is_free(app.port)
    app.stack("up")
    with redis.Redis(port=app.port, decode_responses=True) as client:
        assert client.get("shopper") == "remembered"


def test_status_tells_by_its_exit_code_whether_the_stack_is_up(app: App) -> None:
    """Scripts can ask; people see the services and their ports."""
    assert app.stack("status").returncode == 1
    app.stack("up")
    status = app.stack("status")
    assert status.returncode == 0
    assert "healthy" in status.stdout
    assert str(app.port) in status.stdout


def test_clean_stops_everything_and_removes_the_data(app: App) -> None:
    """Nothing of the stack is left in the folder."""
    app.stack("up")
    assert app.stack("clean").returncode == 0
    assert app.processes() == []
    assert [path.name for path in app.folder.iterdir()] == ["stack.toml"]


def test_down_needs_nothing_that_up_does(app: App) -> None:
    """A stack whose `stack.toml` has become unreadable, or whose packages are gone, can be stopped all the same."""
    app.stack("up")
    app.config.write_text("[broken")
    assert app.stack("status").returncode == 0
    assert app.stack("down").returncode == 0
    assert app.processes() == []


def test_a_port_in_use_names_the_port_and_its_holder_and_offers_another(app: App) -> None:
    """With the offered offset the stack comes up."""
    with socket.create_server(("127.0.0.1", app.port)):
        refused = app.stack("up")
        assert refused.returncode == 1
        assert f"port {app.port}" in refused.stderr
        assert f"pid {os.getpid()}" in refused.stderr
        offset = refused.stderr.rsplit("PORT_OFFSET=", 1)[1].strip()
        assert app.stack("up", "--port-offset", offset).returncode == 0
    assert app.state().services[0].address == f"127.0.0.1:{app.port + int(offset)}"


def test_a_failing_seed_is_reported_and_leaves_nothing_running(app: App) -> None:
    """`up` either brings everything up, or leaves nothing behind."""
    app.add('[seed]\ncommand = ["sh", "-c", "exit 7"]')
    up = app.stack("up")
    assert up.returncode == 1
    assert "exit code 7" in up.stderr
    assert app.processes() == []


def test_a_service_that_cannot_start_is_shown_with_its_log(app: App) -> None:
    """`up` gives up after a few tries and says what the service said."""
    config = app.config.read_text()
    app.config.write_text(config.replace(f"{app.port}", f'{app.port}\nmax_memory = "nonsense"'))
    up = app.stack("up")
    assert up.returncode == 1
    assert "valkey failed 3 times in a row" in up.stderr
    assert "maxmemory" in up.stderr
    assert app.processes() == []


def test_a_killed_supervisor_takes_everything_with_it(app: App) -> None:
    """After `kill -9` of the supervisor nothing is left running, and `up` works again."""
    app.stack("up")
    os.kill(app.state().pid, signal.SIGKILL)
    until(lambda: app.processes() == [])
    assert app.stack("up").returncode == 0


def test_what_a_killed_guard_left_over_is_ended_by_the_next_up(app: App) -> None:
    """Even when supervisor and guard are killed together, the port is free for the next start."""
    app.stack("up")
    [old] = app.processes()
    supervisor = app.state().pid
    [guard] = [p for p in psutil.Process(supervisor).children() if "local.stack.guard" in p.cmdline()]
    guard.kill()
    os.kill(supervisor, signal.SIGKILL)
    assert app.stack("up").returncode == 0
    until(lambda: not old.is_running())
    assert len(app.processes()) == 1


def test_env_tells_a_shell_where_the_stack_runs(app: App) -> None:
    """On whichever ports it was started; what is not up has no address."""
    nowhere = app.stack("env")
    assert (nowhere.returncode, nowhere.stdout) == (1, "")
    assert "make up" in nowhere.stderr
    [port] = free_ports(1)
    app.stack("up", "--port-offset", str(port - app.port))
    told = app.stack("env").stdout
    shell = subprocess.run(["sh", "-c", f"{told}\necho $RedisConnection"], capture_output=True, text=True, check=True)
    assert shell.stdout.strip() == f"redis://127.0.0.1:{port}/0"
