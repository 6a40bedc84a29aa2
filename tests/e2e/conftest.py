"""One seeded system for all end-to-end tests: seeding takes longer than each of them."""

from collections.abc import Iterator

import pytest

from tests.e2e.figures import Figures, settled
from tests.stack import SeededStack, seeded_stack


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SeededStack]:
    """Everything running and seeded; a test that stops a server starts it again."""
    with seeded_stack(tmp_path_factory.mktemp("stack")) as running:
        yield running


@pytest.fixture
def before(stack: SeededStack) -> Figures:
    """The figures before the test, with nothing under way."""
    return settled(stack)
