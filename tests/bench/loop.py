"""How many decisions a second the whole loop makes, against functions that do nothing on the same queues."""

import base64
import shutil
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from functions.contracts import USER_RESPONSES
from local.stack import services
from local.stack.ports import free_ports
from local.stack.process import running
from tests.bench.figures import Figure, median_of
from tests.stack import ROOT, SeededStack, seeded_stack, until

SHOPPERS, STEPS, RUNS = 100, 20, 3
DECISIONS = SHOPPERS * STEPS


def run() -> Sequence[Figure]:
    """Decisions a second of a simulation from its start until the queues are empty; medians."""
    with tempfile.TemporaryDirectory() as folder, seeded_stack(Path(folder)) as stack:
        _simulate(stack, 0)
        ours = [_simulate(stack, seed) for seed in range(1, RUNS + 1)]
        stack.functions.stop()
        theirs = _nothing(stack, Path(folder))
    rate, floor = DECISIONS / median_of(ours), DECISIONS / median_of(theirs)
    return [
        Figure("the loop", rate, "decisions/s", rate / floor, "functions that do nothing", ">= 0.6"),
        Figure("functions that do nothing", floor, "round trips/s"),
    ]


def _simulate(stack: SeededStack, seed: int) -> float:
    start = time.perf_counter()
    stack.post("/api/v1/simulations", {"run": f"bench-{seed}", "shoppers": SHOPPERS, "steps": STEPS, "seed": seed})
    until(stack.loop_is_idle, "the simulation ends", 300, 0.05)
    return time.perf_counter() - start


def _nothing(stack: SeededStack, folder: Path) -> list[float]:
    app = folder / "nothing"
    shutil.copytree(ROOT / "tests" / "bench" / "nothing", app)
    shutil.copy(ROOT / "host.json", app)
    service = services.functions(app, free_ports(1)[0], stack.settings, name="nothing")
    with running(service):
        _pass_around(stack)
        return [_pass_around(stack) for _ in range(RUNS)]


def _pass_around(stack: SeededStack) -> float:
    """The same number of messages as a simulation: an arrival and two for each decision."""
    start = time.perf_counter()
    with stack.queue(USER_RESPONSES) as queue:
        for _ in range(SHOPPERS):
            queue.send_message(base64.b64encode(str(2 * STEPS).encode()).decode())
    until(stack.loop_is_idle, "the messages have made their rounds", 300, 0.05)
    return time.perf_counter() - start
