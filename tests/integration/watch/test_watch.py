"""The live view as a process."""

import os
import pty
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest

from functions.usecases.metrics_query import MetricsQuery
from functions.usecases.read_metrics import ReadMetrics
from local.stack.ports import free_ports
from tests.unit.analytics.shop_events import decision, promotion
from tests.unit.usecases.test_read_metrics import MOMENT, aggregated


@pytest.fixture
async def url() -> AsyncIterator[str]:
    """An app that has counted a decision for each of ten offers."""
    events = [decision(str(number), f"offer-{number}") for number in range(10)]
    store = await aggregated([*events, promotion("view_promotion", "v", "offer-0")])

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            answers.append(self.path)
            self.send_response(200)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name
            pass

    answers = list[str]()
    body = (await ReadMetrics(store, lambda: MOMENT)(MetricsQuery(top=8))).model_dump_json(by_alias=True).encode()
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()
    assert all(path == "/api/v1/metrics?top=8" for path in answers)


def command(*arguments: str) -> Sequence[str]:
    return [sys.executable, "-m", "local.watch", *arguments]


def test_without_a_terminal_it_prints_lines_until_it_is_interrupted(url: str) -> None:
    """Each look is a line; Ctrl-C ends it without a trace."""
    watch = subprocess.Popen(
        command("--url", url, "--interval", "0.1"), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        env=os.environ | {"PYTHONUNBUFFERED": "1"},
    )  # fmt: skip
    assert watch.stdout
    lines = [watch.stdout.readline() for _ in range(3)]
    watch.send_signal(signal.SIGINT)
    _, complaints = watch.communicate(timeout=30)
    assert all("10 in the last hour" in line for line in lines)
    assert (watch.returncode, complaints) == (0, "")


def test_an_app_that_does_not_answer_is_said_in_one_line() -> None:
    """No traceback: the address and the reason, and an exit code for scripts."""
    [port] = free_ports(1)
    done = subprocess.run(
        command("--once", "--url", f"http://127.0.0.1:{port}"),
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert done.returncode == 1
    assert done.stdout.startswith(f"http://127.0.0.1:{port}/api/v1/metrics does not answer: ")
    assert done.stdout.count("\n") == 1
    assert done.stderr == ""


def test_on_a_terminal_it_is_a_picture(url: str) -> None:
    """Offers, numbers and URLs are drawn; Ctrl-C leaves the terminal as it was."""
    ours, theirs = pty.openpty()
    watch = subprocess.Popen(
        command("--url", url), stdin=theirs, stdout=theirs, stderr=theirs,
        env=os.environ | {"TERM": "xterm-256color", "COLUMNS": "100", "LINES": "40"},
    )  # fmt: skip
    os.close(theirs)
    drawn = b""
    while b"offer-7" not in drawn or b"/api/v1/metrics" not in drawn.split(b"offer-7")[-1]:
        drawn += os.read(ours, 65_536)
    watch.send_signal(signal.SIGINT)
    try:
        while more := os.read(ours, 65_536):
            drawn += more
    except OSError:
        pass  # Linux says so when the other side of the terminal is gone
    os.close(ours)
    assert watch.wait(30) == 0
    text = drawn.decode()
    for word in ("decisions/s", "latency", "warm", "lag", "CTR", "offer-0", url):
        assert word in text
    assert "Traceback" not in text
    assert text.rindex("\x1b[?25h") > text.rindex("\x1b[?25l"), "the cursor is shown again"


def test_a_wrong_address_is_refused_at_once() -> None:
    """The mistake is named before anything is asked."""
    done = subprocess.run(command("--url", "localhost:7071"), capture_output=True, text=True, timeout=30, check=False)
    assert done.returncode == 2
    assert "does not begin with http://" in done.stderr
