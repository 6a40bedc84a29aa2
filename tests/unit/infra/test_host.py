"""Telemetry: sent once, by OpenTelemetry, and with the app's identity."""

import json
from pathlib import Path

from tests.unit.infra.reading import ROOT, properties, text

HOST = json.loads((ROOT / "host.json").read_text())
SETTINGS = properties(text("settings"), "output values object =")


def test_host_and_worker_speak_opentelemetry() -> None:
    """Both ends are switched on together: one alone would lose the logs of the code, or tell everything twice."""
    assert HOST["telemetryMode"] == "OpenTelemetry"
    assert SETTINGS["PYTHON_APPLICATIONINSIGHTS_ENABLE_TELEMETRY"] == "'true'"
    assert "applicationInsights" not in HOST["logging"]


def test_the_code_does_not_configure_it_again() -> None:
    """The worker configures Azure Monitor; a second time would double every trace and log."""
    files = [ROOT / "function_app.py", *Path(ROOT / "functions").rglob("*.py")]
    assert not [file for file in files if "configure_azure_monitor" in file.read_text()]
    assert "azure-monitor-opentelemetry==" in (ROOT / "requirements.txt").read_text()


def test_telemetry_needs_no_key() -> None:
    """The app proves who it is, as Application Insights takes nothing from anybody else."""
    assert SETTINGS["APPLICATIONINSIGHTS_AUTHENTICATION_STRING"] == "'ClientId=${clientId};Authorization=AAD'"
