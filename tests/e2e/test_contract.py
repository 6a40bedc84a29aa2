"""The whole published contract, held against the running app by a tool that knows nothing else of it."""

import os
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

import function_app
from functions.triggers import openapi
from tests.stack import ROOT, SeededStack, seeded_stack

SECONDS = 75
"""For generating requests; a round over every operation comes first, and takes a tenth of it."""
SEED = 4
OFTEN = 50
"""Requests of an operation of which at least one has to succeed: on a slow machine some get fewer."""
CHECKS = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
)
OPERATIONS = (*openapi.operations_of(function_app.ROOMS), *openapi.OPERATIONS)
HTTP = [operation.name for operation in OPERATIONS]
API = {operation.name for operation in OPERATIONS if operation.media is None}
"""All but pages, files and the document itself."""


@pytest.fixture(scope="module")
def doors(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SeededStack]:
    """A system of its own, as made-up rules and events stay; without queue functions, as simulations would run on."""
    with seeded_stack(tmp_path_factory.mktemp("contract"), only=HTTP) as running:
        yield running


def test_the_app_keeps_its_contract(doors: SeededStack, tmp_path: Path) -> None:
    """However it is asked: never a server error, never a status, header, media type or body that is not published.

    And every operation that was asked often was asked something that it could answer.
    """
    doors.put("/api/v1/rules/week", {"name": "w", "kind": "include", "products": ["1082185"], "lists": ["week"]})
    answered = tmp_path / "answered.txt"
    command = [sys.executable, "-m", "schemathesis.cli", "run", f"{doors.functions.connection}/api/openapi.json"]
    options = {
        "--seed": str(SEED),
        "--max-time": str(SECONDS),
        "--max-examples": "50",
        "--phases": "examples,coverage,fuzzing",
        "--checks": ",".join(CHECKS),
        "--generation-database": "none",
    }
    given = [part for option in options.items() for part in option]
    hooks = {"SCHEMATHESIS_HOOKS": "tests.e2e.contract_hooks", "CONTRACT_ANSWERED": str(answered)}
    environment = os.environ | hooks | {"PYTHONPATH": str(ROOT)}
    call = [*command, *given]
    run = subprocess.run(call, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stdout[-20_000:] + run.stderr[-5_000:]
    answers = [line.split() for line in answered.read_text().splitlines()]
    asked, well = Counter(name for name, _ in answers), {name for name, status in answers if status.startswith("2")}
    assert len(well) > len(API) / 2
    seldom = {"reco_curated"}  # only lists that there are answer well: made-up names hardly ever hit one
    assert {name for name in API - well - seldom if asked[name] >= OFTEN} == set()
