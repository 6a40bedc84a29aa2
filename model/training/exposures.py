"""What came of the offers that shoppers were given: the examples from which redemption is learned."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

import numpy as np
import numpy.typing as npt
import polars as pl

from functions.personalization.catalog import Bools, Catalog, Floats, Ints, Product
from functions.personalization.coverage import Coverage
from functions.personalization.eligibility import Occasion
from functions.personalization.offer_features import OFFER_FEATURES, offer_features
from functions.personalization.offers import Offer
from functions.personalization.shopper import History, Memory, Shopper
from model.datasets.dataset import DAYS_A_WEEK, UNKNOWN_SEGMENT, Dataset
from model.training.profiles import profiles

EPOCH = date(1970, 1, 1)
MOST_WINDOWS = 13
"""Windows that are learned from, the last: a year of four weeks each."""
MOST_OCCASIONS, MOST_ROWS = 20_000, 400_000
"""Shoppers at a moment, and offers given to them, that are looked at in one window; of more, a sample."""
NO_KIND, SEED = "unknown", 1


@dataclass(frozen=True, slots=True, eq=False)
class Examples:
    """Offers given to shoppers, a row for each, as parallel arrays.

    `features` (rows, features) are of the moment when the offer was given, or when the window began; `redeemed`: from
    then on, before the offer or the window ended; `shoppers` are numbers of shoppers, `kinds` those of the offers.
    """

    features: Floats
    redeemed: Bools
    shoppers: Ints
    kinds: npt.NDArray[np.str_]

    def __len__(self) -> int:
        return len(self.redeemed)

    def __getitem__(self, rows: Ints | Bools) -> "Examples":
        """Those rows."""
        return Examples(self.features[rows], self.redeemed[rows], self.shoppers[rows], self.kinds[rows])


def joined(parts: Sequence[Examples]) -> Examples:
    """All examples of the parts, of which there is at least one."""
    names = ("features", "redeemed", "shoppers", "kinds")
    return Examples(*(np.concatenate([getattr(part, name) for part in parts]) for name in names))


def windows(dataset: Dataset) -> list[int]:
    """The days at which windows of a horizon begin that end before the cut, oldest first; a horizon lies before."""
    count = min(dataset.cut // dataset.horizon - 1, MOST_WINDOWS)
    return [dataset.cut - step * dataset.horizon for step in range(count, 0, -1)]


def examples(dataset: Dataset, begins: int, tau: float) -> Examples:
    """Every offer that a shopper was given and had not used, and that ran in the horizon from a day on.

    Shoppers without purchases are left out, as the model is not asked about them. Profiles are of the beginning of
    their week, as a nightly job would make them, and hold nothing later; the catalogue is that of the data set.
    """
    coverage = _coverage(dataset, begins)
    weeks = _given(dataset, coverage, begins).group_by("profile", maintain_order=True)
    return joined([_none(), *(_of_week(dataset, coverage, week, tau) for _, week in weeks)])


def _coverage(dataset: Dataset, begins: int) -> Coverage:
    """The offers, with none that runs beyond the window: what happens later is not known."""
    end = _moment(dataset, begins + dataset.horizon)
    products = (
        Product(row["id"], row["name"], tuple(row["category"]), row["price"])
        for row in dataset.products.iter_rows(named=True)
    )
    offers = (
        Offer.model_construct(
            id=row["id"],
            name=row["name"],
            campaign=row["campaign"],
            products=tuple(row["products"]),
            starts=_midnight(row["starts"]),
            ends=min(_midnight(row["ends"]) + timedelta(days=1), end),
        )
        for row in dataset.offers.iter_rows(named=True)
    )
    return Coverage(offers, Catalog(products))


def _given(dataset: Dataset, coverage: Coverage, begins: int) -> pl.DataFrame:
    """shopper and its number, kind, column (of the coverage), day (of the features), profile (its day), redeemed."""
    first = pl.col("day").min()
    day, end = (((pl.col(name) - dataset.day_zero).dt.total_days().cast(pl.Int32)) for name in ("starts", "ends"))
    ids = pl.Series("offer", [offer.id for offer in coverage.offers], dtype=pl.String)
    columns = ids.to_frame().with_row_index("column")
    offers = dataset.offers.select(offer="id", kind=pl.col("kind").fill_null(NO_KIND), starts=day, ends=end + 1)
    numbers = dataset.exposures.select(pl.col("shopper").unique().sort()).with_row_index("number")
    used = dataset.redemptions.drop_nulls("offer").group_by("shopper", "offer").agg(used=first)
    shown = dataset.exposures.group_by("shopper", "offer").agg(shown=first)
    rows = (
        shown.join(offers.join(columns, on="offer"), on="offer")
        .join(numbers, on="shopper")
        .join(used, on=["shopper", "offer"], how="left")
        .with_columns(day=pl.max_horizontal("shown", "starts", pl.lit(begins, pl.Int32)))
        .with_columns(until=pl.min_horizontal("ends", pl.lit(begins + dataset.horizon, pl.Int32)))
        .filter(pl.col("day") < pl.col("until"), pl.col("used").is_null() | (pl.col("used") >= pl.col("day")))
        .with_columns(redeemed=(pl.col("used") < pl.col("until")).fill_null(value=False))
        .with_columns(profile=begins + (pl.col("day") - begins) // DAYS_A_WEEK * DAYS_A_WEEK)
        .sort("profile", "shopper", "day", "column")
    )
    return _sampled(rows)


def _sampled(rows: pl.DataFrame) -> pl.DataFrame:
    occasions = rows.select("shopper", "day").unique(maintain_order=True)
    kept = min(1.0, MOST_OCCASIONS / max(1, occasions.height), MOST_ROWS / max(1, rows.height))
    if kept == 1.0:
        return rows
    sample = occasions.sample(fraction=kept, seed=SEED)
    return rows.join(sample, on=["shopper", "day"], how="semi", maintain_order="left")


def _of_week(dataset: Dataset, coverage: Coverage, week: pl.DataFrame, tau: float) -> Examples:
    """The examples of shoppers whose profiles are of the same day."""
    shoppers = _shoppers(dataset, int(week["profile"][0]), week["shopper"].unique(), tau)
    known = week.filter(pl.col("shopper").is_in(list(shoppers)))
    occasions = known.group_by("shopper", "day", maintain_order=True).agg("column")
    features = [
        offer_features(Occasion(shoppers[shopper], Memory(), _moment(dataset, day)), coverage, np.array(columns), tau)
        for shopper, day, columns in occasions.iter_rows()
    ]
    return Examples(
        np.concatenate([_none().features, *features]),
        known["redeemed"].to_numpy(),
        known["number"].to_numpy().astype(np.int64),
        known["kind"].to_numpy().astype(np.str_),
    )


def _shoppers(dataset: Dataset, day: int, ids: pl.Series, tau: float) -> Mapping[str, Shopper]:
    """The profiles of those shoppers who bought anything, at the beginning of a day."""
    past = dataset.purchases.filter(pl.col("day") < day, pl.col("shopper").is_in(ids.implode()))
    if past.is_empty():
        return {}
    given, used = (_counts(events, day) for events in (dataset.exposures, dataset.redemptions))
    told = dataset.shoppers.filter(pl.col("id").is_in(ids.implode()), pl.col("traits").list.len() > 0)
    traits = {
        row["id"]: {each["name"]: each["value"] for each in row["traits"]} for row in told.iter_rows(named=True)
    }
    return {
        shopper: _shopper(shopper, history, traits.get(shopper, {}), given.get(shopper, 0), used.get(shopper, 0))
        for shopper, history in profiles(past, (dataset.day_zero - EPOCH).days, day, tau).items()
    }


def _shopper(shopper: str, history: History, traits: Mapping[str, str], offered: int, redeemed: int) -> Shopper:
    return Shopper(shopper, UNKNOWN_SEGMENT, history=history, traits=traits, offered=offered, redeemed=redeemed)


def _counts(events: pl.DataFrame, day: int) -> Mapping[str, int]:
    return dict(events.filter(pl.col("day") < day).group_by("shopper").len().iter_rows())


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=UTC)


def _moment(dataset: Dataset, day: int) -> datetime:
    return _midnight(dataset.day_zero) + timedelta(days=day)


def _none() -> Examples:
    features = np.empty((0, len(OFFER_FEATURES)), np.float32)
    return Examples(features, np.empty(0, np.bool_), np.empty(0, np.int64), np.empty(0, np.str_))
