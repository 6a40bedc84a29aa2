"""Google Analytics 4, e-commerce events as BigQuery exports them: JSON lines, one event each.

Source: the schema of the BigQuery export and the recommended e-commerce events of GA4.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, get_args

import polars as pl
from pydantic import BaseModel, ConfigDict, ValidationError

from functions.events import InteractionType
from model.datasets import columns, files, promotions, reasons
from model.datasets.assemble import assemble
from model.datasets.found import INTERACTIONS, Found, Reading
from model.datasets.reader import Reader
from model.datasets.schemas import OFFERED, TABLES, Columns
from model.datasets.tables import Tables

NAME = "ga4"
PUBLISHED = "a Google Analytics 4 export of one's own site"
SHOWN, CLICKED = "view_promotion", "select_promotion"
SESSION = "ga_session_id"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_LATEST = 253_370_764_800_000_000
"""The year 9999 in microseconds since 1970."""


class _Record(BaseModel):
    """What is read of a record of the export; all else is passed over."""

    model_config = ConfigDict(frozen=True, extra="ignore", coerce_numbers_to_str=True)


class _Value(_Record):
    int_value: int | None = None
    string_value: str | None = None


class _Parameter(_Record):
    key: str
    value: _Value | None = None


class _Purchase(_Record):
    transaction_id: str | None = None


class _Item(_Record):
    item_id: str | None = None
    item_name: str | None = None
    item_category: str | None = None
    item_category2: str | None = None
    item_category3: str | None = None
    item_category4: str | None = None
    item_category5: str | None = None
    price: float | None = None
    quantity: float | None = None
    promotion_id: str | None = None
    promotion_name: str | None = None

    @property
    def category(self) -> list[str]:
        path = (self.item_category, self.item_category2, self.item_category3, self.item_category4,
                self.item_category5)  # fmt: skip
        return [level for level in map(_told, path) if level]


class _Event(_Record):
    event_name: str
    event_timestamp: int
    user_id: str | None = None
    user_pseudo_id: str | None = None
    event_params: tuple[_Parameter, ...] | None = None
    ecommerce: _Purchase | None = None
    items: tuple[_Item, ...] | None = None

    @property
    def shopper(self) -> str | None:
        """The user who logged in, else the browser or device."""
        return _told(self.user_id) or _told(self.user_pseudo_id)

    @property
    def time(self) -> datetime | None:
        return _EPOCH + timedelta(microseconds=self.event_timestamp) if 0 < self.event_timestamp < _LATEST else None

    @property
    def session(self) -> str | None:
        """Numbers of sessions are unique within a device only."""
        values = [each.value for each in self.event_params or () if each.key == SESSION and each.value]
        number = next((value.int_value or value.string_value for value in values), None)
        return f"{self.user_pseudo_id or self.user_id} {number}" if number else None

    @property
    def transaction(self) -> str | None:
        return _told(self.ecommerce.transaction_id) if self.ecommerce else None


@dataclass(slots=True)
class _Log:
    """What the events tell, collected while they are read."""

    interactions: list[tuple[Any, ...]] = field(default_factory=list)
    products: dict[str, tuple[Any, ...]] = field(default_factory=dict)
    promoted: dict[str, list[tuple[Any, ...]]] = field(default_factory=lambda: {SHOWN: [], CLICKED: []})
    names: dict[str, str] = field(default_factory=dict)
    covered: dict[str, set[str]] = field(default_factory=dict)
    dropped: dict[str, int] = field(default_factory=dict)

    def add(self, document: bytes) -> None:
        """One more line of the export."""
        try:
            event = _Event.model_validate_json(document)
        except ValidationError:
            self._drop(reasons.NOT_AN_EVENT)
            return
        if event.event_name in get_args(InteractionType) and event.items:
            for item in event.items:
                self._interaction(event, item)
        elif event.event_name in self.promoted and event.items:
            for item in event.items:
                self._promotion(event, item)
        else:
            self._drop(reasons.OTHER_KIND)

    def _interaction(self, event: _Event, item: _Item) -> None:
        product = _told(item.item_id) or _told(item.item_name)
        quantity = 1.0 if item.quantity is None else item.quantity
        spend = None if item.price is None else item.price * quantity
        basket = event.transaction if event.event_name == "purchase" else None
        row = (event.shopper, product, event.event_name, event.time, basket, event.session, quantity, spend)
        self.interactions.append(row)
        if product:
            _, name, category, _ = self.products.get(product, (product, None, [], None))
            self.products[product] = (product, _told(item.item_name) or name, item.category or category, None)

    def _promotion(self, event: _Event, item: _Item) -> None:
        offer, product = _told(item.promotion_id) or _told(item.promotion_name), _told(item.item_id)
        if offer is None:
            self._drop(reasons.OTHER_KIND)
            return
        self.promoted[event.event_name].append((event.shopper, offer, event.time))
        self.names[offer] = _told(item.promotion_name) or offer
        self.covered.setdefault(offer, set()).update({product} if product else ())

    def _drop(self, reason: str) -> None:
        self.dropped[reason] = self.dropped.get(reason, 0) + 1


def read(reading: Reading) -> Tables:
    """The tables of a file or of a folder's tree; raises `MissingDataError` or `UnusableDataError`."""
    log = _Log()
    for document in files.documents(reading, files.tree(reading.path)):
        log.add(document)
    return assemble(_found(log), reading.now)


def _found(log: _Log) -> Found:
    given, used = (_frame(log.promoted[event], OFFERED) for event in (SHOWN, CLICKED))
    return Found(
        NAME,
        PUBLISHED,
        _frame(log.interactions, INTERACTIONS),
        products=_frame(list(log.products.values()), TABLES["products"]),
        offers=_offers(log, promotions.seen(given, used)),
        exposures=given,
        redemptions=used,
        dropped=log.dropped,
        notes=promotions.clicks_only(0, used.height),
    )


def _offers(log: _Log, seen: pl.DataFrame) -> pl.DataFrame:
    names = [log.names[offer] for offer in seen["id"]]
    covered = [sorted(log.covered[offer]) for offer in seen["id"]]
    return seen.with_columns(pl.Series("name", names, pl.String), pl.Series("products", covered, pl.List(pl.String)))


def _frame(rows: Sequence[tuple[Any, ...]], schema: Columns) -> pl.DataFrame:
    return pl.DataFrame(rows, dict(schema), orient="row")


def _told(text: str | None) -> str | None:
    """GA4 writes "(not set)" where it knows nothing."""
    return None if text is None or text.strip() in columns.MISSING else text.strip()


READER = Reader(
    NAME,
    expects="a file or folder of events as BigQuery exports them, JSON lines (.json, .jsonl, .ndjson, also .gz)",
    read=read,
)
