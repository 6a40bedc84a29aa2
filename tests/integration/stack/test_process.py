"""One service as a process: what tests of faults rely on."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import psutil
import pytest
import redis
from azure.cosmos import CosmosClient
from azure.eventhub import EventHubProducerClient
from azure.storage.queue import QueueClient

from local.stack import services
from local.stack.guard import OWNER, of_this_process
from local.stack.ports import free_ports
from local.stack.process import Process, StartError, running
from local.stack.services import Service
from tests.integration.stack.waiting import until


def python(code: str, stop_timeout: float = 10.0) -> Service:
    """A Python program as a service, healthy at once."""
    return Service("python", [sys.executable, "-c", code], lambda: True, [], "", stop_timeout=stop_timeout)


def test_the_shared_servers_answer(valkey: Process, azurite: Process, eventhubs: Process, cosmos: Process) -> None:
    """The fixtures of the whole project are healthy when a test gets them."""
    with redis.from_url(valkey.connection) as client:
        assert client.ping()
    with QueueClient.from_connection_string(azurite.connection, "reachable") as queue:
        queue.create_queue()
    with EventHubProducerClient.from_connection_string(eventhubs.connection, eventhub_name="events") as producer:
        assert len(producer.get_partition_ids()) == 4
    with CosmosClient.from_connection_string(cosmos.connection) as database:
        assert database.get_database_account().DatabasesLink == "/dbs/"


def test_a_killed_valkey_has_its_data_when_it_is_started_again(tmp_path: Path) -> None:
    """Its append-only file is on."""
    with running(services.valkey(tmp_path, free_ports(1)[0])) as server:
        with redis.from_url(server.connection) as client:
            client.set("a", 1)
            client.execute_command("WAITAOF", 1, 0, 0)
        server.kill()
        assert server.pid is None
        server.start()
        with redis.from_url(server.connection, decode_responses=True) as client:
            assert client.get("a") == "1"


def test_azurite_saves_what_it_holds_when_it_is_stopped(tmp_path: Path) -> None:
    """It writes only now and then, so a stop gives it time to."""
    with running(services.azurite(tmp_path, free_ports(3))) as server:
        with QueueClient.from_connection_string(server.connection, "orders") as queue:
            queue.create_queue()
            queue.send_message("one")
        server.stop()
        server.start()
        with QueueClient.from_connection_string(server.connection, "orders") as queue:
            assert [message.content for message in queue.peek_messages()] == ["one"]


def test_a_service_that_ends_at_once_is_shown_with_its_last_words() -> None:
    """The reason stands in the error."""
    broken = Service("broken", ["sh", "-c", "echo no such disk; exit 3"], lambda: False, [], "")
    with pytest.raises(StartError, match=r"(?s)exit code 3.*no such disk"), running(broken):
        pass


def test_a_service_whose_port_another_answers_for_is_not_healthy(tmp_path: Path) -> None:
    """An answer counts only while the process itself runs."""
    service = Service("late", ["sh", "-c", "echo port in use; exit 1"], lambda: process.wait(60), [], "")
    process = Process(service, tmp_path / "log", of_this_process())
    with pytest.raises(StartError, match="port in use"):
        process.start()


def test_a_program_that_does_not_exist_is_named() -> None:
    """A missing program is a start error like any other."""
    with pytest.raises(StartError, match="no-such-program"), running(Service("x", ["no-such-program"], bool, [], "")):
        pass


def test_a_service_that_does_not_get_healthy_in_time_is_stopped() -> None:
    """The wait has an end, and nothing stays behind."""
    with pytest.raises(StartError, match="not healthy"), running(Service("x", ["sleep", "600"], bool, [], ""), 0.2):
        pass


def test_a_service_that_ignores_sigterm_is_killed(tmp_path: Path) -> None:
    """`stop` always ends, after the service's own time to stop."""
    ready = tmp_path / "ready"
    code = (
        "import pathlib, signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
        f"pathlib.Path({str(ready)!r}).touch(); time.sleep(600)"
    )
    with running(python(code, stop_timeout=0.2)) as server:
        until(ready.exists)
        server.stop()
        assert server.outcome() == "SIGKILL"


def test_what_a_service_started_ends_with_it(tmp_path: Path) -> None:
    """The children of a killed service are killed too."""
    note = tmp_path / "pid"
    code = (
        "import pathlib, subprocess, time; child = subprocess.Popen(['sleep', '600'])\n"
        f"pathlib.Path({str(note)!r}).write_text(str(child.pid)); time.sleep(600)"
    )
    with running(python(code)) as server:
        until(lambda: note.exists() and note.read_text())
        server.kill()
    until(lambda: not alive(int(note.read_text())))


def test_a_killed_python_leaves_no_server_running(tmp_path: Path) -> None:
    """A test run that is killed, by a person or for memory, takes its servers with it."""
    code = (
        "import pathlib, time\n"
        "from local.stack import services\n"
        "from local.stack.process import running\n"
        f"folder = pathlib.Path({str(tmp_path)!r})\n"
        f"with running(services.valkey(folder, {free_ports(1)[0]})) as server:\n"
        "    (folder / 'pid').write_text(str(server.pid))\n"
        "    time.sleep(600)\n"
    )
    note = tmp_path / "pid"
    with subprocess.Popen([sys.executable, "-c", code]) as program:
        until(lambda: note.exists() and note.read_text())
        assert OWNER in psutil.Process(int(note.read_text())).environ()
        os.kill(program.pid, signal.SIGKILL)
    until(lambda: not alive(int(note.read_text())))


def alive(pid: int) -> bool:
    """Whether the process runs; one that has ended but is not yet collected does not."""
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False
