"""The form of log lines."""

import io
import json
import logging
from collections.abc import Iterator

import pytest

from functions import app
from functions.logs import shape
from functions.telemetry import SILENT

IDS = ("4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7")


class Host:
    """A logger with a handler of the host's own, and what was written."""

    def __init__(self) -> None:
        self.written = io.StringIO()
        self.handler = logging.StreamHandler(self.written)
        self.handler.setFormatter(logging.Formatter("%(levelname)s [a1b2c3d4] %(message)s"))
        self.log = logging.Logger("functions.test")
        self.log.addHandler(self.handler)

    def lines(self) -> list[str]:
        """What was written."""
        return self.written.getvalue().splitlines()


@pytest.fixture
def host() -> Host:
    """A host."""
    return Host()


def fail(log: logging.Logger) -> None:
    """Log an error with its traceback."""
    try:
        raise ValueError("over\ntwo lines")
    except ValueError:
        log.exception("it failed: %s", "ü")


def test_a_line_for_programs_is_an_object(host: Host) -> None:
    """With time, level, logger, text and the ids of the trace; an error and all its lines are in one of them."""
    shape([host.handler], lambda: IDS, as_json=True)
    host.log.warning("%d waits", 1, extra={"tag": "[a1b2c3d4] "})
    fail(host.log)
    waits, failed = map(json.loads, host.lines())
    assert waits.pop("time").endswith("+00:00")
    assert waits == {
        "level": "WARNING",
        "logger": "functions.test",
        "message": "1 waits",
        "invocation": "a1b2c3d4",
        "trace_id": IDS[0],
        "span_id": IDS[1],
    }
    assert failed["message"] == "it failed: ü"
    assert failed["error"].startswith("Traceback")


def test_a_line_for_people_is_the_hosts_own(host: Host) -> None:
    """With the trace at the end of it, while there is one."""
    found: list[tuple[str, str] | None] = [None, IDS, IDS]
    shape([host.handler], lambda: found.pop(0), as_json=False)
    host.log.info("quiet")
    host.log.info("one")
    fail(host.log)
    quiet, one, failed, *rest = host.lines()
    assert quiet == "INFO [a1b2c3d4] quiet"
    assert one == f"INFO [a1b2c3d4] one trace={IDS[0]}"
    assert failed.endswith(f"it failed: ü trace={IDS[0]}")
    assert rest[0].startswith("Traceback")


def test_done_twice_is_done_once(host: Host) -> None:
    """Nobody reads a trace's id twice."""
    for _ in range(2):
        shape([host.handler], lambda: IDS, as_json=False)
    host.log.info("one")
    assert host.lines() == [f"INFO [a1b2c3d4] one trace={IDS[0]}"]


@pytest.fixture
def root(host: Host, monkeypatch: pytest.MonkeyPatch) -> Iterator[Host]:
    """The host's handler as the only one of the process, whose telemetry is not known yet."""
    monkeypatch.setattr(logging.getLogger(), "handlers", [host.handler])
    app.telemetry.cache_clear()
    yield host
    app.telemetry.cache_clear()


def test_the_form_is_a_setting(root: Host, monkeypatch: pytest.MonkeyPatch) -> None:
    """JSON needs no telemetry."""
    monkeypatch.setenv("LogFormat", "json")
    assert app.telemetry() is SILENT
    logging.getLogger("functions.test").error("one")
    assert json.loads(root.lines()[0])["message"] == "one"


def test_a_bad_setting_closes_no_shop(root: Host, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody is told of traces, and one line says why."""
    monkeypatch.setenv("Telemetry", "everything")
    assert app.telemetry() is app.telemetry() is SILENT
    [line] = root.lines()
    assert "The setting 'Telemetry' is 'everything', but must be one of off, console, otlp, azure." in line
