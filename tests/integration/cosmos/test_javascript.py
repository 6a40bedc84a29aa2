"""Microsoft's JavaScript SDK, unmodified, by the script beside this file."""

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from local.stack.process import Process
from local.stack.services import COSMOS_KEY
from tests.integration.cosmos.clients import endpoint

SCRIPT = Path(__file__).with_name("javascript.mjs")


@pytest.fixture(scope="module")
def seen(cosmos: Process) -> Any:
    """What the script saw."""
    command = ["node", str(SCRIPT), endpoint(cosmos), COSMOS_KEY]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_documents(seen: Any) -> None:
    """Create, read, replace with an ETag and patch."""
    assert (seen["read"], seen["missing"], seen["replaced"], seen["patched"]) == (3, 404, 200, 305)
    assert (seen["conflict"]["code"], seen["stale"]["code"]) == (409, 412)


def test_queries_are_merged_by_the_client(seen: Any) -> None:
    """Orders, slices, distinct values and aggregates over three ranges; this SDK merges groups too."""
    assert seen["readAll"] == 30
    assert sorted(seen["filtered"]) == ["order-1", "order-8"]
    assert [order["total"] for order in seen["ordered"]] == [305, 29, 28]
    assert seen["offset"] == [2, 4, 5]
    assert seen["distinct"] == [f"shop-{number}" for number in range(7)]
    assert (seen["count"], seen["average"], seen["least"], seen["greatest"]) == ([30], [1.75], [0], [305])
    assert seen["counted"] == [{"orders": 4, "total": 7}]
    assert [group["orders"] for group in seen["grouped"]] == [5, 5, 4, 4, 4, 4, 4]
    assert sorted(seen["joined"]) == [2, 9, 16, 23]


def test_batches_and_bulks(seen: Any) -> None:
    """A batch is all or nothing, a bulk does what it can."""
    assert (seen["batch"], seen["failedBatch"], seen["bulk"]) == ([201, 200, 204], [424, 404, 424], [201, 404, 201])


def test_changes_and_the_end(seen: Any) -> None:
    """The change feed has every document; a deleted database is gone."""
    assert (seen["changed"], seen["gone"]) == (32, 404)
