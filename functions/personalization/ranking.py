"""The ranker's features of a shopper's candidates: computed here, for training as for serving, and nowhere else."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

import numpy as np
import numpy.typing as npt

from functions.personalization.features import SECONDS_A_DAY, Weights
from functions.personalization.product_facts import COLUMNS, ProductFacts
from functions.personalization.shopper import Memory, Shopper

type Doubles = npt.NDArray[np.float64]
type Ints = npt.NDArray[np.int64]

NEVER = 999.0
"""Days since what never happened."""
LONG_CYCLE = 200.0
"""Days between purchases of which there was only one."""

OWN = (
    "purchases",
    "weight",
    "days_since_last",
    "days_since_first",
    "cycle",  # mean days between purchases, drawn towards the product's
    "due",  # days since the last purchase in cycles
    "overdue",  # days since the last purchase less a cycle
    "rate",  # purchases a day since the first
    "weight_share",  # of the shopper's whole weight
    "basket_share",  # of all the shopper's baskets
    "basket_share_since",  # of those since the first purchase, estimated
    "baskets_since",  # since the last purchase, estimated
    "weight_by_repeat_rate",
    "weight_rank",
    "in_last_basket",
)
SHOPPER = ("products", "baskets", "days_since_basket", "basket_gap", "whole_weight", "repeated", "last_basket")
LEVEL = ("weight", "purchases", "products", "days_since_last", "due", "share")
KIND = ("price_gap", "weight_gap")
GRAPH = ("nearness", "nearness_scaled", "price_gap_all", "score", "score_rank", "new_rank")
FORETOLD = ("foretold", "foretold_last_basket", "foretold_rank")


@dataclass(frozen=True, slots=True, eq=False)
class Record:
    """What a shopper bought of each product of a history, in its order; arrays of shape (products,), float64.

    `purchases` are baskets with the product, 0 for one that was only looked at; `first` and `last` are whole days
    since the first and the last of them, `NEVER` where there is none. `baskets` are all of the shopper's, `lifetime`
    the whole days since the first of them.
    """

    purchases: Doubles
    first: Doubles
    last: Doubles
    baskets: float
    lifetime: float


@dataclass(frozen=True, slots=True, eq=False)
class Candidates:
    """Products to be ranked: those of the history, in its order, and then others, best first.

    `rows` are positions in the catalogue, `nearness` and `prior` the impersonal parts of their score; shape (n,).
    """

    rows: Ints
    nearness: Weights
    prior: Weights


def feature_names(facts: ProductFacts) -> tuple[str, ...]:
    """The columns of `features`, in their order; they depend on how many levels of categories the data knows."""
    levels = [f"level_{level}_{name}" for level in range(len(facts.levels)) for name in LEVEL]
    shopper, product = [f"shopper_{name}" for name in SHOPPER], [f"product_{name}" for name in COLUMNS]
    return (*OWN, *shopper, *levels, *(KIND if len(facts.levels) else ()), *GRAPH, *FORETOLD, *product)


def features(weights: Weights, record: Record, candidates: Candidates, facts: ProductFacts) -> Weights:
    """Shape (candidates, features), float32, finite: what the ranker reads, columns as in `feature_names`.

    `weights` are those of the history to which `record` belongs, shape (products,); the first candidates are these.
    """
    history, rows = candidates.rows[: len(weights)], candidates.rows
    bought = _Bought(weights.astype(np.float64), record, history, len(rows) - len(history))
    columns = [
        *_own(bought, facts),
        *_shopper(bought),
        *(column for codes in facts.levels for column in _level(bought, codes, rows)),
        *(_kind(bought, facts, rows) if len(facts.levels) else ()),
        *_graph(bought, candidates, facts),
        *_foretold(bought, rows, facts),
    ]
    table = np.empty((len(rows), len(columns) + len(COLUMNS)), dtype=np.float32)
    for position, column in enumerate(columns):
        table[:, position] = column
    table[:, len(columns) :] = facts.columns[rows]
    return table


class _Bought:
    """A history by its columns, with what several features need of it."""

    def __init__(self, weights: Doubles, record: Record, rows: Ints, others: int) -> None:
        self.weights, self.record, self.rows, self._others = weights, record, rows, others
        self.whole = float(weights.sum()) + 1e-9
        self.last_basket = float(record.last.min(initial=NEVER))

    def spread(self, column: Doubles, default: float) -> Doubles:
        """The column for all candidates: those outside the history get the default."""
        return np.concatenate([column, np.full(self._others, default)])


def _own(bought: _Bought, facts: ProductFacts) -> Iterator[npt.ArrayLike]:
    """What the shopper did with the very product."""
    record, spread, weights = bought.record, bought.spread, bought.weights
    n, first, last = record.purchases, record.first, record.last
    known = n > 0
    span = np.where(known, first - last, 0.0)
    cycle = (span + facts.column("cycle")[bought.rows]) / np.maximum(n, 1.0)
    due = np.where(known, last / cycle, NEVER)
    expected = np.maximum(record.baskets * first / record.lifetime, 1.0)
    yield spread(n, 0.0)
    yield spread(weights, 0.0)
    yield spread(last, NEVER)
    yield spread(first, NEVER)
    yield spread(np.where(known, cycle, NEVER), NEVER)
    yield spread(due, NEVER)
    yield spread(np.where(known, last - cycle, NEVER), NEVER)
    yield spread(n / (first + 14.0), 0.0)
    yield spread(weights / bought.whole, 0.0)
    yield spread(n / max(record.baskets, 1.0), 0.0)
    yield spread(n / expected, 0.0)
    yield spread((last - bought.last_basket) * record.baskets / record.lifetime, NEVER)
    yield spread(weights * facts.column("repeat_rate")[bought.rows], 0.0)
    yield spread(_ranks(weights), NEVER)
    yield spread((known & (last <= bought.last_basket)).astype(np.float64), 0.0)


def _shopper(bought: _Bought) -> Iterator[npt.ArrayLike]:
    """The shopper, the same for all candidates."""
    record = bought.record
    known = record.purchases > 0
    yield float(known.sum())
    yield record.baskets
    yield bought.last_basket
    yield record.lifetime / max(record.baskets, 1.0)
    yield bought.whole
    yield float((record.purchases > 1).sum()) / max(float(known.sum()), 1.0)
    yield float((known & (record.last <= bought.last_basket)).sum())


def _level(bought: _Bought, codes: npt.NDArray[np.int32], rows: Ints) -> Iterator[npt.ArrayLike]:
    """What the shopper did with the category of the product, at one level."""
    record, weights = bought.record, bought.weights
    mine, theirs = codes[bought.rows], codes[rows]
    size = int(theirs.max(initial=0)) + 1
    weight = np.bincount(mine, weights, size)
    purchases = np.bincount(mine, record.purchases, size)
    products = np.bincount(mine, record.purchases > 0, size)
    last, first = np.full(size, NEVER), np.zeros(size)
    np.minimum.at(last, mine, record.last)
    np.maximum.at(first, mine, np.where(record.purchases > 0, record.first, 0.0))
    cycle = np.where(purchases > 1, (first - last) / np.maximum(purchases - 1.0, 1.0), LONG_CYCLE)
    due = np.where(products > 0, last / np.maximum(cycle, 1.0), NEVER)
    here = weight[theirs]
    yield here
    yield purchases[theirs]
    yield products[theirs]
    yield last[theirs]
    yield due[theirs]
    yield bought.spread(weights, 0.0) / (here + 0.01)


def _kind(bought: _Bought, facts: ProductFacts, rows: Ints) -> Iterator[npt.ArrayLike]:
    """The product among others of its kind: its price against what the shopper pays, its weight against the best."""
    codes, price, weights = facts.levels[-1], facts.column("price"), bought.weights
    mine, theirs = codes[bought.rows], codes[rows]
    size = int(theirs.max(initial=0)) + 1
    weight = np.bincount(mine, weights, size)
    paid = np.bincount(mine, weights * price[bought.rows], size) / (weight + 1e-9)
    best = np.zeros(size)
    np.maximum.at(best, mine, weights)
    yield np.where(weight[theirs] > 0, price[rows] - paid[theirs], NEVER)
    yield bought.spread(weights, 0.0) - best[theirs]


def _graph(bought: _Bought, candidates: Candidates, facts: ProductFacts) -> Iterator[npt.ArrayLike]:
    """What the candidate model says."""
    price = facts.column("price")
    score = candidates.nearness + candidates.prior + bought.spread(bought.weights, 0.0)
    yield candidates.nearness
    yield candidates.nearness / math.sqrt(bought.whole)
    yield price[candidates.rows] - float(bought.weights @ price[bought.rows]) / bought.whole
    yield score
    yield _ranks(score)
    yield np.concatenate([np.full(len(bought.rows), -1.0), np.arange(len(score) - len(bought.rows))])


def _foretold(bought: _Bought, rows: Ints, facts: ProductFacts) -> Iterator[npt.ArrayLike]:
    """What all purchases foretell, and the last basket alone; and the place by the first among what is new."""
    last = (bought.record.last <= bought.last_basket).astype(np.float64)
    histories = np.stack([np.sqrt(bought.weights), last / math.sqrt(max(last.sum(), 1.0))]).astype(np.float32)
    told = facts.foretold(histories, rows)
    yield from told
    yield np.concatenate([np.full(len(bought.rows), -1.0), _ranks(told[0, len(bought.rows) :])])


def _ranks(scores: npt.NDArray[np.floating]) -> Doubles:
    """The place of each by its score, 0 for the largest; of equal ones the earlier one first."""
    ranks = np.empty(len(scores))
    ranks[np.argsort(-scores, kind="stable")] = np.arange(len(scores))
    return ranks


def dealt[Scores: (Doubles, Weights)](scores: Scores, liked: Scores) -> Scores:
    """The same scores dealt out by `liked`, of the same shape: the largest to the one liked most."""
    given = np.empty_like(scores)
    given[np.argsort(-liked, kind="stable")] = np.sort(scores)[::-1]
    return given


def purchase_record(shopper: Shopper, memory: Memory, now: datetime, products: tuple[str, ...]) -> Record:
    """What the shopper bought of these products, up to the session's last purchase.

    Days are counted from midnight to midnight (UTC), so that an answer does not depend on the hour.
    """
    past, today = shopper.history, math.floor(now.timestamp() / SECONDS_A_DAY)
    columns = np.array([past.purchases, past.first, past.last], dtype=np.float64)
    columns[1:] = np.clip(today - columns[1:], 0.0, NEVER)
    bought = [event.product for event in memory.recent if event.action == "purchase"]
    lifetime = float(max(today - past.since, 1)) if past.baskets else max(columns[1].max(initial=1.0), 1.0)
    baskets = past.baskets or columns[0].max(initial=0.0)
    if products != past.products or bought:
        columns = _aligned(columns, past.products, products, bought)
    return Record(columns[0], columns[1], columns[2], float(baskets + bool(bought)), lifetime)


def _aligned(columns: Doubles, past: tuple[str, ...], products: tuple[str, ...], bought: list[str]) -> Doubles:
    """The columns of the past in the order of `products`, with what was bought just now."""
    row = {product: position for position, product in enumerate(products)}
    aligned = np.repeat([[0.0], [NEVER], [NEVER]], len(products), axis=1)
    places = np.array([row.get(product, -1) for product in past], dtype=np.int64)
    aligned[:, places[places >= 0]] = columns[:, places >= 0]
    for place in (row[product] for product in bought if product in row):
        aligned[1, place] = aligned[1, place] if aligned[0, place] else 0.0
        aligned[0, place] += 1.0
        aligned[2, place] = 0.0
    return aligned
