"""The examples of docs/api.md, run as they are written against the running shop."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.stack import ROOT, SeededStack

EXAMPLES = re.findall(r"```(\w+)\n(.*?)```", (ROOT / "docs" / "api.md").read_text(), re.DOTALL)
WRITTEN = "http://127.0.0.1:7071"
PACKAGE = "personalization_client"


def program(language: str, stack: SeededStack) -> str:
    """All examples of a language, one after the other, on the shop that runs."""
    examples = "\n".join(code for kind, code in EXAMPLES if kind == language)
    return examples.replace(WRITTEN, stack.functions.connection)


def run(command: list[str], cwd: Path = ROOT) -> str:
    """The output of a command that has to succeed."""
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stdout[-2_000:] + done.stderr[-2_000:]
    return done.stdout


@pytest.mark.skipif(not shutil.which("curl"), reason="there is no curl")
def test_the_examples_for_a_shell(stack: SeededStack) -> None:
    """Every line is answered well."""
    output = run(["bash", "-euo", "pipefail", "-c", program("sh", stack)])
    assert output.count('"trackingId"') > 30
    assert '"accepted":1' in output
    assert '"decisionId"' in output


def test_the_examples_for_a_browser(stack: SeededStack, tmp_path: Path) -> None:
    """Node.js has the same fetch."""
    script = tmp_path / "example.mjs"
    script.write_text(program("js", stack))
    node = shutil.which("node") or str(Path(sys.executable).with_name("node"))
    assert len(run([node, str(script)]).splitlines()) == 6


def test_the_example_for_python(stack: SeededStack) -> None:
    """With the client as it is in the repository."""
    code = program("python", stack)
    assert PACKAGE in code
    assert run([sys.executable, "-c", code], cwd=ROOT / "client").startswith("[")


def test_every_language_is_run() -> None:
    """No example escapes the tests."""
    assert {kind for kind, _ in EXAMPLES} == {"sh", "js", "python"}
