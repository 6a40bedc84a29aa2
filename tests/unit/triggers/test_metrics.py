"""The door of the figures."""

from datetime import UTC, datetime
from types import SimpleNamespace

import azure.functions as func
import pytest

from functions.triggers import metrics
from functions.triggers.specification import openapi
from functions.usecases.read_metrics import ReadMetrics
from tests.unit.usecases.stream_fakes import FakeMetrics


async def ask(monkeypatch: pytest.MonkeyPatch, accept: str = "", **params: str) -> func.HttpResponse:
    """The answer of an app where nothing happened."""
    reading = ReadMetrics(FakeMetrics(), lambda: datetime(2026, 11, 21, tzinfo=UTC))
    monkeypatch.setattr(metrics, "app", lambda: SimpleNamespace(read_metrics=reading))
    request = func.HttpRequest("GET", "/api/v1/metrics", headers={"Accept": accept}, params=params, body=b"")
    return await metrics._metrics(request)


@pytest.mark.parametrize(
    ("accept", "params", "kind"),
    [
        ("", {}, "application/json"),
        ("*/*", {}, "application/json"),
        ("text/csv", {}, "text/csv"),
        ("text/csv", {"format": "json"}, "application/json"),
        ("application/json", {"format": "csv", "table": "lists"}, "text/csv"),
    ],
)
async def test_the_caller_chooses_between_json_and_csv(
    monkeypatch: pytest.MonkeyPatch, accept: str, params: dict[str, str], kind: str
) -> None:
    """By `format`, else by `Accept`; the table that is asked for gives the file its name."""
    answer = await ask(monkeypatch, accept, **params)
    assert answer.mimetype == kind
    if kind == "text/csv":
        assert f"{params.get('table', 'series')}.csv" in answer.headers["Content-Disposition"]
        assert answer.get_body().count(b"\n") == 1


def test_both_are_described() -> None:
    """The contract has the figures' schema, a text for CSV, and what every parameter means."""
    described = openapi([metrics.METRICS])["paths"]["/api/v1/metrics"]["get"]
    assert set(described["responses"]["200"]["content"]) == {"application/json", "text/csv"}
    named = {one["name"]: one for one in described["parameters"]}
    assert {"from", "to", "placement", "segment", "format", "table"} <= named.keys()
    assert "series" in named["table"]["schema"]["enum"]
