"""What the documentation says can be found and done."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGES = [ROOT / "README.md", *(ROOT / "docs").glob("*.md"), *(ROOT / "local").rglob("README.md")]
LINK = re.compile(r"\]\((?!https?:)([^)#]+)")
VERB = re.compile(r"\bmake ([a-z]+)")
TARGETS = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    """Every relative link names a file or folder of the repository."""
    broken = [link for link in LINK.findall(page.read_text()) if not (page.parent / link).exists()]
    assert not broken


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_commands_exist(page: Path) -> None:
    """Every `make VERB` in a code block or in backticks is a verb of the Makefile."""
    code = "\n".join(re.findall(r"```.*?```|`[^`]+`", page.read_text(), re.DOTALL))
    assert set(VERB.findall(code)) <= TARGETS


def test_the_readme_is_short() -> None:
    """A newcomer reads it whole: 140 lines at most."""
    assert len((ROOT / "README.md").read_text().splitlines()) <= 140
