"""Accounts for the tests of the Cosmos DB stand-in."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.unit.cosmos.account import Account, opened


@pytest.fixture
def account(tmp_path: Path) -> Iterator[Account]:
    """A new account with three physical ranges."""
    with opened(tmp_path) as account:
        yield account
