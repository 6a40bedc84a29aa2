"""Which products a list may show: available, wanted by the caller's filters, and excluded by nobody."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

import numpy as np

from functions.personalization.catalog import Bools, Catalog


@dataclass(frozen=True, slots=True)
class Filter:
    """What the caller wants to see; the default wants everything.

    - `category`: a path from the department down, whose products and those below it are wanted
    - `cheapest`, `dearest`: bounds of the price, both included
    - `attributes`: values that a product must have
    - `excluded`: ids of products that are not wanted
    """

    category: tuple[str, ...] = ()
    cheapest: float | None = None
    dearest: float | None = None
    attributes: Mapping[str, str] = field(default_factory=dict)
    excluded: frozenset[str] = frozenset()


def allowed(wanted: Filter, catalog: Catalog, now: datetime) -> Bools:
    """Shape (products,): the products of the catalogue that may be shown at `now`."""
    mask = catalog.on_sale(now)
    if wanted.category:
        mask &= catalog.holding(catalog.below, wanted.category)
    for pair in wanted.attributes.items():
        mask &= catalog.holding(catalog.having, pair)
    if wanted.cheapest is not None:
        mask &= catalog.prices >= wanted.cheapest
    if wanted.dearest is not None:
        mask &= catalog.prices <= wanted.dearest
    if wanted.excluded:
        rows = catalog.positions(wanted.excluded)
        mask[rows[rows >= 0]] = False
    return np.asarray(mask)
