"""The real data set, read once, and a small made-up one."""

import pytest

from model.datasets import complete_journey
from model.datasets.dataset import Dataset
from model.datasets.tables import Tables
from tests.unit.model.small import small_dataset


@pytest.fixture(scope="session")
def journey_tables() -> Tables:
    """The Complete Journey, as long as it is read."""
    return complete_journey.read()


@pytest.fixture(scope="session")
def journey(journey_tables: Tables) -> Dataset:
    """The Complete Journey at its cut."""
    return journey_tables.cut()


@pytest.fixture(scope="session")
def small() -> Dataset:
    """Forty shoppers of sixty products."""
    return small_dataset()
