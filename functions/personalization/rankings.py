"""What each list of recommendations ranks by: pure functions from what is known to a `Ranking`."""

from collections.abc import Mapping, Sequence
from datetime import datetime

import numpy as np

from functions.personalization.assortment import Affinities
from functions.personalization.catalog import Catalog, Doubles, Ints
from functions.personalization.features import SECONDS_A_DAY
from functions.personalization.lists import Ranking, listed
from functions.personalization.shopper import History, Memory

DUE, LONG_OVERDUE = 0.75, 4.0
"""Cycles since the last purchase from which a product is due, and after which the shopper gave it up."""
TASTE = 0.5
"""What the shopper's taste counts, against what goes with the basket, wish list or search term."""
VIEWS = frozenset({"view_item", "select_item"})


def everything(catalog: Catalog, everyone: Ranking) -> Ranking:
    """The whole catalogue: what everyone wants first, then the rest in the catalogue's order."""
    known = everyone.rows[everyone.rows >= 0]
    unknown = np.ones(len(catalog), dtype=np.bool_)
    unknown[known] = False
    rest = np.flatnonzero(unknown)
    return Ranking("catalogue", np.concatenate([known, rest]), np.zeros(len(known) + len(rest)))


def beside(name: str, neighbours: Sequence[Affinities], catalog: Catalog, taste: Ranking | None = None) -> Ranking:
    """What lies beside several products at once: the sum of neighbours' scores, raised by the shopper's taste."""
    total: dict[str, float] = {}
    for one in neighbours:
        for product, score in one:
            total[product] = total.get(product, 0.0) + score
    ranking = listed(name, total.items(), catalog)
    return best_first(Ranking(name, ranking.rows, ranking.scores * _raised(ranking.rows, taste, len(catalog))))


def personalized(found: Ranking, taste: Ranking | None, catalog: Catalog) -> Ranking:
    """The same products with the shopper's taste in their order."""
    if taste is None:
        return found
    return best_first(Ranking(found.name, found.rows, found.scores * _raised(found.rows, taste, len(catalog))))


def alike(rows: Ints, catalog: Catalog, popular: Ranking) -> Ranking:
    """The products of the same finest category as any of `rows`, those that everyone wants first."""
    paths = {catalog.products[row].category for row in rows[rows >= 0].tolist()}
    masks = [catalog.holding(catalog.below, path) for path in sorted(paths) if path]
    same = np.flatnonzero(np.logical_or.reduce(masks)) if masks else np.zeros(0, dtype=np.int64)
    worth = np.zeros(len(catalog) + 1)
    worth[popular.rows] = popular.scores
    return best_first(Ranking("category", same, worth[same]))


def newest(catalog: Catalog, now: datetime, days_on_sale: Mapping[str, float]) -> Ranking:
    """The products that came last: by the catalogue's dates where it has any, else by the model's first sales."""
    ages = (now.timestamp() - catalog.since) / SECONDS_A_DAY
    dated = np.flatnonzero(np.isfinite(ages) & (ages >= 0))
    if len(dated):
        return best_first(Ranking("new", dated, 1.0 / (1.0 + ages[dated])))
    days = np.fromiter(days_on_sale.values(), dtype=np.float64, count=len(days_on_sale))
    return best_first(Ranking("new", catalog.positions(days_on_sale), 1.0 / (1.0 + days)))


def due_again(history: History, memory: Memory, now: datetime, catalog: Catalog) -> Ranking:
    """What the shopper bought more than once and is due by its own cycle, the most often bought first.

    A cycle is the mean of days between two purchases. Those that only fast memory holds count: what was bought a
    moment ago is not due.
    """
    bought = np.array([history.purchases, history.first, history.last], dtype=np.float64).reshape(3, -1)
    for product, day in bought_lately(memory).items():
        if product in history.products and day > bought[2, at := history.products.index(product)]:
            bought[0, at], bought[2, at] = bought[0, at] + 1, day
    cycle = np.maximum((bought[2] - bought[1]) / np.maximum(bought[0] - 1.0, 1.0), 1.0)
    cycles = (now.timestamp() / SECONDS_A_DAY - bought[2]) / cycle
    due = (bought[0] > 1) & (cycles >= DUE) & (cycles <= LONG_OVERDUE)
    kept = np.flatnonzero(due).tolist()
    return best_first(listed("buy-again", ((history.products[at], float(bought[0, at])) for at in kept), catalog))


def bought_lately(memory: Memory) -> Mapping[str, int]:
    """The epoch day of the last purchase of each product, as far as fast memory holds any."""
    purchases = (event for event in reversed(memory.recent) if event.action == "purchase")
    return {event.product: int(event.time.timestamp() // SECONDS_A_DAY) for event in purchases}


def touched(name: str, memory: Memory, actions: frozenset[str], catalog: Catalog) -> Ranking:
    """What the shopper touched in one of these ways, newest first."""
    newest_first = dict.fromkeys(event.product for event in memory.recent if event.action in actions)
    return in_order(name, tuple(newest_first), catalog)


def in_order(name: str, products: Sequence[str], catalog: Catalog) -> Ranking:
    """Products in the order given: scores fall from 1."""
    return Ranking(name, catalog.positions(products), 1.0 / np.arange(1.0, len(products) + 1.0))


def chosen(name: str, candidates: Sequence[str], taste: Ranking, catalog: Catalog) -> Ranking:
    """The caller's own candidates by the shopper's taste; where that says nothing, in the order given, at the end."""
    rows = catalog.positions(dict.fromkeys(candidates))
    worth = np.zeros(len(catalog) + 1)
    worth[taste.rows] = taste.scores
    return best_first(Ranking(name, rows, worth[rows]))


def best_first(ranking: Ranking) -> Ranking:
    """By score; of equal products the earlier one first."""
    order = np.argsort(-ranking.scores, kind="stable")
    return Ranking(ranking.name, ranking.rows[order], ranking.scores[order])


def _raised(rows: Ints, taste: Ranking | None, products: int) -> Doubles:
    """Shape of `rows`: 1, and up to `TASTE` more for what the shopper likes best."""
    likes = np.zeros(products + 1)  # the last entry stands for row -1
    if taste is not None and len(taste.scores) and float(taste.scores.max()) > 0:
        likes[taste.rows] = taste.scores / float(taste.scores.max())
    likes[-1] = 0.0
    return np.asarray(1.0 + TASTE * likes[rows])
