"""How old the dashboard's figures are: from an event that a storefront reports to the page that shows it counted."""

import random
import tempfile
import threading
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from tests.bench.figures import Figure, percentile
from tests.stack import SeededStack, seeded_stack, until

EVENTS, PAUSE = 80, (0.2, 2.0)
PAGE = 2.0
"""Seconds after which the page asks again."""
QUESTION = "/api/v1/metrics?top=20"


def run() -> Sequence[Figure]:
    """Median and ninth decile of events that are reported at random moments, at the default schedule."""
    with tempfile.TemporaryDirectory() as folder, seeded_stack(Path(folder)) as stack:
        _report(stack, "warm")
        until(lambda: _counted(stack) >= 1, "the first event is counted", 120)
        taken = _measure(stack)
    return [
        Figure("from an event to the page, median", percentile(taken, 0.5), "s", aim="< 5 s"),
        Figure("from an event to the page, p90", percentile(taken, 0.9), "s"),
    ]


def _measure(stack: SeededStack) -> list[float]:
    """Seconds of each event."""
    seen, done, before = list[tuple[float, int]](), threading.Event(), _counted(stack)

    def page() -> None:
        while not done.wait(PAGE):
            count = _counted(stack)
            seen.append((time.monotonic(), count))

    watching = threading.Thread(target=page)
    watching.start()
    dice, reported = random.Random(1), list[float]()
    for number in range(EVENTS):
        time.sleep(dice.uniform(*PAUSE))
        reported.append(time.monotonic())
        _report(stack, str(number))
    until(lambda: bool(seen) and seen[-1][1] >= before + EVENTS, "all events are on the page", 120)
    done.set()
    watching.join()
    shown = [next(at for at, count in seen if count > before + place) for place in range(EVENTS)]
    return [at - when for at, when in zip(shown, reported, strict=True)]


def _report(stack: SeededStack, name: str) -> None:
    about = {"id": f"freshness-{name}", "source": "/bench", "type": "view_item", "subject": f"visit-{name}"}
    data = {"items": [{"item_id": "1082185"}]}
    answer = stack.post("/api/v1/events", {**about, "time": datetime.now(UTC).isoformat(), "data": data})
    assert answer["accepted"] == 1, answer


def _counted(stack: SeededStack) -> int:
    return int(stack.get(QUESTION)["totals"]["views"])
