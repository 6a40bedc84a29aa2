"""The runbook is about the system that is deployed."""

import json
import re
from collections.abc import Iterator

import pytest

from functions.analytics.documents import ERASED_TTL, PARKED_TTL
from functions.analytics.rollup import TTL
from functions.contracts import CONTAINERS, DAY, DECISIONS, METRICS, USER_ACTIONS, USER_RESPONSES
from tests.unit.infra.reading import ROOT

TEXT = (ROOT / "docs" / "operations.md").read_text()
MODULES = ROOT / "infra" / "bicep" / "modules"
KEPT = TEXT.split("## What is kept")[1].split("## ")[0]


def test_every_alert_has_its_section() -> None:
    """And no section is about an alert that there is not."""
    bicep = (MODULES / "alerts.bicep").read_text() + (MODULES / "capacity-alerts.bicep").read_text()
    alerts = set(re.findall(r"^ +name: '([a-z-]+)'$", bicep, re.MULTILINE))
    assert set(re.findall(r"^### (.+)$", TEXT, re.MULTILINE)) == alerts


def values(of: object, path: str = "") -> Iterator[tuple[str, object]]:
    """Every value of host.json by its path."""
    if isinstance(of, dict):
        for name, value in of.items():
            yield from values(value, f"{path}.{name}" if path else name)
    else:
        yield path, of


HOST = [
    (path, value)
    for path, value in values(json.loads((ROOT / "host.json").read_text()))
    if path != "version" and not path.startswith("extensionBundle")
]


@pytest.mark.parametrize(("path", "value"), HOST)
def test_every_value_of_host_json_is_explained(path: str, value: object) -> None:
    """With the value that it has, and a reason."""
    (row,) = re.findall(rf"^\| `{re.escape(path)}` \| (.+) \| (.+) \|$", TEXT, re.MULTILINE)
    assert row[0] == (str(value) or "empty")
    assert len(row[1]) > 10


def days(where: str, what: str) -> str:
    """What the table says."""
    (found,) = re.findall(rf"^\| .*{where}.* \| .*{what}.* \| (.+) \|$", KEPT, re.MULTILINE)
    return str(found)


def test_times_to_live_are_those_of_the_code() -> None:
    """In days."""
    assert days("`decisions`", "why") == str((DECISIONS.default_ttl or 0) // DAY)
    assert days("`metrics`", "minutes") == str((METRICS.default_ttl or 0) // DAY)
    assert days("`metrics`", "hours") == str(TTL["hour"] // DAY)
    assert days("`metrics`", "days") == "for ever"
    assert TTL["day"] == -1
    assert {days("`metrics`", "erased")} == {str(ERASED_TTL // DAY), str(PARKED_TTL // DAY)}
    sample = json.loads((ROOT / "local.settings.sample.json").read_text())["Values"]
    assert days("lake", "raw events").startswith(sample["LakeRetentionDays"])


def test_every_container_and_queue_is_named() -> None:
    """So that nobody has to guess what it holds."""
    assert all(f"`{container.name}`" in KEPT for container in CONTAINERS)
    assert all(f"`{queue}-poison`" in TEXT for queue in (USER_ACTIONS, USER_RESPONSES))


def test_retentions_of_sizes_are_those_that_are_bought() -> None:
    """Of the hub, the logs and the backup."""
    sizes = (MODULES / "sizes.bicep").read_text()
    hours, logs = re.findall(r"retentionHours: (\d+)", sizes), re.findall(r"logDays: (\d+)", sizes)
    assert (
        days("event hub", "raw events")
        == f"{int(hours[0]) // 24} in `dev`, {int(hours[1]) // 24} in `prod` and `global`"
    )
    assert days("logs", "no names") == f"{logs[0]} in `dev`, {logs[1]} in `prod` and `global`"
    assert (hours[1], logs[1]) == (hours[2], logs[2])
    backup = re.findall(r"Continuous(\d+)Days", sizes)
    assert f"{backup[0]} days in `dev`, {backup[1]} in `prod` and `global`" in TEXT
    assert backup[1] == backup[2]
