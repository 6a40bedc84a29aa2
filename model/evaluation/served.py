"""The model as it serves: profiles of the shop, one after the other, through the code that answers requests."""

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from functions.personalization.eligibility import Occasion
from functions.personalization.recommendations import Scored
from functions.personalization.shopper import Memory
from model.datasets.dataset import Dataset
from model.evaluation.measures import AT, LONG, NOTHING, Lists
from model.evaluation.slices import Slice
from model.seed import households
from model.seed.calendar import Calendar

type Answer = Callable[[Occasion, int], Scored]
"""What the model answers to an occasion when so many products are asked for."""


@dataclass(frozen=True, slots=True, eq=False)
class Served:
    """The lists, and what each answer took, milliseconds of shape (shoppers,)."""

    lists: Lists
    milliseconds: npt.NDArray[np.float64]


def occasions(dataset: Dataset, known: Slice, tau: float) -> list[Occasion]:
    """The shoppers judged at the moment of the cut, with the profiles that the shop has of them."""
    calendar = Calendar.of(dataset, dataset.cut_date)
    profiles = {shopper.id: shopper for shopper in households.shoppers(dataset, calendar, frozenset(), tau)}
    now = calendar.moment(dataset.cut_date)
    return [Occasion(profiles[known.shoppers[row]], Memory(), now) for row in known.judged]


def serve(answer: Answer, judged: Iterable[Occasion], known: Slice) -> Served:
    """The answers to all occasions, which are in the order of `known.judged`.

    As many products are asked for as leave ten that are new, when those that the shopper bought are taken out.
    """
    row, owned = {product: place for place, product in enumerate(known.products)}, known.weights()
    ranked = np.full((len(known.judged), LONG), NOTHING, dtype=np.int64)
    fresh, took = np.full((len(known.judged), AT), NOTHING, dtype=np.int64), np.zeros(len(known.judged))
    for place, occasion in enumerate(judged):
        bought = owned[[known.judged[place]]].indices
        started = time.perf_counter()
        scored = answer(occasion, LONG + len(bought))
        took[place] = (time.perf_counter() - started) * 1e3
        rows = np.array([row[product] for product in scored.products if product in row], dtype=np.int64)
        new = rows[~np.isin(rows, bought)][:AT]
        ranked[place, : min(len(rows), LONG)], fresh[place, : len(new)] = rows[:LONG], new
    return Served(Lists(ranked, fresh), took)
