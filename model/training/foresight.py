"""How well the continuation of a session is foreseen from its first clicks: the whole catalogue ranked."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

type Rows = npt.NDArray[np.int64]
type Continue = Callable[[Rows, int], Rows]
"""Rows of the products, best first, that a session may go on to: of its clicks, oldest first, and how many."""

GIVEN = (1, 2, 3, 5)
"""Numbers of clicks that are given."""


@dataclass(frozen=True, slots=True)
class Foresight:
    """How well a session's continuation is foreseen, means over sessions.

    `next10`, `next20`: whether the next product is among so many; `mrr20`: 1 / its place, 0 beyond 20; `rest10`,
    `rest20`: the share of all that followed that is among so many.
    """

    next10: float
    next20: float
    mrr20: float
    rest10: float
    rest20: float


def foresee(score: Continue, lists: Sequence[Rows], given: int) -> Foresight | None:
    """Judge by what follows the first so many clicks; None when no session is longer than that."""
    measured = [_measure(score(each[:given], 20), each[given:]) for each in lists if len(each) > given]
    return Foresight(*np.mean(measured, axis=0).tolist()) if measured else None


def _measure(ranked: Rows, rest: Rows) -> tuple[float, float, float, float, float]:
    places = np.flatnonzero(ranked == rest[0])
    place = int(places[0]) if len(places) else len(ranked)
    hits = np.isin(ranked, rest)
    found = place < len(ranked)
    return (
        float(found and place < 10),
        float(found),
        1.0 / (place + 1) if found else 0.0,
        hits[:10].sum() / len(rest),
        hits.sum() / len(rest),
    )
