"""Servers are killed in the middle of a simulation; every step is still decided and counted exactly once."""

import json
import time
import urllib.request
from typing import Literal

import pytest

from local.stack.process import Process
from local.stack.services import COSMOS_KEY
from tests.e2e.figures import Figures, count_log, settled, simulate
from tests.stack import SeededStack, until

AWAY = 4.0
"""Seconds for which a killed server stays away."""


def _under_way(stack: SeededStack, before: Figures) -> None:
    """Wait until the simulation has made its first events."""
    del before
    until(lambda: not stack.loop_is_idle(), "the loop starts", 20)
    time.sleep(1)


def _kill_and_start(server: Process) -> None:
    server.kill()
    time.sleep(AWAY)
    server.start()


def _throttle(stack: SeededStack, requests: int) -> None:
    url = f"http://127.0.0.1:{stack.cosmos.service.ports[0]}/_faults"
    fault = {"status": 429, "count": requests, "retryAfterMs": 20}
    request = urllib.request.Request(url, json.dumps(fault).encode(), {"x-account-key": COSMOS_KEY}, method="POST")
    with urllib.request.urlopen(request, timeout=5) as answer:
        assert answer.status == 200


def _is_exact(stack: SeededStack, before: Figures, expected: int) -> Figures:
    after = settled(stack, 240)
    assert (after.events - before.events)["decision"] == expected
    assert after.events == count_log(stack).events
    return after


def test_redis_down_decisions_go_on_degraded(stack: SeededStack, before: Figures) -> None:
    """Without Redis decisions come from Cosmos and the model, marked degraded; with it back they are whole again."""
    expected = simulate(stack, shoppers=100, steps=6, seed=11)
    _under_way(stack, before)
    _kill_and_start(stack.valkey)
    after = _is_exact(stack, before, expected)
    degraded = (after.counter("degraded") - before.counter("degraded"))["redis"]
    assert 0 < degraded < expected
    simulate(stack, shoppers=20, steps=2, seed=12)
    again = settled(stack)
    assert again.counter("degraded") == after.counter("degraded")


@pytest.mark.parametrize("server", ["cosmos", "eventhubs", "functions"])
def test_a_killed_server_loses_nothing(
    stack: SeededStack, before: Figures, server: Literal["cosmos", "eventhubs", "functions"]
) -> None:
    """kill -9 of a server: messages go back to the queue, and every step is decided and counted once."""
    expected = simulate(stack, shoppers=100, steps=6, seed=20)
    _under_way(stack, before)
    _kill_and_start(getattr(stack, server))
    _is_exact(stack, before, expected)


def test_a_throttled_store_slows_down_but_loses_nothing(stack: SeededStack, before: Figures) -> None:
    """Cosmos answering 429 is waited for as long as it says."""
    expected = simulate(stack, shoppers=100, steps=5, seed=30)
    _under_way(stack, before)
    _throttle(stack, requests=300)
    _is_exact(stack, before, expected)
