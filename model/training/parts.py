"""What the parts of a model are trained from."""

from collections.abc import Callable
from dataclasses import dataclass

from rich.progress import Progress

from model.artifact import Part
from model.datasets.dataset import Dataset
from model.training.candidates import CandidateModel
from model.training.fit import Settings

type Cuts = Callable[[int], Dataset]
"""The data cut so many weeks before the test: 0 for the model that serves, 4 for validation, 8, 12, ... to learn."""

VALIDATION_WEEKS = 4


@dataclass(frozen=True, slots=True)
class Training:
    """The data, and the candidate model that was fitted to everything before the cut.

    A part may learn from `cuts(weeks)`, choose on `cuts(VALIDATION_WEEKS)`, and never looks at the future of
    `dataset`, which is `cuts(0)`: that is the test. Long steps report to `live`.
    """

    cuts: Cuts
    dataset: Dataset
    settings: Settings
    candidates: CandidateModel
    live: Progress

    @property
    def products(self) -> list[str]:
        """Product ids by row, in all parts."""
        ids: list[str] = self.dataset.products["id"].to_list()
        return ids


type MakePart = Callable[[Training], Part | None]
"""A step of training; None when the data has nothing to learn it from, having said so to `Training.live`."""
