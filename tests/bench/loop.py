"""How many decisions a second the whole loop makes, against functions that do nothing on the same queues."""

import base64
import shutil
import statistics
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from functions.contracts import USER_ACTIONS, USER_RESPONSES
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
        sizes = {"ActionBytes": _Size(USER_ACTIONS), "ResponseBytes": _Size(USER_RESPONSES)}
        _simulate(stack, 0, tuple(sizes.values()))
        ours = [_simulate(stack, seed) for seed in range(1, RUNS + 1)]
        stack.functions.stop()
        theirs = _nothing(stack, Path(folder), {name: str(size.mean) for name, size in sizes.items()})
    rate, floor = DECISIONS / median_of(ours), DECISIONS / median_of(theirs)
    return [
        Figure("the loop", rate, "decisions/s", rate / floor, "functions that do nothing", ">= 0.6"),
        Figure("functions that do nothing", floor, "round trips/s"),
    ]


class _Size:
    """The mean size of the messages seen in a queue, in bytes."""

    def __init__(self, queue: str) -> None:
        self._queue = queue
        self._seen: list[int] = []

    def look(self, stack: SeededStack) -> None:
        with stack.queue(self._queue) as queue:
            self._seen += [len(base64.b64decode(seen.content)) for seen in queue.peek_messages(32)]

    @property
    def mean(self) -> int:
        return int(statistics.mean(self._seen))


def _simulate(stack: SeededStack, seed: int, sizes: Sequence[_Size] = ()) -> float:
    def done() -> bool:
        for size in sizes:
            size.look(stack)
        return stack.loop_is_idle()

    start = time.perf_counter()
    stack.post("/api/v1/simulations", {"run": f"bench-{seed}", "shoppers": SHOPPERS, "steps": STEPS, "seed": seed})
    until(done, "the simulation ends", 300, 0.05)
    return time.perf_counter() - start


def _nothing(stack: SeededStack, folder: Path, sizes: dict[str, str]) -> list[float]:
    app = folder / "nothing"
    shutil.copytree(ROOT / "tests" / "bench" / "nothing", app)
    shutil.copy(ROOT / "host.json", app)
    service = services.functions(app, free_ports(1)[0], {**stack.settings, **sizes}, name="nothing")
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
