"""The deployed package, started from nothing but its own contents."""

import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from importlib.metadata import distribution
from pathlib import Path

import httpx
import pytest

from local.stack import services
from local.stack.ports import free_ports
from local.stack.process import Process, running
from scripts.package import PACKAGES
from tests.stack import ROOT, SeededStack

HOSTS_OWN = ("azure-functions-runtime", "azurefunctions-extensions-base")
"""Packages of the functions host, in place of Azure's, which brings its own."""
BESIDE = "azure-eventhub-checkpointstoreblob-aio"
"""One more, which only works beside the app's `azure.eventhub`."""


@pytest.fixture(scope="module")
def deployed(stack: SeededStack, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Process]:
    """The package in an empty folder, on a host that sees neither the repository nor what is installed for it."""
    folder = tmp_path_factory.mktemp("deployed")
    package = folder / "app.zip"
    subprocess.run([sys.executable, "-m", "scripts.package", "--out", package], cwd=ROOT, check=True)
    with zipfile.ZipFile(package) as archive:
        archive.extractall(folder / "app")
    shutil.copytree(ROOT / "local", folder / "host" / "local", ignore=shutil.ignore_patterns("__pycache__"))
    for name in HOSTS_OWN:
        _copy(name, folder / "host")
    _copy(BESIDE, folder / "app" / PACKAGES)
    service = services.functions(folder / "app", free_ports(1)[0], stack.settings, name="deployed")
    _, *arguments = service.command
    alone = [sys._base_executable, "-S", "-P", *arguments]  # type: ignore[attr-defined]  # neither site nor folder
    paths = {"PYTHONPATH": f"{folder / 'app' / PACKAGES}:{folder / 'host'}"}
    with running(replace(service, command=alone, env={**service.env, **paths})) as host:
        yield host


def _copy(package: str, folder: Path) -> None:
    for file in distribution(package).files or ():
        if ".." not in file.parts and file.suffix != ".pyc":
            (folder / file).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(str(file.locate()), folder / file)


def test_the_package_passes_the_smoke_test(deployed: Process) -> None:
    """As the pipeline runs it after a deployment."""
    asked = [sys.executable, "-m", "tests.smoke", "--url", deployed.connection]
    ran = subprocess.run(asked, cwd=ROOT, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stdout + ran.stderr


@pytest.mark.parametrize(
    "path",
    ["/store/", "/till/", "/dashboard/", "/api/docs", "/api/openapi.json", "/api/v1/recommendations/picks?userId=7"],
)
def test_the_package_has_all_that_is_served(deployed: Process, path: str) -> None:
    """Pages, documentation, and lists by the model that ships with it."""
    answer = httpx.get(f"{deployed.connection}{path}", timeout=30, follow_redirects=True)
    assert answer.status_code == 200, answer.text


def test_the_stack_passes_the_smoke_test(stack: SeededStack) -> None:
    """The same questions, asked of the system that runs here."""
    asked = [sys.executable, "-m", "tests.smoke", "--url", stack.functions.connection]
    ran = subprocess.run(asked, cwd=ROOT, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stdout + ran.stderr
