"""The queueing model against what one instance really did: the lowest load calibrates it, all others test it."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from infra.sizing.inputs import HERE
from infra.sizing.queueing import Prediction, Service, one_instance
from infra.sizing.tables import table

ARRIVALS = HERE / "arrivals.json"
SECONDS = 2_000.0
"""Of the simulated runs: long, so that chance plays no part."""


@dataclass(frozen=True, slots=True)
class Arrivals:
    """What `make bench ARGS=arrivals` measured, as it wrote it."""

    machine: str
    http: Sequence[Mapping[str, float]]
    queue: Sequence[Mapping[str, float]]
    overload: Mapping[str, float]


def arrivals(path: Path = ARRIVALS) -> Arrivals:
    """The measured loads."""
    found: dict[str, Any] = json.loads(path.read_text())
    return Arrivals(found["machine"], found["http"], found["queue"], found["overload"])


def calibrated(lowest: Mapping[str, float]) -> Service:
    """The service whose answers at the lowest load are those that were measured."""
    return Service(lowest["cpu"], min(2.0, lowest["spread"] / lowest["cpu"]), max(0.0, lowest["p50"] - lowest["cpu"]))


def http(measured: Arrivals) -> str:
    """Utilisation and latencies of the HTTP door, predicted and measured."""
    service = calibrated(measured.http[0])
    rows = []
    for place, one in enumerate(measured.http):
        told = one_instance(one["rate"], service, SECONDS, np.random.default_rng(1))
        rows.append(_http_row(one, told, calibrates=place == 0))
    head = [
        "HTTP, requests/s",
        "busy: predicted",
        "measured",
        "p50: predicted",
        "measured",
        "p99: predicted",
        "measured",
    ]
    return table(head, rows)


def queue(measured: Arrivals) -> str:
    """Utilisation and depth of the queue, predicted and measured; and how it fills and drains under too much load."""
    lowest = measured.queue[0]
    service = Service(lowest["cpu"], 0.5, max(0.0, lowest["depth"] / lowest["rate"] - lowest["cpu"]))
    rows = []
    for place, one in enumerate(measured.queue):
        told = one_instance(one["rate"], service, SECONDS, np.random.default_rng(1))
        name = f"{one['rate']:.0f}" + (" (calibrates)" if place == 0 else "")
        rows.append([name, *_pair(told.utilisation, one["utilisation"], "%"), *_pair(told.depth, one["depth"], "")])
    over = measured.overload
    drains = over["deepest"] / over["drained"]
    filled = (over["rate"] - drains) * over["seconds"]
    rows.append([f"{over['rate']:.0f}, too many; {drains:.0f} drain", "", "", *_pair(filled, over["deepest"], "")])
    return table(["queue, messages/s", "busy: predicted", "measured", "waiting: predicted", "measured"], rows)


def _http_row(one: Mapping[str, float], told: Prediction, *, calibrates: bool) -> list[str]:
    name = f"{one['rate']:.0f}" + (" (calibrates)" if calibrates else "")
    return [
        name,
        *_pair(told.utilisation, one["utilisation"], "%"),
        *_pair(told.p50, one["p50"], "ms"),
        *_pair(told.p99, one["p99"], "ms"),
    ]


def _pair(predicted: float, measured: float, unit: str) -> tuple[str, str]:
    """Both, and by how much the prediction is off."""
    off = f" ({(predicted - measured) / measured:+.0%})" if measured else ""
    shown = {
        "%": lambda value: f"{value:.0%}",
        "ms": lambda value: f"{value * 1e3:.0f} ms",
        "": lambda value: f"{value:,.1f}",
    }
    return shown[unit](predicted) + off, shown[unit](measured)
