"""The little of Bicep that the tests need to read: declarations, one a line, and the object that follows one."""

import json
import re
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[3]
BICEP = ROOT / "infra" / "bicep"
FILES = (BICEP / "main.bicep", *sorted((BICEP / "modules").glob("*.bicep")))
CONTRACTS: dict[str, Any] = json.loads((BICEP / "contracts.json").read_text())
"""What `main.bicep` loads with `loadJsonContent`."""
_PROPERTY = re.compile(r"^  '?([A-Za-z_][\w.]*)'?: (.*)$", re.MULTILINE)


def text(name: str) -> str:
    """A module without its comments."""
    return re.sub(r"^\s*//.*$", "", (BICEP / "modules" / f"{name}.bicep").read_text(), flags=re.MULTILINE)


def properties(source: str, declaration: str) -> dict[str, str]:
    """Name and expression of each property of the object that a declaration, such as `var x =`, ends with."""
    _, found, rest = source.partition(f"{declaration} {{\n")
    assert found, f"there is no '{declaration}'"
    body, _, _ = rest.partition("\n}")
    return dict(_PROPERTY.findall(body))


def constants(source: str) -> dict[str, str]:
    """The variables that are plain texts."""
    return dict(re.findall(r"^var (\w+) = '([^'$]*)'$", source, re.MULTILINE))
