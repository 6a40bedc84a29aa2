"""Features of offers for a shopper at a moment: written once, used in training and in serving.

They are what the propensity model reads: how well an offer fits what the shopper bought, what the offer is, and how
the shopper has taken offers so far. All offers are computed at once.
"""

from dataclasses import dataclass

import numpy as np

from functions.personalization.catalog import Doubles, Floats, Ints
from functions.personalization.coverage import Coverage
from functions.personalization.eligibility import Occasion
from functions.personalization.features import SECONDS_A_DAY, WeightedHistory, weighted_history
from functions.personalization.shopper import History, Shopper

MOST_DAYS = 365.0
"""What is longer ago counts as a year ago, and so does what never happened."""
HORIZON_DAYS = 28.0
"""Days in which a redemption is foreseen: that an offer runs for longer makes no difference."""
EVIDENCE = 50.0
"""Offers given at which a shopper's own rate of redemption counts half."""

OFFER_FEATURES = (
    "weight covered",
    "strongest weight covered",
    "purchases covered",
    "percent known of those covered",
    "days since one covered was bought",
    "money spent on those covered",
    "percent of the history of these kinds",
    "percent of the history of these categories",
    "products covered",
    "mean price of those covered",
    "offers of the campaign",
    "days the offer has run",
    "days the offer still runs",
    "weight of the history",
    "strongest weight of the history",
    "days since anything was bought",
    "offers given before",
    "coupons redeemed before",
    "percent redeemed before",
    "traits known",
)
"""The columns; each is log(1 + x) of what it says.

Weights are recency-decayed purchases, and what was done in the session, which also makes a product known; money is at
today's prices; kinds are the first levels of the category.
"""


def offer_features(occasion: Occasion, coverage: Coverage, offers: Ints, tau: float) -> Floats:
    """Shape (offers, columns): the features of these offers of the coverage, in the order given; `tau` in days."""
    bought = _bought(occasion, coverage, tau)
    facts = np.stack([*_fit(bought, coverage), *_facts(coverage, occasion.now.timestamp())])
    habits = _habits(bought, occasion.shopper)
    features = np.empty((len(offers), len(OFFER_FEATURES)))
    features[:, : len(facts)] = facts[:, offers].T
    features[:, len(facts) :] = habits
    return np.log1p(features, out=features).astype(np.float32)


@dataclass(frozen=True, slots=True, eq=False)
class _Bought:
    """The shopper's products that the catalogue has, as parallel arrays; those only seen in the session included.

    `rows` of the catalogue, decayed `weights`, `baskets` with the product, `ages` in days since the last of them,
    `money` spent.
    """

    rows: Ints
    weights: Doubles
    baskets: Doubles
    ages: Doubles
    money: Doubles


def _bought(occasion: Occasion, coverage: Coverage, tau: float) -> _Bought:
    shopper, catalog = occasion.shopper, coverage.catalog
    history = weighted_history(shopper, occasion.memory, occasion.now, tau)
    rows = catalog.positions(history.products)
    known = rows >= 0
    places, rows = _places(history, shopper.history)[known], rows[known]
    # the last entry stands for place -1: what was only seen was never bought
    baskets = np.array([*shopper.history.purchases, 0], dtype=np.float64)[places]
    last = np.array([*shopper.history.last, -np.inf])[places]
    ages = np.clip(occasion.now.timestamp() / SECONDS_A_DAY - last, 0.0, MOST_DAYS)
    return _Bought(rows, history.weights[known].astype(np.float64), baskets, ages, baskets * catalog.prices[rows])


def _places(history: WeightedHistory, past: History) -> Ints:
    """Where in the profile's history each product of the weighted history is, -1 for what is not there."""
    if history.products == past.products:
        return np.arange(len(past))
    place = {product: position for position, product in enumerate(past.products)}
    return np.array([place.get(product, -1) for product in history.products], dtype=np.int64)


def _fit(bought: _Bought, coverage: Coverage) -> list[Doubles]:
    """How the offers fit the history, each of shape (offers,)."""
    offers, _, places = coverage.products.entries(bought.rows)
    count = len(coverage.offers)
    strongest, since = np.zeros(count), np.full(count, MOST_DAYS)
    np.maximum.at(strongest, offers, bought.weights[places])
    np.minimum.at(since, offers, bought.ages[places])
    known = np.bincount(offers, minlength=count).astype(np.float64)
    percent = 100.0 * bought.weights / max(bought.weights.sum(), np.finfo(np.float64).tiny)
    return [
        np.bincount(offers, bought.weights[places], count),
        strongest,
        np.bincount(offers, bought.baskets[places], count),
        100.0 * known / np.maximum(coverage.sizes, 1.0),
        since,
        np.bincount(offers, bought.money[places], count),
        coverage.kinds.totals(bought.rows, percent),
        coverage.paths.totals(bought.rows, percent),
    ]


def _facts(coverage: Coverage, moment: float) -> list[Doubles]:
    """What the offers are at a moment (epoch seconds), each of shape (offers,)."""
    return [
        coverage.sizes,
        coverage.prices,
        coverage.companions,
        np.clip((moment - coverage.starts) / SECONDS_A_DAY, 0.0, MOST_DAYS),
        np.clip((coverage.ends - moment) / SECONDS_A_DAY, 0.0, HORIZON_DAYS),
    ]


def _habits(bought: _Bought, shopper: Shopper) -> list[float]:
    """What the shopper is like, whatever the offer."""
    return [
        bought.weights.sum(),
        bought.weights.max(initial=0.0),
        bought.ages.min(initial=MOST_DAYS),
        shopper.offered,
        shopper.redeemed,
        100.0 * shopper.redeemed / (shopper.offered + EVIDENCE),
        bool(shopper.traits),
    ]
