"""What every list of recommendations keeps to, whatever it ranks by.

What is not available, filtered out or excluded never appears; filters apply before ranking, so that a list is filled
whenever enough products qualify; no product appears twice; pages of one list fit together.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from functions.personalization.catalog import Bools, Catalog, Doubles, Ints


@dataclass(frozen=True, slots=True, eq=False)
class Ranking:
    """Products best first: `rows` of the catalogue (-1: not in it) and `scores`, shape (products,).

    `name` says by what, such as `picks`.
    """

    name: str
    rows: Ints
    scores: Doubles

    def within(self, allowed: Bools) -> "Ranking":
        """Those that may be shown, each where it comes first."""
        kept = np.flatnonzero((self.rows >= 0) & allowed[self.rows])
        present = np.zeros(len(allowed), dtype=np.bool_)
        present[self.rows[kept]] = True
        if np.count_nonzero(present) < len(kept):
            _, first = np.unique(self.rows[kept], return_index=True)
            kept = kept[np.sort(first)]
        return Ranking(self.name, self.rows[kept], self.scores[kept])


def listed(name: str, affinities: Iterable[tuple[str, float]], catalog: Catalog) -> Ranking:
    """Products with their affinity, best first, as a ranking."""
    pairs = tuple(affinities)
    scores = np.array([score for _, score in pairs], dtype=np.float64)
    return Ranking(name, catalog.positions(product for product, _ in pairs), np.nan_to_num(scores, posinf=0.0))


@dataclass(frozen=True, slots=True, eq=False)
class Filled:
    """A list with what fills it up, shape (products,): `origins` names the ranking that each product comes from.

    `fallbacks` are the rankings that were needed because the list had too little of its own.
    """

    rows: Ints
    scores: Doubles
    origins: tuple[str, ...]
    fallbacks: tuple[str, ...]


def filled(rankings: Iterable[Ranking], allowed: Bools, wanted: int) -> Filled:
    """The first ranking, then the others in their order until there are `wanted` products, as far as there are any.

    Rankings that are not needed are not even made.

    What comes from a later ranking scores below all before it: scores of different rankings are not comparable, so
    that those of fallbacks are scaled to end the list.
    """
    left = iter(rankings)
    first = next(left).within(allowed)
    rows, scores, used = first.rows, first.scores, dict[str, None]()
    origins = [first.name] * len(first.rows)
    while len(rows) < wanted and (other := next(left, None)) is not None:
        mine = other.within(allowed)
        more = ~np.isin(mine.rows, rows)
        if more.any():
            used[other.name] = None
            origins += [other.name] * int(more.sum())
            scores = np.concatenate([scores, _below(scores, mine.scores[more])])
            rows = np.concatenate([rows, mine.rows[more]])
    return Filled(rows, scores, tuple(origins), tuple(name for name in used if name != first.name))


def _below(scores: Doubles, others: Doubles) -> Doubles:
    """The other scores, in their order, scaled to lie within 0 and the least of `scores`."""
    ceiling = float(scores.min()) if len(scores) else 1.0
    largest = float(others.max())
    ceiling = max(ceiling, 0.0)
    # The minimum undoes what rounding may add: a list that is sorted again must not mix with what fills it up.
    return np.minimum(others * (ceiling / largest), ceiling) if largest > 0 else np.zeros(len(others))
