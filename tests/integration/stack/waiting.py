"""Waiting for what happens in other processes."""

import time
from collections.abc import Callable

PATIENCE = 30.0


def until(condition: Callable[[], object]) -> None:
    """Ask until the condition holds; fails after half a minute."""
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.02)
