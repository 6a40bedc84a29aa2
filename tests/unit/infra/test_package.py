"""The deployed package: what runs, and nothing else."""

import subprocess
import sys
from importlib.metadata import distribution
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from scripts.package import deployed
from tests.unit.infra.reading import ROOT

FILES = deployed()
REQUIREMENTS = [
    Requirement(line) for line in (ROOT / "requirements.txt").read_text().splitlines() if line and line[0] != "#"
]


def test_it_holds_the_app_and_its_model() -> None:
    """Code, pages, the shipped model, the guide of the API, and what Azure reads."""
    tracked = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    wanted = {
        Path(name)
        for name in tracked.splitlines()
        if name in ("function_app.py", "host.json", "requirements.txt", "docs/api.md")
        or name.startswith(("functions/", "model/artifacts/"))
    }
    assert wanted <= set(FILES)


def test_it_holds_nothing_else() -> None:
    """No tests, no training, no local stack, no settings, whatever else lies in the folder."""
    rooms = {file.parts[0] for file in FILES}
    assert rooms == {"function_app.py", "functions", "host.json", "requirements.txt", "model", "docs"}
    assert {file for file in FILES if file.parts[0] == "docs"} == {Path("docs/api.md")}
    assert {file.parts[1] for file in FILES if file.parts[0] == "model"} == {"artifacts"}
    assert not [file for file in FILES if file.suffix == ".pyc"]


def test_it_starts_on_its_own(tmp_path: Path) -> None:
    """Nothing that is left out is needed: every function is found with these files alone."""
    for file in FILES:
        (tmp_path / file).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / file).write_bytes((ROOT / file).read_bytes())
    code = "import function_app; print(len(function_app.app.get_functions()))"
    ran = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
    assert int(ran.stdout) > 10


def test_packages_are_pinned_with_all_that_they_need() -> None:
    """Tomorrow's deployment is today's: whatever a package needs is in requirements.txt, with its version."""
    pins = {canonicalize_name(each.name): each for each in REQUIREMENTS}
    assert all(str(each.specifier).startswith("==") for each in REQUIREMENTS)
    needed: set[tuple[str, frozenset[str]]] = set()
    waiting = list(REQUIREMENTS)
    while waiting:
        each = waiting.pop()
        if (key := (canonicalize_name(each.name), frozenset(each.extras))) not in needed:
            needed.add(key)
            waiting += _needs(each)
    assert {name for name, _ in needed} == set(pins)


def _needs(requirement: Requirement) -> list[Requirement]:
    wanted = [Requirement(text) for text in distribution(requirement.name).requires or ()]
    extras = requirement.extras or {""}
    return [each for each in wanted if not each.marker or any(each.marker.evaluate({"extra": x}) for x in extras)]


def test_development_stays_at_home() -> None:
    """Training and testing packages would make every new instance slower to start."""
    names = {canonicalize_name(each.name) for each in REQUIREMENTS}
    assert not names & {"lightgbm", "scikit-learn", "onnx", "polars", "pytest", "scipy", "implicit", "skl2onnx"}
