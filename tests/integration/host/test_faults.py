"""Crashes, outages, stops and mistakes in the app."""

import base64
import http.client
import os
import signal
import socket
import subprocess
import sys
import threading
from contextlib import suppress
from pathlib import Path

import pytest
from azure.storage.queue import QueueClient

from local.stack import services
from local.stack.ports import free_ports
from local.stack.process import Process, running
from tests.integration.host.running import Answer, queue_name, running_app, until, write_app

FAST = {"extensions": {"queues": {"maxPollingInterval": "00:00:00.2"}}}


def run_host(app: Path, *flags: str) -> subprocess.CompletedProcess[str]:
    """Run a host that is expected to give up at once."""
    command = [sys.executable, "-m", "local.host", "--app", str(app), "--port", "0", *flags]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


def test_a_mistake_in_the_app_is_shown_and_ends_the_host(tmp_path: Path) -> None:
    """The user's own traceback and a status that is not zero."""
    app = write_app(tmp_path, "def broken():\n    raise KeyError('mistake')\nbroken()")
    ended = run_host(app)
    assert ended.returncode == 1
    assert "KeyError: 'mistake'" in ended.stderr
    assert f'File "{app}/function_app.py"' in ended.stderr


def test_a_missing_module_is_named(tmp_path: Path) -> None:
    """The commonest mistake of all."""
    ended = run_host(write_app(tmp_path, "import no_such_module_anywhere"))
    assert ended.returncode == 1
    assert "No module named 'no_such_module_anywhere'" in ended.stderr


@pytest.mark.parametrize("missing", ["host.json", "function_app.py"])
def test_a_folder_without_an_app_is_refused_in_one_line(tmp_path: Path, missing: str) -> None:
    """The message says which file is missing and what to check."""
    app = write_app(tmp_path, "")
    (app / missing).unlink()
    ended = run_host(app)
    assert ended.returncode == 1
    assert f"{missing} is missing; is --app the folder" in ended.stderr.splitlines()[-1]


