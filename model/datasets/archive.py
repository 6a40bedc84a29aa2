"""The archive of raw events that the system itself writes: CloudEvents, a line each or several in an array.

The folder may hold `products.jsonl` and `offers.jsonl`, the shop's own documents: its catalogue and its offers.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl

from functions.events import (
    CloudEvent,
    DecisionEvent,
    InteractionEvent,
    InvalidEventError,
    PromotionEvent,
    parse_event,
)
from functions.personalization.catalog import Product
from functions.personalization.offers import InvalidOfferError, Offer
from model.datasets import files, promotions, reasons, schemas
from model.datasets.assemble import assemble
from model.datasets.dataset import UnusableDataError
from model.datasets.found import INTERACTIONS, Found, Reading
from model.datasets.reader import Reader
from model.datasets.schemas import OFFERED, Columns
from model.datasets.tables import Tables

NAME = "archive"
PUBLISHED = "the archive of this system's own events"
PRODUCTS, OFFERS = "products.jsonl", "offers.jsonl"
MOST_FAULTS = 10
"""Lines of a catalogue that are named when they are wrong."""

type Promoted = tuple[str, str, datetime]
"""Shopper, offer, time."""


@dataclass(slots=True)
class _Log:
    """What the events tell, collected while they are read."""

    interactions: list[tuple[Any, ...]] = field(default_factory=list)
    decided: list[Promoted] = field(default_factory=list)
    shown: list[Promoted] = field(default_factory=list)
    clicked: list[Promoted] = field(default_factory=list)
    redeemed: list[Promoted] = field(default_factory=list)
    dropped: dict[str, int] = field(default_factory=dict)
    seen: set[str] = field(default_factory=set)

    def add(self, document: bytes) -> None:
        """One more document of the archive."""
        try:
            event = parse_event(document)
        except InvalidEventError:
            self._drop(reasons.NOT_AN_EVENT)
            return
        if event.id in self.seen:
            self._drop(reasons.DUPLICATE)
            return
        self.seen.add(event.id)
        self._tell(event)

    def _tell(self, event: CloudEvent) -> None:
        match event:
            case InteractionEvent():
                self.interactions.extend(_rows(event))
            case DecisionEvent():
                self.decided.append((event.subject, event.data.offer, event.time))
            case PromotionEvent():
                kept = {"view_promotion": self.shown, "select_promotion": self.clicked}.get(event.type, self.redeemed)
                kept.append((event.subject, event.data.promotion_id, event.time))
            case _:
                self._drop(reasons.OTHER_KIND)

    def _drop(self, reason: str) -> None:
        self.dropped[reason] = self.dropped.get(reason, 0) + 1


def _rows(event: InteractionEvent) -> Iterator[tuple[Any, ...]]:
    """A row for each item; what is bought in one event is a basket."""
    basket = event.id if event.type == "purchase" else None
    for item in event.data.items:
        spend = None if item.price is None else item.price * item.quantity
        row = (
            event.subject,
            item.item_id,
            event.type,
            event.time,
            basket,
            event.session,
            float(item.quantity),
            spend,
        )
        yield row


def read(reading: Reading) -> Tables:
    """The tables of a file or of a folder's tree; raises `MissingDataError` or `UnusableDataError`."""
    folder = reading.path if reading.path.is_dir() else reading.path.parent
    own = {folder / PRODUCTS, folder / OFFERS}
    documents = files.documents(reading, [file for file in files.tree(reading.path) if file not in own])
    return tables_of(documents, folder, (NAME, PUBLISHED), reading.now)


def tables_of(documents: Iterable[bytes], folder: Path, named: tuple[str, str], now: datetime) -> Tables:
    """The tables of events, and of the catalogue and the offers in a folder, under a name and its publisher.

    Raises `UnusableDataError`.
    """
    log = _Log()
    for document in documents:
        log.add(document)
    products = pl.DataFrame(_documents(folder / PRODUCTS, _product), dict(schemas.TABLES["products"]), orient="row")
    offers = pl.DataFrame(_documents(folder / OFFERS, _offer), dict(schemas.TABLES["offers"]), orient="row")
    return assemble(_found(log, named, products, offers), now)


def _found(log: _Log, named: tuple[str, str], products: pl.DataFrame, offers: pl.DataFrame) -> Found:
    given, used = _frame(log.decided or log.shown, OFFERED), _frame(log.redeemed or log.clicked, OFFERED)
    return Found(
        *named,
        _frame(log.interactions, INTERACTIONS),
        products=products,
        complete=products.height > 0,
        offers=pl.concat([offers, promotions.seen(given, used).join(offers, on="id", how="anti")]),
        exposures=given,
        redemptions=used,
        dropped=log.dropped,
        notes=promotions.clicks_only(len(log.redeemed), len(log.clicked)),
    )


def _frame(rows: Sequence[tuple[Any, ...]], columns: Columns) -> pl.DataFrame:
    return pl.DataFrame(rows, dict(columns), orient="row")


def _documents(file: Path, row_of: Callable[[Any], tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    """A row for each document of a file that need not be there; raises `UnusableDataError` with the first faults."""
    rows, faults = [], []
    for number, line in enumerate(file.read_bytes().splitlines() if file.is_file() else (), start=1):
        try:
            rows.append(row_of(json.loads(line)))
        except (ValueError, AttributeError, TypeError, RecursionError, InvalidOfferError) as error:
            faults.append(f"line {number}: {files.first_line(error)}")
    if faults:
        raise UnusableDataError(file.name, faults[:MOST_FAULTS])
    return rows


def _product(document: Any) -> tuple[Any, ...]:
    product = Product.from_document(document)
    return (product.id, product.name, list(product.category), product.price)


def _offer(document: Any) -> tuple[Any, ...]:
    """An offer ends before its last moment; one without dates is always there."""
    offer = Offer.from_document(document)
    starts = offer.starts.date() if offer.starts else date.min
    ends = (offer.ends - timedelta(microseconds=1)).date() if offer.ends else date.max
    return (offer.id, offer.name, offer.campaign, None, list(offer.products), starts, ends)


READER = Reader(
    NAME,
    expects="a folder (or file) of events as this system writes them, JSON lines (.json, .jsonl, .ndjson, also .gz), "
    f"with {PRODUCTS} and {OFFERS} beside them if there is a catalogue",
    read=read,
)
