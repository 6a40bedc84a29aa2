"""python -m local.traces: receives traces over OTLP and shows each as a tree, until Ctrl-C."""

import argparse
import signal
import sys
import threading
import time
from collections.abc import Sequence
from datetime import datetime
from types import FrameType

from local.traces.receiver import receiving
from local.traces.spans import Span, read, tree

QUIET = 2.0
"""Seconds without a further span after which a trace is taken for whole."""
TOLD = ("http.response.status_code", "messaging.batch.message_count", "error.type")
"""Attributes that are shown."""


class Traces:
    """Spans as they come, until their trace is whole."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._open: dict[str, tuple[float, list[Span]]] = {}

    def take(self, path: str, body: bytes) -> None:
        """Keep the spans of an export; figures are not for here."""
        if path != "/v1/traces":
            return
        spans, now = read(body), time.monotonic()
        with self._lock:
            for span in spans:
                _, kept = self._open.get(span.trace, (now, []))
                self._open[span.trace] = now, [*kept, span]

    def whole(self, quiet: float = QUIET) -> list[list[Span]]:
        """The traces to which nothing came for so many seconds; they are forgotten."""
        now = time.monotonic()
        with self._lock:
            done = [trace for trace, (at, _) in self._open.items() if now - at >= quiet]
            return [self._open.pop(trace)[1] for trace in done]


def shown(spans: Sequence[Span]) -> str:
    """A trace as text: a line for each span with its milliseconds, indented below what it is inside of."""
    first = min(spans, key=lambda span: span.start)
    at = datetime.fromtimestamp(first.start / 1e9).astimezone()
    lines = [f"{at:%H:%M:%S}  trace {first.trace}"]
    for line in tree(spans):
        span = line.span
        told = [f"{name.rpartition('.')[2]}={span.attributes[name]}" for name in TOLD if name in span.attributes]
        told += [f"linked with {', '.join(span.links)}"] if span.links else []
        took = (span.end - span.start) / 1e6
        name = f"{'  ' * line.depth}{span.name}"
        lines.append(f"  {name:44} {took:9.1f} ms {'FAILED ' if span.failed else ''}{' '.join(told)}".rstrip())
    return "\n".join(lines)


def main(arguments: Sequence[str] | None = None) -> int:
    """Show traces until Ctrl-C or SIGTERM; 1 when the port is taken."""
    signal.signal(signal.SIGTERM, _interrupt)
    parser = argparse.ArgumentParser(prog="python -m local.traces", description=__doc__)
    parser.add_argument("--port", type=int, default=4318, help="of OTLP over HTTP; default: 4318")
    port, traces = parser.parse_args(arguments).port, Traces()
    try:
        with receiving(port, traces.take) as url:
            print(f"waiting for traces at {url}; Ctrl-C ends it", flush=True)
            while True:
                time.sleep(0.5)
                for spans in traces.whole():
                    print(shown(spans), flush=True)
    except KeyboardInterrupt:
        return 0
    except OSError as error:
        print(f"port {port}: {error.strerror}; choose another with --port", file=sys.stderr)
        return 1


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main())