def test_a_taken_port_is_refused_in_one_line(tmp_path: Path) -> None:
    """The message names the port and the way out."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        ended = run_host(write_app(tmp_path, ""), "--port", str(port))
    assert ended.returncode == 1
    assert ended.stderr.splitlines()[-1].startswith(f"error: cannot listen on 127.0.0.1:{port}")


def test_a_function_that_does_not_exist_cannot_be_chosen(tmp_path: Path) -> None:
    """A typing mistake after `--functions` is said, not ignored."""
    ended = run_host(write_app(tmp_path, ""), "--functions", "three")
    assert (ended.returncode, "does not have: three" in ended.stderr) == (1, True)


def test_a_watching_host_starts_again_when_a_file_changes(tmp_path: Path) -> None:
    """Also after a mistake that ended it; and it stops when it is told to."""
    code = """
        @app.route("version")
        def version(req: func.HttpRequest) -> str:
            return "1"
    """
    app = write_app(tmp_path, code)
    file = app / "function_app.py"
    with running_app(app, {}, ["--watch"]) as host:
        assert host.get("/api/version").body == b"1"
        good = file.read_text()
        file.write_text(good + "\nmistake(")
        host.wait_for("starts again when a file changes")
        file.write_text(good.replace('"1"', '"2"'))
        host.wait_for("1 functions on", times=2)
        assert host.get("/api/version").body == b"2"
        host.process.stop()
        assert host.process.outcome() == "exit code 0"


def test_a_killed_host_loses_no_message(tmp_path: Path, azurite: Process) -> None:
    """A message that was in hand at kill -9 is executed again when its lease has ended."""
    code = """
        @app.queue_trigger("message", "%Queue%", "AzureWebJobsStorage")
        async def work(message: func.QueueMessage) -> None:
            logging.info("attempt %s", message.dequeue_count)
            if message.dequeue_count == 1:
                await asyncio.sleep(600)
    """
    queue = QueueClient.from_connection_string(azurite.connection, queue_name())
    queue.create_queue()
    queue.send_message(base64.b64encode(b"precious").decode())
    settings = {"AzureWebJobsStorage": azurite.connection, "Queue": queue.queue_name}
    with running_app(write_app(tmp_path, code, FAST), settings, ["--queue-lease", "2"]) as host:
        host.wait_for("attempt 1")
        host.process.kill()
        host.process.start()
        host.wait_for("attempt 2")
        until(lambda: queue.get_queue_properties().approximate_message_count == 0, host.log)


def test_a_long_function_keeps_its_message(tmp_path: Path, azurite: Process) -> None:
    """The lease is renewed, so a function may run for longer than it."""
    code = """
        @app.queue_trigger("message", "%Queue%", "AzureWebJobsStorage")
        async def work(message: func.QueueMessage) -> None:
            logging.info("attempt %s", message.dequeue_count)
            await asyncio.sleep(3)
    """
    queue = QueueClient.from_connection_string(azurite.connection, queue_name())
    queue.create_queue()
    queue.send_message(base64.b64encode(b"long").decode())
    settings = {"AzureWebJobsStorage": azurite.connection, "Queue": queue.queue_name}
    with running_app(write_app(tmp_path, code, FAST), settings, ["--queue-lease", "2"]) as host:
        log = host.wait_for("work ok")
        until(lambda: queue.get_queue_properties().approximate_message_count == 0, host.log)
    assert "attempt 2" not in log


def test_storage_may_be_away_at_start_and_later(tmp_path: Path) -> None:
    """Two lines of log for each outage, and messages flow again when it is over."""
    code = """
        @app.queue_trigger("message", "work", "AzureWebJobsStorage")
        @app.queue_output("$return", "done", "AzureWebJobsStorage")
        async def work(message: func.QueueMessage) -> str:
            return message.get_body().decode()
    """
    storage = services.azurite(tmp_path / "data", free_ports(3))
    app = write_app(tmp_path, code, FAST)
    with running_app(app, {"AzureWebJobsStorage": storage.connection}) as host:
        host.wait_for("queue 'work': ")
        with running(storage) as process:
            host.wait_for("queue 'work': is back")
            send(storage.connection, "first")
            host.wait_for("work ok", times=1)
            process.stop()
            host.wait_for("; trying again", times=2)
            process.start()
            host.wait_for("queue 'work': is back", times=2)
            send(storage.connection, "second")
            log = host.wait_for("work ok", times=2)
    assert log.count("queue 'work': ") == 4
    assert "Traceback" not in log


def send(connection: str, body: str) -> None:
    with QueueClient.from_connection_string(connection, "work") as queue:
        queue.send_message(base64.b64encode(body.encode()).decode())


def test_a_stop_lets_running_functions_finish(tmp_path: Path) -> None:
    """Also at Ctrl-C the request in hand gets its answer, and the process ends with status 0."""
    code = """
        @app.route("slow")
        async def slow(req: func.HttpRequest) -> str:
            logging.info("begun")
            await asyncio.sleep(1)
            return "finished"
    """
    answers: list[Answer] = []
    with running_app(write_app(tmp_path, code), {}) as host:
        caller = threading.Thread(target=lambda: answers.append(host.get("/api/slow")))
        caller.start()
        host.wait_for("begun")
        assert host.process.pid is not None
        os.kill(host.process.pid, signal.SIGINT)
        assert host.process.wait(30)
        caller.join()
        assert [answer.body for answer in answers] == [b"finished"]
        assert host.process.outcome() == "exit code 0"


def test_a_stop_finishes_the_messages_in_hand(tmp_path: Path, azurite: Process) -> None:
    """Whatever was taken from the queue is executed and deleted, so that no lease has to end first."""
    code = """
        @app.queue_trigger("message", "%Queue%", "AzureWebJobsStorage")
        async def work(message: func.QueueMessage) -> None:
            logging.info("begun")
            await asyncio.sleep(1)
    """
    queue = QueueClient.from_connection_string(azurite.connection, queue_name())
    queue.create_queue()
    for number in range(5):
        queue.send_message(base64.b64encode(b"%d" % number).decode())
    settings = {"AzureWebJobsStorage": azurite.connection, "Queue": str(queue.queue_name)}
    with running_app(write_app(tmp_path, code, FAST), settings) as host:
        host.wait_for("begun")
        host.process.stop()
        log = host.log()
        assert host.process.outcome() == "exit code 0"
    assert log.count("begun") == log.count("work ok")
    # A message that was not taken is still there, visible; one that was is gone.
    left = len(queue.peek_messages(32))
    assert (left, queue.get_queue_properties().approximate_message_count) == (5 - log.count("begun"),) * 2


def test_a_stop_does_not_wait_forever(tmp_path: Path) -> None:
    """A function that never ends is abandoned when the time of grace is over, and the status says so."""
    code = """
        @app.route("endless")
        def endless(req: func.HttpRequest) -> str:
            logging.info("begun")
            time.sleep(600)
    """

    def call() -> None:
        with suppress(http.client.HTTPException, OSError):
            host.get("/api/endless")

    with running_app(write_app(tmp_path, code), {}, ["--grace", "1"]) as host:
        caller = threading.Thread(target=call)
        caller.start()
        host.wait_for("begun")
        assert host.process.pid is not None
        os.kill(host.process.pid, signal.SIGTERM)
        assert host.process.wait(30)
        caller.join()
        assert host.process.outcome() == "exit code 1"
        assert "abandoned" in host.log()
