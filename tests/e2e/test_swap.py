"""A version is published, activated and rolled back by its commands while the loop runs."""

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from functions.contracts import USER_ACTIONS
from functions.settings import SHIPPED_MODEL
from model.evaluation import report
from tests.e2e.figures import Figures, settled, simulate
from tests.stack import ROOT, SeededStack, until
from tests.unit.model.evaluation.test_gates import GOOD

PATIENCE = 30.0
"""Seconds within which running functions notice."""


def run(stack: SeededStack, *command: str) -> None:
    """Run a command of the registry as one types it."""
    subprocess.run([sys.executable, "-m", *command], cwd=ROOT, env=os.environ | stack.settings, check=True)


def version_two(folder: Path) -> Path:
    """The shipped model under another name, with an evaluation."""
    shutil.copytree(SHIPPED_MODEL, folder)
    manifest = json.loads((folder / "manifest.json").read_text())
    (folder / "manifest.json").write_text(json.dumps(manifest | {"version": "two"}))
    (folder / report.FILE).write_text(report.to_json(replace(GOOD, version="two")))
    return folder


def serves(stack: SeededStack, version: str) -> float:
    """Wait until a version serves; the seconds that it took."""
    started = time.monotonic()
    until(lambda: stack.get("/api/v1/health")["model"] == version, f"{version} serves", PATIENCE, 0.2)
    return time.monotonic() - started


def test_a_swap_in_the_running_loop(
    stack: SeededStack, before: Figures, tmp_path: Path, record_testsuite_property: Callable[[str, object], None]
) -> None:
    """Every step is decided once, by one of the two versions; no message fails; and the way back is as short."""
    shipped = stack.get("/api/v1/health")["model"]
    run(stack, "model.publish", "--model", str(version_two(tmp_path / "two")))
    expected = simulate(stack, shoppers=100, steps=8, seed=77)
    run(stack, "model.activate", "two")
    record_testsuite_property("noticed within, s", serves(stack, "two"))
    expected += simulate(stack, shoppers=100, steps=5, seed=78)  # also where the loop was faster than the swap
    run(stack, "model.rollback")
    record_testsuite_property("rolled back within, s", serves(stack, shipped))
    after = settled(stack, 300)
    assert after.events["decision"] - before.events["decision"] == expected
    gained = after.counter("models") - before.counter("models")
    assert gained["two"] > 0
    assert set(gained) <= {"two", shipped, "none"}
    assert not any(failure["version"] == "two" for failure in after.answer["models"]["failures"])
    assert stack.waiting(f"{USER_ACTIONS}-poison") == 0
