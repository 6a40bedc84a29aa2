"""What the past tells of each product: the static part of the ranker's features."""

import numpy as np
import numpy.typing as npt
import polars as pl

from functions.personalization.product_facts import COLUMNS, ProductFacts, path_codes
from model.datasets.dataset import DAYS_A_WEEK, Dataset
from model.training.export import quantize
from model.training.foretelling import foretelling
from model.training.histories import histories

SHORT = 21.0
"""Days after which a basket counts 1/e in recent popularity."""
PRIOR_BUYERS, PRIOR_GAPS = 5.0, 3.0
"""Mean buyers, and mean gaps between purchases, that are mixed into each product's own."""


def product_facts(dataset: Dataset, tau: float) -> ProductFacts:
    """Facts of the catalogue's products by the purchases before the cut.

    `tau` in days, as for histories.
    """
    sold, bought = _sold(dataset, tau), _bought(dataset)
    levels = path_codes(dataset.products["category"].to_list())
    kinds = levels[-1] if len(levels) else np.zeros(dataset.products.height, dtype=np.int32)
    whole = np.bincount(kinds, sold["long"])[kinds]
    columns = {
        "popularity": np.log(sold["long"] + 0.1),
        "popularity_recent": np.log(sold["recent"] + 0.1),
        "popularity_week": np.log(sold["week"] + 0.5),
        "trend": np.log((sold["recent"] / SHORT + 0.02) / (sold["long"] / tau + 0.02)),
        "buyers": np.log1p(bought["buyers"]),
        "repeat_rate": _towards_mean(bought["again"], bought["buyers"], PRIOR_BUYERS),
        "buyer_baskets": bought["baskets"] / np.maximum(bought["buyers"], 1.0),
        "cycle": np.maximum(_towards_mean(bought["span"], bought["gaps"], PRIOR_GAPS), 1.0),
        "price": np.log1p(dataset.products["price"].to_numpy()),
        "small_baskets": sold["small"],
        "days_on_sale": sold["age"],
        "kind_popularity": np.log(whole + 0.1),
        "kind_share": sold["long"] / np.maximum(whole, 1e-9),
        "kind_size": np.bincount(kinds)[kinds],
    }
    # eleven bits tell products apart as well as twenty-four, and the file is a third smaller
    table = np.stack([columns[name] for name in COLUMNS], axis=1).astype(np.float16).astype(np.float32)
    vectors, own = foretelling(histories(dataset.past, dataset.products["id"], dataset.cut, tau).weights)
    quantized = quantize(vectors)
    return ProductFacts(table, levels, quantized.values, quantized.scales, own)


def _sold(dataset: Dataset, tau: float) -> dict[str, npt.NDArray[np.float64]]:
    """How often and when each product was in baskets, by row of the catalogue."""
    age = (dataset.cut - pl.col("day")).cast(pl.Float64)
    counted = (
        dataset.past.with_columns(size=pl.len().over("basket"))
        .sort("day", "basket", "product")
        .group_by("product", maintain_order=True)
        .agg(
            long=(-age / tau).exp().sum(),
            recent=(-age / SHORT).exp().sum(),
            week=(age <= DAYS_A_WEEK).sum(),
            small=(1.0 / pl.col("size")).mean(),
            age=age.max(),
        )
    )
    return _by_row(dataset, counted)


def _bought(dataset: Dataset) -> dict[str, npt.NDArray[np.float64]]:
    """How shoppers came back to each product, by row of the catalogue."""
    pairs = dataset.past.group_by("product", "shopper").agg(
        days=pl.col("day").n_unique(), baskets=pl.len(), span=pl.col("day").max() - pl.col("day").min()
    )
    counted = pairs.group_by("product").agg(
        buyers=pl.len(),
        again=(pl.col("days") > 1).sum(),
        gaps=(pl.col("days") - 1).sum(),
        span=pl.col("span").sum(),
        baskets=pl.col("baskets").sum(),
    )
    return _by_row(dataset, counted)


def _by_row(dataset: Dataset, counted: pl.DataFrame) -> dict[str, npt.NDArray[np.float64]]:
    rows = dataset.products.select(product="id").join(counted, on="product", how="left", maintain_order="left")
    return {
        name: rows[name].cast(pl.Float64).fill_null(0.0).to_numpy() for name in counted.columns if name != "product"
    }


def _towards_mean(
    numerator: npt.NDArray[np.float64], denominator: npt.NDArray[np.float64], prior: float
) -> npt.NDArray[np.float64]:
    """Each ratio, drawn towards the ratio of the sums by so much prior weight."""
    mean = numerator.sum() / max(denominator.sum(), 1.0)
    return (numerator + prior * mean) / (denominator + prior)
