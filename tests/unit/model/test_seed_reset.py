"""What the seed may not do in Azure."""

from datetime import date

import pytest

from functions.settings import Settings
from model import datasets
from model.seed.run import ResetRefusedError, Seeding, seed
from tests.unit.test_settings import AZURE


async def test_a_database_of_a_deployment_is_not_deleted() -> None:
    """With tokens `--reset` is refused at once, with the way out: no service is asked."""
    seeding = Seeding(Settings.read(AZURE), datasets.source("complete-journey"), date(2026, 11, 1), reset=True)
    with pytest.raises(ResetRefusedError, match="azd provision"):
        await seed(seeding)
