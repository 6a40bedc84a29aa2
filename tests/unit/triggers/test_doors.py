"""What Azure sees of the app."""

import subprocess
import sys
from pathlib import Path

from functions.contracts import USER_ACTIONS, USER_RESPONSES
from tests.unit.triggers.doors import FUNCTIONS

ROOT = Path(__file__).resolve().parents[3]


def test_all_functions_are_there() -> None:
    """By the names that operators know."""
    assert {
        "start_simulation",
        "simulate_shopper",
        "make_offer",
        "aggregate",
        "archive",
        "compact",
        "retrain_check",
        "metrics",
        "health",
    } <= set(FUNCTIONS)


def test_the_loop_is_closed() -> None:
    """What one function writes, the other one reads; and each parks in its own poison queue."""
    queues = {
        name: {binding: found["queueName"] for binding, found in bindings.items() if "queueName" in found}
        for name, bindings in FUNCTIONS.items()
    }
    assert queues["start_simulation"] == {"arrivals": USER_RESPONSES}
    assert queues["simulate_shopper"] == {
        "message": USER_RESPONSES,
        "action": USER_ACTIONS,
        "poison": f"{USER_RESPONSES}-poison",
    }
    assert queues["make_offer"] == {
        "message": USER_ACTIONS,
        "response": USER_RESPONSES,
        "poison": f"{USER_ACTIONS}-poison",
    }


def test_nothing_heavy_is_imported_with_the_app() -> None:
    """A new process answers soon: SDKs come with the first message that needs them, and nothing reads a setting."""
    heavy = (
        *("azure.cosmos", "azure.eventhub", "azure.storage", "azure.identity"),
        *("redis", "onnxruntime", "aiohttp", "tantivy", "opentelemetry"),
    )
    script = f"import sys, function_app; print([name for name in {heavy} if name in sys.modules])"
    found = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, env={}, capture_output=True, text=True, check=True
    )
    assert found.stdout.strip() == "[]"
