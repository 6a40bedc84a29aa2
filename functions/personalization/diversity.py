"""Lists that are not all of one kind: maximal marginal relevance (Carbonell & Goldstein, 1998)."""

import numpy as np

from functions.personalization.catalog import Catalog, Doubles, Ints

POOL = 200
"""The best products of a list among which an order is sought; those that follow stay as they are."""


def diversified(rows: Ints, scores: Doubles, catalog: Catalog, share: float) -> Ints:
    """The order in which to show a list, shape (products,): positions in `rows`, which are best first.

    Each place goes to the product with the largest (1 - share) * relevance - share * likeness, where relevance is the
    score from 0 to 1 and likeness how much of its category's path it has in common with a product shown before.
    """
    order = np.arange(len(rows))
    size = min(len(rows), POOL)
    if share <= 0 or size < 2:
        return order
    relevance = _relevance(scores[:size])
    alike = _likeness(rows[:size], catalog)
    worst, open_ = np.zeros(size), np.ones(size, dtype=np.bool_)
    for place in range(size):
        gain = np.where(open_, (1 - share) * relevance - share * worst, -np.inf)
        chosen = int(np.argmax(gain))
        order[place], open_[chosen] = chosen, False
        np.maximum(worst, alike[chosen], out=worst)
    return order


def _relevance(scores: Doubles) -> Doubles:
    """From 1 for the best to 0 for the last; places count where the scores are all equal."""
    low, high = float(scores.min()), float(scores.max())
    if high <= low:
        return np.linspace(1.0, 0.0, len(scores))
    return np.asarray((scores - low) / (high - low))


def _likeness(rows: Ints, catalog: Catalog) -> Doubles:
    """Shape (products, products): the share of levels that two paths have in common, from the department down."""
    paths = [catalog.products[row].category for row in rows.tolist()]
    deepest = max((len(path) for path in paths), default=0) or 1
    alike = np.zeros((len(rows), len(rows)))
    for depth in range(1, deepest + 1):
        code: dict[tuple[str, ...], int] = {}
        codes = np.array([code.setdefault(p[:depth], len(code)) if len(p) >= depth else -1 for p in paths])
        alike += (codes[:, None] == codes[None, :]) & (codes[:, None] >= 0)
    return alike / deepest
