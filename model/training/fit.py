"""Fit the candidate model, and choose its mixture on a slice of time before the test."""

from collections.abc import Callable, Iterable, Iterator, Sequence
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

    def settings(self, start: "Settings") -> Iterator["Settings"]:
        """Every tau with every mixture."""
        for tau, embedding, popularity in product(self.taus, self.embedding, self.popularity):
            yield replace(start, tau=tau, mixture=Mixture(embedding, popularity))

    def beyond(self, chosen: "Settings") -> Iterator["Settings"]:
        """A step further in each direction in which the choice lies at the edge, or is beyond it already."""
        mixture = chosen.mixture
        for tau in _further(chosen.tau, self.taus, TAU_STEP):
            yield replace(chosen, tau=tau)
        for embedding in _further(mixture.embedding, self.embedding, EMBEDDING_STEP):
            yield replace(chosen, mixture=replace(mixture, embedding=embedding))
        for popularity in _further(mixture.popularity, self.popularity, POPULARITY_STEP):
            yield replace(chosen, mixture=replace(mixture, popularity=popularity))


def _further(value: float, choices: Sequence[float], step: float) -> Iterator[float]:
    """Nothing where there is no choice, and none but 0 beyond 0."""
    if len(choices) > 1 and value >= max(choices):
        yield value * step
    if len(choices) > 1 and 0 < value <= min(choices):
        yield value / step


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything that training can choose."""

    tau: float = 90.0
    mixture: Mixture = field(default_factory=lambda: Mixture(embedding=0.05, popularity=0.25))
    embedding: EmbeddingSettings = field(default_factory=EmbeddingSettings)


TAU_STEP, EMBEDDING_STEP, POPULARITY_STEP = 2.0, 2.5, 4.0
"""How far the next choice is beyond the edge of the grid."""
CLEARLY = 1.02
"""How much better NDCG must be for a step beyond the edge of the grid, which is of shops where shoppers come back for
the same: what is hardly better may be chance."""
MOST_TRIED_ON = 3_000
"""Shoppers of the validation slice that decide: between these choices, and between those of the baselines."""


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


@dataclass(frozen=True, slots=True, eq=False)
class _Fitted:
    """A model of a tau, and whom it is judged by."""

    model: CandidateModel
    read: Histories
    known: Histories
    truth: NextBaskets

    @classmethod
    def of(cls, dataset: Dataset, settings: Settings) -> "_Fitted":
        known = past_histories(dataset, settings.tau)
        truth = next_baskets(dataset, known).drawn(MOST_TRIED_ON)
        return cls(fit(known, settings), known.bounded(), known, truth)

    def trial(self, settings: Settings) -> Trial:
        return Trial(
            settings, measure(replace(self.model, mixture=settings.mixture), self.read, self.known, self.truth)
        )


def choose(dataset: Dataset, start: Settings, grid: Grid, each: Callable[[], None]) -> Trial | None:
    """The best of the grid on the horizon of `dataset`, an earlier cut, never the test's.

    Where the best lies at the edge of the grid, steps beyond are tried for as long as each is clearly better; `each`
    is called after every trial. None where no shopper with a history bought anything in that horizon.
    """
    if not next_baskets(dataset, past_histories(dataset, start.tau)).baskets:
        return None
    fitted: dict[float, _Fitted] = {}

    def tried(choices: Iterable[Settings]) -> Iterator[Trial]:
        for settings in choices:
            if settings.tau not in fitted:
                fitted[settings.tau] = _Fitted.of(dataset, settings)
            yield fitted[settings.tau].trial(settings)
            each()

    chosen = best(list(tried(grid.settings(start))))
    while further := list(tried(grid.beyond(chosen.settings))):
        if best(further).quality.ndcg <= CLEARLY * chosen.quality.ndcg:
            break
        chosen = best(further)
    return chosen


def best(tried: list[Trial]) -> Trial:
    """The trial with the largest NDCG, recall deciding between equals."""
    return max(tried, key=lambda trial: (round(trial.quality.ndcg, 3), trial.quality.recall + trial.quality.explore))
