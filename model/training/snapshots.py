"""Moments of the past: candidates of every shopper, and what was bought then. The ranker learns from them.

Everything at a snapshot comes from before its cut: the candidate model, the facts of products, the profiles. Only the
labels come from after it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time

import numpy as np
import numpy.typing as npt
import onnxruntime as ort
import polars as pl
from rich.progress import Progress

from functions.adapters.ranking import CandidateTables, Table
from functions.personalization.eligibility import Occasion
from functions.personalization.product_facts import ProductFacts
from functions.personalization.ranking import feature_names
from functions.personalization.shopper import History, Memory, Shopper
from model.datasets.dataset import Dataset
from model.training.candidates import CandidateModel, Floats
from model.training.export import graph
from model.training.facts import product_facts
from model.training.fit import Settings, fit, past_histories
from model.training.profiles import profiles

type Ints = npt.NDArray[np.int64]

EPOCH = date(1970, 1, 1)
MOST_SHOPPERS, MOST_CANDIDATES = 20_000, 1_000_000
"""Shoppers that a snapshot looks at, and candidates that it keeps, 300 MB, which bounds time and memory."""
SEED = 1


@dataclass(frozen=True, slots=True, eq=False)
class Snapshot:
    """Candidates of shoppers who bought something from the cut on, one shopper after the other.

    - `features`: shape (candidates, features), float32; `names` of its columns
    - `rows`: shape (candidates,), positions in the catalogue
    - `next_basket`: shape (candidates,), whether it was bought on the first day with purchases from the cut on
    - `soon`: shape (candidates,), whether it was bought on any day of the horizon
    - `sizes`: shape (shoppers,), candidates of each; `shoppers`: their ids
    """

    names: tuple[str, ...]
    features: Floats
    rows: Ints
    next_basket: npt.NDArray[np.bool_]
    soon: npt.NDArray[np.bool_]
    sizes: Ints
    shoppers: tuple[str, ...]

    @property
    def new(self) -> npt.NDArray[np.bool_]:
        """Which candidates are not of the shopper's history, shape (candidates,)."""
        return self.features[:, self.names.index("new_rank")] >= 0

    def only_new(self) -> "Snapshot":
        """The same without the candidates of the shoppers' histories."""
        new, shopper = self.new, np.repeat(np.arange(len(self.sizes)), self.sizes)
        return replace(
            self,
            features=self.features[new],
            rows=self.rows[new],
            next_basket=self.next_basket[new],
            soon=self.soon[new],
            sizes=np.bincount(shopper[new], minlength=len(self.sizes)),
        )

    def lists_with(self, candidates: npt.NDArray[np.bool_]) -> int:
        """How many shoppers have any of these candidates."""
        return len(np.unique(np.repeat(np.arange(len(self.sizes)), self.sizes)[candidates]))


def take(
    dataset: Dataset,
    settings: Settings,
    live: Progress,
    model: CandidateModel | None = None,
    *,
    teaching: bool = False,
) -> Snapshot:
    """The snapshot at the cut of a data set; `model` is the candidate model fitted there, if it is at hand.

    Of many shoppers some are drawn, always the same, and that is told. With `teaching` only those are kept who bought
    any of their candidates: the others teach no order.
    """
    model = model or fit(past_histories(dataset, settings.tau), settings)
    facts = product_facts(dataset, settings.tau)
    tables = candidate_tables(dataset, model, facts, settings.tau)
    baskets, window = _bought_by(dataset, dataset.next_baskets), _bought_by(dataset, dataset.future)
    looked_at = _looked_at(dataset, tables, window, teaching, live)
    shoppers = sorted(looked_at)
    found = [looked_at[shopper] for shopper in shoppers]
    empty = np.zeros((0, len(feature_names(facts))), dtype=np.float32)
    return Snapshot(
        names=feature_names(facts),
        features=np.concatenate([empty, *(table.features for table in found)]),
        rows=_joined([table.rows for table in found]),
        next_basket=_among(found, [baskets[shopper] for shopper in shoppers]),
        soon=_among(found, [window[shopper] for shopper in shoppers]),
        sizes=np.array([len(table.rows) for table in found], dtype=np.int64),
        shoppers=tuple(shoppers),
    )


def _looked_at(
    dataset: Dataset, tables: CandidateTables, bought: Mapping[str, Ints], teaching: bool, live: Progress
) -> Mapping[str, Table]:
    """The candidates of shoppers who `bought` from the cut on, evenly drawn until there are enough."""
    back = sorted(bought.keys() & set(dataset.past["shopper"]))
    drawn = [back[place] for place in np.random.default_rng(SEED).permutation(len(back))[:MOST_SHOPPERS]]
    past = dataset.past.filter(pl.col("shopper").is_in(drawn))
    known = profiles(past, (dataset.day_zero - EPOCH).days, dataset.cut, tables.tau)
    now = datetime.combine(dataset.cut_date, time(), UTC)
    task = live.add_task(f"Features of {len(drawn):,} shoppers on {dataset.cut_date}", total=len(drawn))
    found: dict[str, Table] = {}
    held = seen = 0
    for shopper in drawn:
        seen += 1
        table = tables.of(occasion(shopper, known[shopper], now))
        live.advance(task)
        if not teaching or np.isin(table.rows, bought[shopper]).any():
            found[shopper], held = table, held + len(table.rows)
        if held >= MOST_CANDIDATES:
            break
    live.update(task, total=seen, completed=seen)
    if seen < len(back):
        live.console.print(f"{seen:,} shoppers, evenly drawn, stand for all {len(back):,} on {dataset.cut_date}.")
    return found


def candidate_tables(dataset: Dataset, model: CandidateModel, facts: ProductFacts, tau: float) -> CandidateTables:
    """The serving code over a candidate model as it would be exported."""
    options = ort.SessionOptions()
    options.intra_op_num_threads = 1
    session = ort.InferenceSession(graph(model).SerializeToString(), options)
    position = {product: row for row, product in enumerate(dataset.products["id"].to_list())}
    return CandidateTables(session, position, facts, tau)


def occasion(shopper: str, history: History, now: datetime) -> Occasion:
    """A shopper of whom only the history is known."""
    return Occasion(Shopper(shopper, "", history=history), Memory(), now)


def _bought_by(dataset: Dataset, purchases: pl.DataFrame) -> dict[str, Ints]:
    """Rows of the products that each shopper bought."""
    rows = dataset.products.select(product="id").with_row_index("row")
    listed = purchases.join(rows, on="product").group_by("shopper").agg(pl.col("row").cast(pl.Int64).unique())
    return {shopper: np.array(products, dtype=np.int64) for shopper, products in listed.iter_rows()}


def _among(found: Sequence[Table], bought: Sequence[Ints]) -> npt.NDArray[np.bool_]:
    """Whether each candidate is among what its shopper bought."""
    return _joined([np.isin(table.rows, rows) for table, rows in zip(found, bought, strict=True)]).astype(np.bool_)


def _joined(arrays: Sequence[npt.NDArray[np.generic]]) -> Ints:
    return np.concatenate([np.zeros(0, dtype=np.int64), *arrays])
