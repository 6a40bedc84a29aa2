"""The pages say what the commands print from the inputs that are checked in."""

import re

import pytest

from infra.sizing import documents
from infra.sizing.__main__ import main
from tests.unit.sizing.inputs import GIVEN

MADE = {**documents.COST, **documents.SCALE}
TEXTS = {path.name: path.read_text() for path in documents.PAGES}


@pytest.mark.parametrize("page", TEXTS)
def test_tables_are_what_the_commands_print(page: str) -> None:
    """`python -m infra.sizing docs` would change nothing."""
    made = {name: MADE[name](GIVEN) for name in documents.names(TEXTS[page])}
    assert documents.filled(TEXTS[page], made) == TEXTS[page]


def test_every_table_stands_in_a_page() -> None:
    """No table is made for nothing."""
    assert sorted(name for text in TEXTS.values() for name in documents.names(text)) == sorted(MADE)


def test_pictures_exist() -> None:
    """The page's picture is there."""
    assert documents.PICTURE.name in TEXTS["scale.md"]
    assert documents.PICTURE.read_text().startswith("<?xml")


def test_one_load_is_billed(capsys: pytest.CaptureFixture[str]) -> None:
    """The command prints the bill of any load, with every line."""
    main(["cost", "--rate", "50", "--size", "dev", "--lists", "2"])
    printed = capsys.readouterr().out
    assert re.search(r"\*\*a month\*\* \| \*\*\$[\d,.]+\*\*", printed)
    assert "| Functions | executions |" in printed
