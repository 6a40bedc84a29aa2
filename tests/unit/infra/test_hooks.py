"""What runs around a deployment, asked without Azure."""

import json
import os
import re
import subprocess
import tomllib
from collections.abc import Mapping
from pathlib import Path

import pytest

from functions.settings import Entra, Settings
from functions.triggers.health import HEALTH, READY
from functions.usecases.check_health import Dependency, Health, Without
from tests import smoke
from tests.unit.infra.reading import BICEP, ROOT

HOOKS = ROOT / "infra" / "hooks"
OUTPUTS = {
    "STORAGE_BLOB_URI": "https://a.blob.core.windows.net/",
    "STORAGE_QUEUE_URI": "https://a.queue.core.windows.net/",
    "EVENT_HUB_HOST": "a.servicebus.windows.net",
    "COSMOS_ENDPOINT": "https://a.documents.azure.com:443/",
    "REDIS_ADDRESS": "a.redis.azure.net:10000",
}
ANSWERS: Mapping[str, Without] = {"healthy": "down", "degraded": "degraded", "unhealthy": "down"}
SPY = """#!/bin/sh
env > "$SEEN"
exit "${CODE:-0}"
"""


@pytest.fixture
def python(tmp_path: Path) -> Path:
    """In the place of Python: writes down its environment."""
    file = tmp_path / "python"
    file.write_text(SPY)
    file.chmod(0o755)
    return file


def _seed(python: Path, environment: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    seen = {"SEEN": str(python.parent / "seen"), "PYTHON": str(python), "PAUSE": "0", "ATTEMPTS": "2"}
    return subprocess.run(
        ["sh", str(HOOKS / "seed.sh")],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], **seen, **OUTPUTS, **environment},
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_seed_reaches_azure_as_who_is_logged_in(python: Path) -> None:
    """Outputs of the template become the settings of the commands, and none of a laptop's is left."""
    assert _seed(python, {"SIZE": "dev", "AZURE_CLIENT_ID": "pipeline"}).returncode == 0
    lines = (python.parent / "seen").read_text().splitlines()
    sample = json.loads((ROOT / "local.settings.sample.json").read_text())["Values"]
    settings = Settings.read({**sample, **dict(line.split("=", 1) for line in lines if "=" in line)})
    assert settings.cosmos_connection == Entra(OUTPUTS["COSMOS_ENDPOINT"], None)
    assert settings.redis_connection == Entra(OUTPUTS["REDIS_ADDRESS"], None)
    assert settings.blob_connection == Entra(OUTPUTS["STORAGE_BLOB_URI"], None)
    assert settings.queue_connection == Entra(OUTPUTS["STORAGE_QUEUE_URI"], None)
    assert settings.event_hub_connection == Entra(OUTPUTS["EVENT_HUB_HOST"], None)


@pytest.mark.parametrize(
    "environment", [{"SIZE": "prod"}, {"SEED": "false"}, {"SIZE": "dev", "PRIVATE_NETWORK": "true"}]
)
def test_a_shop_is_left_alone(python: Path, environment: Mapping[str, str]) -> None:
    """Production is not filled with an example unless somebody says so, nor what cannot be reached from here."""
    done = _seed(python, environment)
    assert done.returncode == 0
    assert "azd hooks run postprovision" in done.stdout
    assert not (python.parent / "seen").exists()


def test_young_roles_are_waited_for(python: Path) -> None:
    """A seed that fails is tried again, and the last failure says how to go on."""
    done = _seed(python, {"CODE": "1"})
    assert done.returncode == 1
    assert done.stdout.count("Again in 0 s") == 1
    assert "azd hooks run postprovision" in done.stderr


@pytest.mark.parametrize(("status", "code"), [("healthy", 0), ("degraded", 1), ("unhealthy", 1)])
def test_a_deployment_is_done_when_all_of_it_works(tmp_path: Path, status: str, code: int) -> None:
    """An app that serves without Redis, as its role is still unknown there, is not what was deployed."""
    answer = Health.of(
        [Dependency("redis", status == "healthy", 1.0, ANSWERS[status], "memory")], "v1"
    ).model_dump_json()
    (tmp_path / "curl").write_text(f"#!/bin/sh\ncat << 'END'\n{answer}\nEND\n")
    (tmp_path / "curl").chmod(0o755)
    environment = {"SERVICE_API_URI": "https://a", "PUBLISHABLE_ID": "pk", "ATTEMPTS": "2", "PAUSE": "0"}
    done = subprocess.run(
        ["sh", str(HOOKS / "verify.sh")],
        env={"PATH": f"{tmp_path}:{os.environ['PATH']}", **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == code, done.stderr
    assert (answer in done.stdout) is bool(code)


def test_everybody_asks_the_same_door() -> None:
    """Hook, smoke test, alert and local stack name the routes that there are."""
    asked = re.findall(r"/api/v1/health", (HOOKS / "verify.sh").read_text())
    asked += re.findall(r"/api/v1/health", (BICEP / "modules" / "alerts.bicep").read_text())
    asked += [smoke.HEALTH, tomllib.loads((ROOT / "stack.toml").read_text())["pages"]["health"]]
    assert asked == [f"/{HEALTH.route}"] * 4
    assert f"/{READY.route}" == smoke.READY


def test_hooks_read_outputs_that_there_are() -> None:
    """Every output that a hook needs is one of main.bicep."""
    outputs = set(re.findall(r"^output (\w+)", (BICEP / "main.bicep").read_text(), re.MULTILINE))
    needed = {name for file in HOOKS.glob("*.sh") for name in re.findall(r"\$([A-Z][A-Z_]+)\b", file.read_text())}
    own = {name for file in HOOKS.glob("*.sh") for name in re.findall(r"^([A-Z_]+)=", file.read_text(), re.MULTILINE)}
    assert needed - own - {"SEED"} <= outputs
    assert set(OUTPUTS) <= outputs


@pytest.mark.parametrize("file", [".github/workflows/azure.yml", ".azdo/pipelines/azure-dev.yml"])
def test_pipelines_have_no_secret(file: str) -> None:
    """They log in with tokens of their own, which nobody can copy."""
    text = (ROOT / file).read_text()
    assert "secrets." not in text
    assert "what-if" in text
    assert "azd up --no-prompt" in text


def test_pipelines_pass_every_parameter() -> None:
    """Whatever main.bicepparam reads from the environment, the workflow sets."""
    read = re.findall(r"readEnvironmentVariable\('(\w+)'", (BICEP / "main.bicepparam").read_text())
    workflow = (ROOT / ".github/workflows/azure.yml").read_text()
    assert [name for name in read if f"{name}:" not in workflow] == []
