"""What the container `metrics` tells of the model: its processes, versions that failed, and the last look for drift.

All lie in one logical partition; every document has `kind`.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from functions.analytics.drift import Calibration, Drift, Seen
from functions.contracts import MODELS

type Document = Mapping[str, Any]

TIMES = frozenset({"since", "seen", "time", "checked"})
"""Fields that are times, ISO 8601 in documents."""


@dataclass(frozen=True, slots=True)
class Instance:
    """A process that serves: which version, since when, after how many swaps, and when it last said so."""

    name: str
    version: str
    since: datetime
    swaps: int
    seen: datetime


@dataclass(frozen=True, slots=True)
class Failure:
    """A version that a process could not take, why, how often, and when the last time."""

    instance: str
    version: str
    reason: str
    count: int
    time: datetime


@dataclass(frozen=True, slots=True)
class ModelStatus:
    """Everything told: processes by name, failures and the last first."""

    instances: Sequence[Instance] = ()
    failures: Sequence[Failure] = ()
    drift: Drift | None = None


def instance_document(instance: Instance, ttl: int) -> dict[str, Any]:
    """The document of a process, which lives `ttl` seconds."""
    return {"id": f"instance-{instance.name}", **_document("instance", asdict(instance)), "ttl": ttl}


def failure_document(failure: Failure) -> dict[str, Any]:
    """The document of a version that failed; the version may be any text."""
    key = hashlib.sha256(failure.version.encode()).hexdigest()[:16]
    return {"id": f"failed-{failure.instance}-{key}", **_document("failure", asdict(failure))}


def drift_document(drift: Drift) -> dict[str, Any]:
    """The document of the last look for drift."""
    return {"id": "drift", **_document("drift", asdict(drift))}


def status_of(documents: Sequence[Document]) -> ModelStatus:
    """What documents tell; of a kind that is not known, nothing."""
    instances = [Instance(**_fields(each)) for each in documents if each["kind"] == "instance"]
    failures = [Failure(**_fields(each)) for each in documents if each["kind"] == "failure"]
    drifts = [_drift(_fields(each)) for each in documents if each["kind"] == "drift"]
    return ModelStatus(
        instances=tuple(sorted(instances, key=lambda each: each.name)),
        failures=tuple(sorted(failures, key=lambda each: each.time, reverse=True)),
        drift=drifts[0] if drifts else None,
    )


def _document(kind: str, told: Mapping[str, Any]) -> dict[str, Any]:
    stamped = {name: value.isoformat() if isinstance(value, datetime) else value for name, value in told.items()}
    return {"partition": MODELS, "kind": kind, "told": stamped}


def _fields(document: Document) -> dict[str, Any]:
    told = dict(document["told"])
    return {name: datetime.fromisoformat(told[name]) if name in TIMES else told[name] for name in told}


def _drift(told: Mapping[str, Any]) -> Drift:
    seen = dict(told["looked_at"])
    foreseen = seen.pop("calibration")
    looked_at = Seen(**seen, calibration=Calibration(**foreseen) if foreseen else None)
    return Drift(told["version"], told["checked"], looked_at, tuple(told["reasons"]))
