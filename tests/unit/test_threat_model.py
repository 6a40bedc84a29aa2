"""The threat model names what there is."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
TEXT = (ROOT / "docs" / "threat-model.md").read_text()
NAMED = sorted(set(re.findall(r"`((?:tests|functions)/[\w/]+\.py)(?:::(\w+))?`", TEXT)))


@pytest.mark.parametrize(("file", "test"), NAMED)
def test_what_stops_a_threat_is_there(file: str, test: str) -> None:
    """The file, and in it the test that is named."""
    code = (ROOT / file).read_text()
    assert not test or re.search(rf"^(async )?def {test}\(", code, re.MULTILINE)


def test_every_kind_of_threat_is_thought_of() -> None:
    """Each boundary has a section, and each letter of STRIDE is looked at somewhere."""
    assert set(re.findall(r"^\| ([STRIDE]) \|", TEXT, re.MULTILINE)) == set("STRIDE")
    arrows = set(re.findall(r'-- "(\d) ', TEXT))
    assert arrows == set(re.findall(r"^## (\d) ", TEXT, re.MULTILINE))
