"""How much each offer is worth to a shopper: foreseen by the model, or else by how well it fits."""

import math
from collections.abc import Mapping

import numpy as np

from functions.personalization.assortment import Assortment
from functions.personalization.catalog import Doubles
from functions.personalization.recommendations import Recommendation
from functions.personalization.shopper import Shopper


def offer_scores(assortment: Assortment, recommendation: Recommendation, shopper: Shopper) -> Doubles:
    """The share of what a shopper is likely to want that each offer of the coverage covers, shape (offers,), 0 to 1.

    sum of l_p cos_p over the covered likely products / sum of l_p over all likely products, with l_p the affinity for
    product p and cos_p the cosine of the shopper's department affinities with the product's department.
    """
    likely = _shares(recommendation.affinities)
    cosines = department_cosines(shopper, assortment.catalog.departments)
    fit = cosines[assortment.catalog.department_codes[recommendation.rows]]
    totals = assortment.coverage.totals(recommendation.rows, likely * fit)
    return np.clip(totals, 0.0, 1.0)  # rounding alone leaves the interval


def department_cosines(shopper: Shopper, departments: tuple[str, ...]) -> Doubles:
    """Shape (departments,): the cosine of the shopper's department affinities with each single department, 0 to 1.

    0 everywhere when all affinities are 0; 1 everywhere when nothing is known, or may be used, of the shopper.
    """
    if not shopper.affinities or not shopper.personalize:
        return np.ones(len(departments))
    affinities = _usable(shopper.affinities)
    length = math.hypot(*affinities.values()) or 1.0
    return np.array([affinities.get(department, 0.0) / length for department in departments])


def _usable(affinities: Mapping[str, float]) -> dict[str, float]:
    usable = {name: value for name, value in affinities.items() if math.isfinite(value) and value > 0}
    largest = max(usable.values(), default=1.0)
    return {name: value / largest for name, value in usable.items()}


def _shares(affinities: Doubles) -> Doubles:
    total = affinities.sum()
    return affinities / total if total > 0 else affinities
