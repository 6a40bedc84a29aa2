"""What a model must stand before it may serve: room in memory, and a few real scorings, which also warm it up."""

from datetime import datetime, timedelta
from pathlib import Path

import numpy as np

from functions.adapters.memory_left import memory_left
from functions.adapters.onnx import OnnxModel
from functions.personalization.catalog import Catalog, Product
from functions.personalization.coverage import Coverage
from functions.personalization.eligibility import Occasion
from functions.personalization.features import SECONDS_A_DAY
from functions.personalization.offers import Offer
from functions.personalization.shopper import MAX_HISTORY, History, Memory, Recent, Shopper

LOADED = 4
"""How many times the size of its files a model takes while it is loaded; measured: 3.6 for 500,000 products."""
LEAST_SHARE = 0.5
"""Share of its products that the shop's catalogue must have, or the model is another shop's."""
ASKED, VIEWED, ROUNDS = 100, 5, 3


class UnfitModelError(Exception):
    """A model whose files are as they should be does not serve this shop, or this machine; the text says why."""


def opened(folder: Path, threads: int, now: datetime) -> OnnxModel:
    """The model of a folder, tried out; raises `UnfitModelError` and `ModelCorruptError`. It takes a moment."""
    _check_room(folder)
    model = OnnxModel(folder, threads)
    for _ in range(ROUNDS):
        for size in (1, 10, MAX_HISTORY):
            _check_answer(model, _buyer_of(model, size, now))
        _check_answer(model, _visitor_of(model, now))
        _check_offers(model, _buyer_of(model, MAX_HISTORY, now))
    return model


def check_catalog(model: OnnxModel, catalog: Catalog) -> None:
    """Raise `UnfitModelError` when too many of the model's products are not in the catalogue."""
    known = np.mean(catalog.positions(model.products) >= 0) if model.products else 0.0
    if known < LEAST_SHARE:
        raise UnfitModelError(
            f"wrong catalogue: the shop has {known:.0%} of the model's {len(model.products):,} products,"
            f" {LEAST_SHARE:.0%} is the least"
        )


def _check_room(folder: Path) -> None:
    needed, left = LOADED * sum(path.stat().st_size for path in folder.iterdir()), memory_left()
    if left is not None and needed > left:
        raise UnfitModelError(f"out of memory: it may take {needed / 1e6:,.0f} MB, {left / 1e6:,.0f} MB are left")


def _check_answer(model: OnnxModel, occasion: Occasion) -> None:
    scored = model.score_now(occasion, ASKED)
    if not scored.products or not np.isfinite(scored.scores).all():
        raise UnfitModelError(f"it answers a history of {len(occasion.shopper.history)} products with nonsense")


def _check_offers(model: OnnxModel, occasion: Occasion) -> None:
    """An offer on the model's first products, of a shop that sells nothing else."""
    products = model.products[:VIEWED]
    ends = occasion.now + timedelta(days=7)  # not validated: in a model, ids may be anything
    offer = Offer.model_construct(id="trial", name="trial", products=products, starts=occasion.now, ends=ends)
    coverage = Coverage([offer], Catalog(Product(each, each, (), 1.0) for each in products))
    found = model.redemptions_now(occasion, coverage)
    if found is not None and not ((found >= 0) & (found <= 1)).all():  # NaN is not, either
        raise UnfitModelError("it answers an offer with something else than a probability")


def _visitor_of(model: OnnxModel, now: datetime) -> Occasion:
    """Somebody new, in the session of whom the model's first products were viewed."""
    viewed = tuple(Recent(product, "view_item", now) for product in model.products[:VIEWED])
    return Occasion(Shopper("trial", "unknown"), Memory(recent=viewed), now)


def _buyer_of(model: OnnxModel, size: int, now: datetime) -> Occasion:
    """Somebody who bought products evenly drawn from the model's, each once, over the last weeks."""
    rows = np.unique(np.linspace(0, len(model.products) - 1, size).astype(np.int64))
    count, today = len(rows), now.timestamp() / SECONDS_A_DAY
    days = tuple(int(today) - 1 - place % 60 for place in range(count))
    history = History(tuple(model.products[row] for row in rows), (1,) * count, days, days, (1.0,) * count, today)
    return Occasion(Shopper("trial", "unknown", history=history), Memory(), now)
