"""Models spoilt on purpose, which the gates must refuse: else they would not refuse a bad model either."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import polars as pl

from functions.personalization.eligibility import Occasion
from model.datasets.dataset import Dataset
from model.evaluation.gates import implausible
from model.evaluation.judging import gain_over_best
from model.evaluation.measures import Measured, mean
from model.evaluation.report import Canary
from model.evaluation.slices import Slice

SEED = 1


def canary(name: str, what: str, found: Measured, baselines: Sequence[Measured], leak: float | None) -> Canary:
    """What the gates say of a spoilt model."""
    gain, best = gain_over_best(found, baselines)
    ndcg = mean(found.ndcg)
    return Canary(name, what, ndcg, mean(found.recall), tuple(implausible(ndcg, gain, best, leak)))


def leaked(dataset: Dataset, known: Slice) -> Dataset:
    """The same data after a mistake: what the judged shoppers buy next is among what they bought the day before."""
    shoppers = np.repeat(known.judged, [len(basket) for basket in known.truth])
    bought = np.concatenate([np.zeros(0, dtype=np.int64), *known.truth])
    rows = pl.DataFrame(
        {
            "shopper": [known.shoppers[row] for row in shoppers],
            "basket": dataset.purchases["basket"].max() + 1 + shoppers,  # type: ignore[operator]
            "product": [known.products[row] for row in bought],
            "day": np.full(len(bought), dataset.cut - 1),
            "spend": np.ones(len(bought)),
        },
        schema=dataset.purchases.schema,
    )
    return replace(dataset, purchases=pl.concat([dataset.past, rows, dataset.future]))


def strangers(judged: Sequence[Occasion]) -> list[Occasion]:
    """Everyone with the profile of another shopper, drawn evenly."""
    drawn = np.random.default_rng(SEED).permutation(len(judged))
    return [judged[row] for row in drawn]
