"""Which products a shopper is likely to want."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from functions.personalization.assortment import Affinities, Assortment
from functions.personalization.catalog import Catalog, Doubles, Ints
from functions.personalization.eligibility import Occasion

MAX_AFFINITY = 1e6
"""Affinities are cut to 0 .. this: what an event may carry."""

type ModelSource = Literal["model", "session"]
type Source = ModelSource | Literal["shopper", "segment", "everyone"]


@dataclass(frozen=True, eq=False)
class Scored:
    """Product ids with their affinity, best first; shape (count,), float32, not negative.

    `source` says which part of the model read the shopper: the history, or the clicks of the session alone.
    """

    products: tuple[str, ...]
    scores: npt.NDArray[np.float32]
    source: ModelSource = "model"

    def rows(self, catalog: Catalog) -> Ints:
        """Positions in a catalogue, -1 for those it lacks; kept, as a page's lists ask for the same ones."""
        known: tuple[Catalog, Ints] | None = self.__dict__.get("_rows")
        if known is None or known[0] is not catalog:
            known = self.__dict__["_rows"] = (catalog, catalog.positions(self.products))
        return known[1]


NOTHING_SCORED = Scored((), np.zeros(0, dtype=np.float32))


@dataclass(frozen=True, slots=True, eq=False)  # arrays have no single answer to ==
class Recommendation:
    """The available products that a shopper is likely to want, best first.

    `rows` are positions in the catalogue, `affinities` finite and not negative, both of shape (products,); `source`
    says whose taste it is: the model's reading of the shopper or of the session, or affinities computed beforehand
    for the shopper, the segment or everyone.
    """

    products: tuple[str, ...]
    rows: Ints
    affinities: Doubles
    source: Source


def over_fetch(assortment: Assortment) -> int:
    """How many products to ask the model for, so that enough are left when those not available are taken out."""
    return min(2 * assortment.policy.likely_products + 20, max(1, len(assortment.catalog)))


def from_model(scored: Scored, assortment: Assortment, occasion: Occasion) -> Recommendation:
    """The policy's number of likely products among those that the model scored."""
    return _available(scored.products, scored.scores.astype(np.float64), scored.source, assortment, occasion)


def from_affinities(assortment: Assortment, occasion: Occasion) -> Recommendation:
    """Likely products without the model: the first list computed beforehand that has any product available.

    The shopper's own list, else the segment's, else everyone's; who opted out gets everyone's.
    """
    for source, affinities in _lists(assortment, occasion):
        products = tuple(product for product, _ in affinities)
        scores = np.array([affinity for _, affinity in affinities], dtype=np.float64)
        found = _available(products, scores, source, assortment, occasion)
        if found.products:
            break
    return found


def _lists(assortment: Assortment, occasion: Occasion) -> Sequence[tuple[Source, Affinities]]:
    if not occasion.shopper.personalize:
        return (("everyone", assortment.everyone),)
    return (
        ("shopper", occasion.memory.affinity),
        ("segment", assortment.segments.get(occasion.shopper.segment, ())),
        ("everyone", assortment.everyone),
    )


def _available(
    products: tuple[str, ...], scores: Doubles, source: Source, assortment: Assortment, occasion: Occasion
) -> Recommendation:
    rows = assortment.catalog.positions(products)
    kept = np.flatnonzero(assortment.catalog.available(rows, occasion.now))[: assortment.policy.likely_products]
    return Recommendation(
        products=tuple(products[index] for index in kept.tolist()),
        rows=rows[kept],
        affinities=np.clip(np.nan_to_num(scores[kept], posinf=MAX_AFFINITY), 0.0, MAX_AFFINITY),
        source=source,
    )
