"""Microsoft's JavaScript SDK, which speaks AMQP in another way than the Python one."""

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.integration.eventhubs.conftest import ROOT, RunningBroker, connection_string

pytestmark = pytest.mark.skipif(
    shutil.which("node") is None or not (ROOT / "node_modules/@azure/event-hubs").exists(),
    reason="needs node and `npm install`",
)


def run(script: str, *arguments: str) -> Any:
    path = Path(__file__).with_name(script)
    done = subprocess.run(
        ["node", str(path), *arguments], cwd=ROOT, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_it_sends_and_receives(broker: RunningBroker) -> None:
    """Batches, keys, properties, subscriptions and the two kinds of properties of the service."""
    seen = run("exchange.mjs", broker.connection_string)
    assert seen == {
        "partitionIds": ["0", "1", "2", "3"],
        "numbers": list(range(20)),
        "kinds": ["batch"],
        "sequences": list(range(20)),
        "keyed": {"body": "keyed", "key": "7"},
        "beginning": 0,
    }


def test_it_understands_why_it_is_refused(broker: RunningBroker) -> None:
    """An unknown hub and a wrong key come back as the errors that it has for them."""
    wrong = connection_string(broker.port, key="wrong")
    assert run("refused.mjs", broker.connection_string, wrong) == {
        "unknownHub": "MessagingEntityNotFoundError",
        "wrongKey": "UnauthorizedError",
    }
