"""The same made-up shop in every format that is read: thirty shoppers who come back to their favourites."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np

from model.datasets.found import Reading

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
FIRST = datetime(2026, 1, 5, 9, tzinfo=UTC)
SHOPPERS, PRODUCTS, DAYS = 30, 20, 120


@dataclass(frozen=True)
class Bought:
    """A product that a shopper bought."""

    shopper: str
    product: str
    time: datetime
    basket: str
    quantity: int = 1
    price: float = 2.5


def purchases(days: int = DAYS) -> list[Bought]:
    """Two favourites of six, every five days."""
    dice = np.random.default_rng(1)
    found: list[Bought] = []
    for shopper in range(SHOPPERS):
        favourites = dice.choice(PRODUCTS, 6, replace=False)
        for day in range(shopper % 5, days, 5):
            time = FIRST + timedelta(days=day, minutes=shopper)
            chosen = sorted(dice.choice(favourites, 2, replace=False))
            found += [Bought(f"s{shopper}", f"p{product}", time, f"b{shopper}-{day}") for product in chosen]
    return sorted(found, key=lambda each: each.time)


def reading(path: Path) -> Reading:
    """A reading of a path at the moment of the tests."""
    return Reading(path, NOW)


def csv(rows: Iterable[Iterable[object]]) -> str:
    """Lines of comma separated values."""
    return "".join(",".join("" if value is None else str(value) for value in row) + "\n" for row in rows)


def json_lines(documents: Iterable[Any]) -> str:
    """A line for each document."""
    return "".join(json.dumps(document) + "\n" for document in documents)


def cloud_events(rows: Iterable[Bought]) -> Iterator[dict[str, Any]]:
    """Each purchase as an event of the archive."""
    for number, each in enumerate(rows):
        yield {
            "specversion": "1.0",
            "id": f"e{number}",
            "source": "/storefront",
            "type": "purchase",
            "subject": each.shopper,
            "time": each.time.isoformat(),
            "session": each.basket,
            "data": {"items": [{"item_id": each.product, "quantity": each.quantity, "price": each.price}]},
        }


def ga4_events(rows: Iterable[Bought], name: str = "purchase") -> Iterator[dict[str, Any]]:
    """Each purchase as an event of a GA4 export."""
    for each in rows:
        yield {
            "event_date": f"{each.time:%Y%m%d}",
            "event_timestamp": str(int(each.time.timestamp() * 1e6)),
            "event_name": name,
            "event_params": [{"key": "ga_session_id", "value": {"int_value": str(int(each.time.timestamp()))}}],
            "user_pseudo_id": f"device-{each.shopper}",
            "user_id": each.shopper,
            "ecommerce": {"transaction_id": each.basket},
            "items": [{"item_id": each.product, "item_name": f"Product {each.product}", "item_category": "Kitchen",
                       "item_category2": "Pots", "price": str(each.price), "quantity": str(each.quantity)}],
        }  # fmt: skip


def invoices(rows: Iterable[Bought]) -> str:
    """The shop as Online Retail would have it."""
    head = ("InvoiceNo", "StockCode", "Description", "Quantity", "InvoiceDate", "UnitPrice", "CustomerID", "Country")
    lines = [
        (
            one.basket,
            one.product,
            "A pot",
            one.quantity,
            f"{one.time:%m/%d/%Y %H:%M}",
            one.price,
            one.shopper,
            "Norway",
        )
        for one in rows
    ]
    return csv([head, *lines])


def interactions(rows: Iterable[Bought]) -> str:
    """Reco_Interactions of a data contract of Intelligent Recommendations, without a header."""
    return csv((each.basket, each.product, "", each.shopper, "Transaction", each.time.isoformat()) for each in rows)


def table(rows: Iterable[Bought]) -> str:
    """A table of one's own."""
    head = ("shopper", "product", "time", "basket", "quantity", "price")
    lines = [(one.shopper, one.product, one.time.isoformat(), one.basket, one.quantity, one.price) for one in rows]
    return csv([head, *lines])
