"""What is told of the model survives the documents."""

import json
from datetime import UTC, datetime, timedelta

from functions.analytics.drift import Calibration, Drift, Seen
from functions.analytics.model_documents import (
    Failure,
    Instance,
    ModelStatus,
    drift_document,
    failure_document,
    instance_document,
    status_of,
)

NOW = datetime(2026, 11, 1, 12, 0, 0, 123, tzinfo=UTC)


def test_everything_comes_back() -> None:
    """Through JSON, in order; documents of a kind that is not known are passed over."""
    instances = [Instance(name, "v1", NOW, 0, NOW) for name in ("a", "b")]
    failures = [Failure("a", name, "why", 1, NOW + timedelta(hours=hour)) for hour, name in ((2, "x"), (1, "y"))]
    looked_at = Seen(1, 2, 3, {"price": 0.1}, 4, 0.5, 7, None, Calibration(1, 0.5, 0, 0.0, 1.0))
    drift = Drift("v1", NOW, looked_at, ("because",))
    documents = [
        drift_document(drift),
        *map(failure_document, reversed(failures)),
        {"id": "new", "kind": "of tomorrow"},
        *(instance_document(each, 900) for each in reversed(instances)),
    ]
    assert status_of(json.loads(json.dumps(documents))) == ModelStatus(tuple(instances), tuple(failures), drift)
    assert status_of([]) == ModelStatus()


def test_a_look_that_found_nothing_comes_back() -> None:
    """No feature, no product, no decision."""
    drift = Drift("v1", NOW, Seen(), ())
    assert status_of([json.loads(json.dumps(drift_document(drift)))]).drift == drift


def test_whatever_a_version_is_called_its_document_has_an_id() -> None:
    """Cosmos refuses some characters in ids."""
    document = failure_document(Failure("host-1", "a/b?c#d\\e", "no such version", 1, NOW))
    assert not set("/?#\\") & set(document["id"])
