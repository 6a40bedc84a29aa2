"""What Azure sees of the app."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import function_app
from functions.contracts import USER_ACTIONS, USER_RESPONSES

ROOT = Path(__file__).resolve().parents[3]
FUNCTIONS: dict[str, dict[str, dict[str, Any]]] = {
    str(function.get_function_name()): {binding.name: binding.get_dict_repr() for binding in function.get_bindings()}
    for function in function_app.app.get_functions()
}


def test_all_functions_are_there() -> None:
    """By the names that operators know."""
    assert {
        "start_simulation",
        "simulate_shopper",
        "make_offer",
        "aggregate",
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


def test_only_health_and_the_shop_are_open_to_all() -> None:
    """Every other HTTP function wants a key."""
    levels = {name: str(found["req"]["authLevel"]) for name, found in FUNCTIONS.items() if "req" in found}
    assert [name for name, level in levels.items() if "ANONYMOUS" in level] == [
        "health",
        "store",
        "till",
        "sample_shoppers",
    ]


def test_nothing_heavy_is_imported_with_the_app() -> None:
    """A new process answers soon: SDKs come with the first message that needs them, and nothing reads a setting."""
    heavy = (
        *("azure.cosmos", "azure.eventhub", "azure.storage", "azure.identity"),
        *("redis", "onnxruntime", "aiohttp", "tantivy"),
    )
    script = f"import sys, function_app; print([name for name in {heavy} if name in sys.modules])"
    found = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, env={}, capture_output=True, text=True, check=True
    )
    assert found.stdout.strip() == "[]"
