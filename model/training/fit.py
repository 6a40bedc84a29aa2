"""Fit the candidate model, and choose its mixture on a slice of time before the test."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from itertools import product

from model.datasets.dataset import Dataset
from model.training.candidates import CandidateModel, Mixture
from model.training.embeddings import EmbeddingSettings, embeddings
from model.training.evaluation import NextBaskets, Quality, evaluate, next_baskets
from model.training.histories import Histories, histories


@dataclass(frozen=True, slots=True)
class Grid:
    """The choices to try; `taus` are the days after which a purchase counts 1/e."""

    taus: tuple[float, ...] = (90.0, 180.0)
    embedding: tuple[float, ...] = (0.02, 0.05, 0.1)
    popularity: tuple[float, ...] = (0.25, 0.5)

    def __len__(self) -> int:
        return len(self.taus) * len(self.embedding) * len(self.popularity)


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything that training can choose."""

    tau: float = 90.0
    mixture: Mixture = field(default_factory=lambda: Mixture(embedding=0.05, popularity=0.25))
    embedding: EmbeddingSettings = field(default_factory=EmbeddingSettings)


MOST_TRIED_ON = 3_000
"""Shoppers of the validation slice that decide."""


@dataclass(frozen=True, slots=True)
class Trial:
    """A choice and how well it did on the validation slice."""

    settings: Settings
    quality: Quality


def past_histories(dataset: Dataset, tau: float) -> Histories:
    """Whole histories of all shoppers at the cut."""
    return histories(dataset.past, dataset.products["id"], dataset.cut, tau)


def fit(known: Histories, settings: Settings) -> CandidateModel:
    """A model of these histories."""
    vectors, gain = embeddings(known.weights, settings.embedding)
    popularity = (known.weights.sum(axis=0) / len(known.shoppers)).astype("float32")
    return CandidateModel(vectors, gain, popularity, settings.mixture)


def measure(model: CandidateModel, read: Histories, known: Histories, truth: NextBaskets) -> Quality:
    """How well the model foresees next baskets from what it can `read`: histories as short as in serving."""
    return evaluate(lambda rows: model.scores(read.weights[rows]), truth, known)


def trials(dataset: Dataset, start: Settings, grid: Grid) -> Iterator[Trial]:
    """Every tau with every mixture, judged on the horizon of `dataset`: an earlier cut, never the test's.

    None where no shopper with a history bought anything in that horizon.
    """
    for tau in grid.taus:
        known = past_histories(dataset, tau)
        truth = next_baskets(dataset, known).drawn(MOST_TRIED_ON)
        if not len(truth.shoppers):
            return
        model, read = fit(known, replace(start, tau=tau)), known.bounded()
        for embedding, popularity in product(grid.embedding, grid.popularity):
            mixture = Mixture(embedding, popularity)
            quality = measure(replace(model, mixture=mixture), read, known, truth)
            yield Trial(replace(start, tau=tau, mixture=mixture), quality)


def best(tried: list[Trial]) -> Trial:
    """The trial with the largest NDCG, recall deciding between equals."""
    return max(tried, key=lambda trial: (round(trial.quality.ndcg, 3), trial.quality.recall + trial.quality.explore))
