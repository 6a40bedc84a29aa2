"""Whether the offer put first is one that is redeemed: of those that households really were given, in the test weeks.

Nothing here is simulated. What would have come of an offer is known only where it was given: so each household's own
offers are compared with each other, and nothing is said of others.
"""

import statistics
from collections.abc import Iterator, Sequence

import numpy as np
import polars as pl

from functions.personalization.catalog import Bools, Doubles, Ints
from functions.personalization.eligibility import Occasion
from functions.personalization.scoring import offer_scores
from functions.personalization.shopper import Memory
from model import datasets
from model.datasets.dataset import Dataset
from tests.bench.figures import Figure
from tests.bench.policy import Shop, recommended, shop_of


def run() -> Sequence[Figure]:
    """The share of households that redeemed the offer put first, and that offer's width."""
    dataset = datasets.source("complete-journey").read(0)
    shop = shop_of(dataset)
    judged = list(_judged(shop, dataset))
    if not judged:
        return []  # the shipped model has no offers graph
    foreseen, fitting, wide = np.array(judged).T.tolist()
    redeemed, by_fit = 100 * statistics.mean(foreseen), 100 * statistics.mean(fitting)
    return [
        Figure("best offer given is redeemed", redeemed, "%", redeemed / by_fit, "the best fit of those given"),
        Figure("best offer given covers", statistics.median(wide), "products"),
    ]


def _judged(shop: Shop, dataset: Dataset) -> Iterator[tuple[bool, bool, float]]:
    """Whether the likeliest, and the best-fitting, was redeemed, and how many products the likeliest covers."""
    coverage = shop.assortment.coverage
    for shopper, columns, redeemed in _given(shop, dataset):
        if shopper not in shop.shoppers:
            continue
        occasion = Occasion(shop.shoppers[shopper], Memory(), shop.opened)
        found, foreseen = recommended(shop, occasion), shop.model.redemptions_now(occasion, coverage)
        if foreseen is None or found.source != "model":
            continue
        fits: Doubles = offer_scores(shop.assortment, found, occasion.shopper)
        first = int(np.argmax(foreseen[columns]))
        yield redeemed[first], redeemed[np.argmax(fits[columns])], float(coverage.sizes[columns[first]])


def _given(shop: Shop, dataset: Dataset) -> Iterator[tuple[str, Ints, Bools]]:
    """Each shopper's offers that run at the cut and were not used before, and whether they are redeemed after it."""
    column = {offer.id: place for place, offer in enumerate(shop.assortment.coverage.offers)}
    key, cut = ["shopper", "offer"], dataset.cut
    runs = (pl.col("starts") <= dataset.cut_date) & (pl.col("ends") >= dataset.cut_date)
    used = dataset.redemptions.drop_nulls("offer")
    rows = (
        dataset.exposures.filter(pl.col("day") < cut)
        .select(key)
        .unique()
        .join(dataset.offers.filter(runs).select(offer="id"), on="offer", how="semi")
        .join(used.filter(pl.col("day") < cut), on=key, how="anti")
        .join(used.select(key).unique().with_columns(redeemed=pl.lit(value=True)), on=key, how="left")
        .with_columns(
            pl.col("offer").replace_strict(column, return_dtype=pl.Int64), pl.col("redeemed").fill_null(False)
        )
        .sort(key)
    )
    for shopper, offers, redeemed in (
        rows.group_by("shopper", maintain_order=True).agg("offer", "redeemed").iter_rows()
    ):
        yield shopper, np.array(offers), np.array(redeemed)
