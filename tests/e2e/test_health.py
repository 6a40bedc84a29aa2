"""Whether the app serves, as load balancers, monitors and people are told."""

from collections.abc import Iterator

import httpx
import pytest

from local.stack import services
from local.stack.ports import free_ports
from local.stack.process import Process, running
from tests.stack import ROOT, SeededStack, until

ONLY = ("health", "ready", "aggregate", "compact", "recommend")


@pytest.fixture(scope="module")
def unseeded(stack: SeededStack) -> Iterator[Process]:
    """A host whose database nobody filled."""
    settings = {**stack.settings, "CosmosDatabase": "unseeded"}
    with running(services.functions(ROOT, free_ports(1)[0], settings, only=ONLY, quiet=False)) as host:
        yield host


def test_all_is_well(stack: SeededStack) -> None:
    """Each dependency by name, with its latency and what is lost without it."""
    health = stack.get("/api/v1/health")
    assert (health["status"], health["lost"]) == ("healthy", [])
    down = {name for name, one in health["dependencies"].items() if one["without"] == "down"}
    assert down == {"catalog", "model"}
    assert health["dependencies"].keys() - down == {"cosmos", "redis", "eventhubs", "queues"}
    assert all(0 <= one["milliseconds"] < 3_500 for one in health["dependencies"].values())
    assert stack.get("/api/v1/ready")["dependencies"].keys() == down


@pytest.mark.parametrize("server", ["valkey", "eventhubs", "cosmos"])
def test_degraded_is_no_reason_to_be_taken_out(stack: SeededStack, server: str) -> None:
    """Without a service that it can do without the app says what is lost, and goes on serving lists."""
    name = {"valkey": "redis"}.get(server, server)
    stack.get("/api/v1/ready")
    getattr(stack, server).kill()
    try:
        until(lambda: stack.get("/api/v1/health")["status"] == "degraded", f"it is noticed that {name} is away", 20)
        health = stack.get("/api/v1/health")
        assert health["dependencies"][name]["status"] == "unhealthy"
        assert health["lost"] == [health["dependencies"][name]["lost"]]
        assert stack.get("/api/v1/ready")["status"] == "healthy"
        assert stack.get("/api/v1/recommendations/popular")["items"]
    finally:
        getattr(stack, server).start()
    until(lambda: stack.get("/api/v1/health")["status"] == "healthy", f"{name} is back", 30)


def test_nothing_to_show_is_a_reason(unseeded: Process) -> None:
    """An app without a catalogue answers 503 at both doors, as it would to everybody."""
    for door in ("health", "ready"):
        answer = httpx.get(f"{unseeded.connection}/api/v1/{door}", timeout=30)
        assert answer.status_code == 503
        assert answer.json()["status"] == "unhealthy"
        assert answer.json()["dependencies"]["catalog"]["status"] == "unhealthy"


def test_timers_before_the_seed_say_what_to_do(unseeded: Process) -> None:
    """One clear line, and no traceback."""
    until(lambda: "python -m model.seed" in unseeded.log.read_text(), "the timer says what to do", 30)
    until(lambda: unseeded.log.read_text().count("aggregate ok") > 2, "it runs again and again", 30)
    log = unseeded.log.read_text()
    assert "Traceback" not in log
    said = [line for line in log.splitlines() if "Nothing is done yet" in line]
    assert len(said) == 1
    assert "there is no policy: seed the data with `python -m model.seed`" in said[0]
