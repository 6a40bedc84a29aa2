"""An evaluation as it is kept: everything that was measured of one version of the model."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from pydantic import TypeAdapter, ValidationError

from model.evaluation.bootstrap import Interval

FILE, TEXT = "evaluation.json", "evaluation.md"


class InvalidEvaluationError(Exception):
    """A file is not an evaluation."""


@dataclass(frozen=True, slots=True)
class About:
    """The data that was judged on: the slice after the cut. `shoppers` are judged, of all `buyers` before it."""

    name: str
    source: str
    cut: str
    horizon: int
    buyers: int
    products: int
    purchases: int
    shoppers: int


@dataclass(frozen=True, slots=True)
class Row:
    """A ranking and its measures on the test slice, by name (see `measures.Measured`), with intervals of their means.

    `validation` is NDCG@10 on the validation slice; `seconds` and `megabytes` are those of the last fit.
    """

    name: str
    kind: Literal["baseline", "model"]
    settings: str
    measures: Mapping[str, Interval]
    coverage: float | None
    validation: float | None
    seconds: float | None
    megabytes: float | None


@dataclass(frozen=True, slots=True)
class Difference:
    """The model minus a baseline over the same shoppers, with its paired interval."""

    measure: str
    baseline: str
    best: bool
    """No other baseline has a higher figure on the test slice."""
    gain: Interval


@dataclass(frozen=True, slots=True)
class Canary:
    """A model that was spoilt on purpose, and why the gates refuse it; no `refusals` when they do not."""

    name: str
    what: str
    ndcg: float | None
    recall: float | None
    refusals: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Group:
    """Shoppers who have something in common, and how well the model serves them."""

    kind: str
    name: str
    shoppers: int
    recall: Interval
    ndcg: Interval


@dataclass(frozen=True, slots=True)
class Section:
    """A table about a part of the model; the first column names what the figures of a row are of."""

    heading: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class Latency:
    """Milliseconds that a shopper's answer took in this evaluation, one after the other."""

    p50: float
    p99: float


@dataclass(frozen=True, slots=True)
class Evaluation:
    """What `python -m model.evaluate` found out about one version.

    - `model`: the model as it serves; `rows`: the baselines, then the parts of the model, then the model
    - `parts`: what training measured of each part, as the manifest has it
    """

    version: str
    model: str
    data: About
    rows: tuple[Row, ...]
    differences: tuple[Difference, ...]
    canaries: tuple[Canary, ...]
    groups: tuple[Group, ...]
    sections: tuple[Section, ...]
    latency: Latency | None
    leaks: tuple[float, ...]
    """NDCG@10 of the model when it is told the future, and when it learned from that: what leaks would look like."""
    validation: float | None
    """NDCG@10 of the model on the validation slice, as training measured it before it knew those weeks."""
    parts: Mapping[str, Mapping[str, float]]
    seconds: float
    megabytes: float

    def row(self, name: str) -> Row:
        """The row of that name."""
        return next(row for row in self.rows if row.name == name)


_ADAPTER = TypeAdapter(Evaluation)


def to_json(evaluation: Evaluation) -> str:
    """The evaluation as a JSON document."""
    return _ADAPTER.dump_json(evaluation, indent=2).decode() + "\n"


def from_json(content: bytes | str) -> Evaluation:
    """The evaluation of a JSON document, or `InvalidEvaluationError`."""
    try:
        return _ADAPTER.validate_json(content)
    except ValidationError as error:
        fault = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(map(str, fault["loc"])) or "document"
        raise InvalidEvaluationError(f"{where}: {fault['msg']}") from error


def read(folder: Path) -> Evaluation | None:
    """The evaluation in a model's folder, None when there is none, or `InvalidEvaluationError`."""
    try:
        return from_json((folder / FILE).read_bytes())
    except FileNotFoundError:
        return None
    except InvalidEvaluationError as error:
        raise InvalidEvaluationError(f"{folder / FILE}: {error}") from error
