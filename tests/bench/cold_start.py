"""How long a new worker needs to import the app: what a cold start adds to the first request."""

import subprocess
import sys
import time
from collections.abc import Sequence

from tests.bench.figures import Figure, median_of

RUNS = 7


def run() -> Sequence[Figure]:
    """Import time of `function_app` in a fresh interpreter, and the same for `azure.functions` alone."""
    bare = median_of([_seconds("pass") for _ in range(RUNS)])
    floor = median_of([_seconds("import azure.functions") for _ in range(RUNS)]) - bare
    ours = median_of([_seconds("import function_app") for _ in range(RUNS)]) - bare
    return [Figure("import of function_app", ours, "s", ours / floor, "import azure.functions", "< 0.5 s")]


def _seconds(statement: str) -> float:
    start = time.perf_counter()
    subprocess.run([sys.executable, "-c", statement], check=True)
    return time.perf_counter() - start
