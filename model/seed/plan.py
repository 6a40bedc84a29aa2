"""All documents and keys of a seeded shop, worked out before anything is written."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from functions.contracts import OFFERS, POLICY_ID, PRODUCTS, SETTINGS, SHOPPERS, SIMULATION, Container
from functions.personalization.catalog import Product
from model.datasets.dataset import Dataset
from model.precomputed import Precomputed
from model.seed import households, promotions
from model.seed.calendar import Calendar
from model.training import cold_start

type Document = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Part:
    """Documents of one container; `digest` tells whether they are those that were written before."""

    container: Container
    documents: tuple[Document, ...]
    digest: str


@dataclass(frozen=True, slots=True)
class Plan:
    """What a seeded shop consists of; `cut` is the date of the cut in the present."""

    dataset: str
    cut: date
    parts: tuple[Part, ...]
    lists: Precomputed


def plan(dataset: Dataset, today: date, tau: float) -> Plan:
    """Everything to be seeded on a day; the same day of the same week gives the same plan."""
    calendar, unknown = Calendar.of(dataset, today), households.strangers(dataset)
    return Plan(
        dataset=dataset.name,
        cut=calendar.cut_date,
        parts=(
            _part(PRODUCTS, (product.to_document() for product in _products(dataset))),
            _part(SHOPPERS, (s.to_document() for s in households.shoppers(dataset, calendar, unknown, tau))),
            _part(OFFERS, (offer.to_document() for offer in promotions.offers(dataset, calendar))),
            _part(SIMULATION, (wanted.to_document() for wanted in households.wanted(dataset))),
            _part(SETTINGS, [{"id": POLICY_ID, **promotions.policy().to_document()}]),
        ),
        lists=cold_start.precomputed(dataset, tau, unknown),
    )


def _products(dataset: Dataset) -> Iterable[Product]:
    for row in dataset.products.iter_rows(named=True):
        yield Product(row["id"], row["name"], tuple(row["category"]), row["price"])


def _part(container: Container, documents: Iterable[Document]) -> Part:
    kept = tuple(documents)
    digest = hashlib.sha256()
    for document in kept:
        digest.update(json.dumps(document, sort_keys=True).encode())
    return Part(container, kept, digest.hexdigest())
