"""The real data set, read once, and a small made-up one."""

import pytest

from model.datasets import complete_journey
from model.datasets.dataset import Dataset
from tests.unit.model.small import small_dataset


@pytest.fixture(scope="session")
def journey() -> Dataset:
    """The Complete Journey at its cut."""
    return complete_journey.read().cut()


@pytest.fixture(scope="session")
def small() -> Dataset:
    """Forty shoppers of sixty products."""
    return small_dataset()
