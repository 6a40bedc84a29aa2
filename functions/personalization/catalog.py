"""Products and the catalogue: what can be recommended."""

import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from itertools import repeat
from typing import Any

import numpy as np
import numpy.typing as npt

from functions.events import ID_PATTERN

type Ints = npt.NDArray[np.int64]
type Floats = npt.NDArray[np.float32]
type Doubles = npt.NDArray[np.float64]
type Bools = npt.NDArray[np.bool_]

_ID = re.compile(ID_PATTERN)


class InvalidProductError(ValueError):
    """A document is not a product; the text says what is wrong."""

    def __init__(self, document: Mapping[str, Any], fault: str) -> None:
        super().__init__(f"document '{str(document.get('id'))[:128]}' is not a product: {fault}")


@dataclass(frozen=True, slots=True)
class Product:
    """A product as the shop sells it.

    `category` is a path from the department down; `price` is for one unit; it can be shown from `available_from`
    until `available_until` (exclusive; None: no limit).
    """

    id: str
    name: str
    category: tuple[str, ...]
    price: float
    available_from: datetime | None = None
    available_until: datetime | None = None
    attributes: Mapping[str, str] | None = None

    @property
    def department(self) -> str:
        """The top of the category path: the level at which shoppers' category affinities are kept."""
        return self.category[0] if self.category else ""

    def to_document(self) -> dict[str, Any]:
        """The product as its Cosmos document."""
        return {
            "id": self.id,
            "name": self.name,
            "category": list(self.category),
            "price": self.price,
            "availableFrom": self.available_from.isoformat() if self.available_from else None,
            "availableUntil": self.available_until.isoformat() if self.available_until else None,
            "attributes": dict(self.attributes or {}),
        }

    @classmethod
    def from_document(cls, document: Mapping[str, Any]) -> "Product":
        """The product of a Cosmos document, or `InvalidProductError`."""
        try:
            product = cls(
                id=str(document["id"]),
                name=str(document["name"]),
                category=_path(document["category"]),
                price=float(document["price"]),
                available_from=_time(document.get("availableFrom")),
                available_until=_time(document.get("availableUntil")),
                attributes=document.get("attributes") or None,
            )
        except (KeyError, TypeError, ValueError) as error:
            raise InvalidProductError(document, repr(error)) from error
        if not _ID.fullmatch(product.id):
            raise InvalidProductError(document, "the id cannot travel in events")
        if not (math.isfinite(product.price) and product.price >= 0):
            raise InvalidProductError(document, f"the price is {product.price}")
        return product


class Catalog:
    """All products by position: rows of every array are products in the order given.

    Positions are the catalogue's own; `position` maps an id to its row, `department_codes` (products,) holds the row
    in `departments` of each product, `prices` (products,) its price. Immutable by convention.
    """

    def __init__(self, products: Iterable[Product]) -> None:
        self.products: tuple[Product, ...] = tuple(products)
        self.position: dict[str, int] = {product.id: row for row, product in enumerate(self.products)}
        self.departments: tuple[str, ...] = tuple(sorted({product.department for product in self.products}))
        code = {name: row for row, name in enumerate(self.departments)}
        self.department_codes: Ints = np.array(
            [code[product.department] for product in self.products], dtype=np.int64
        )
        self.prices: Doubles = np.array([product.price for product in self.products], dtype=np.float64)
        # The last entry stands for row -1: what the catalogue does not have is never available.
        self._from = np.array([*(_epoch(p.available_from, -np.inf) for p in self.products), np.inf])
        self._until = np.array([*(_epoch(p.available_until, np.inf) for p in self.products), np.inf])
        self._changes = np.unique(np.concatenate([self._from, self._until]))
        self._on_sale: tuple[int, Bools] | None = None

    def __len__(self) -> int:
        return len(self.products)

    @cached_property
    def ids(self) -> tuple[str, ...]:
        """The product ids by row."""
        return tuple(product.id for product in self.products)

    def department_of(self, product_id: str) -> str | None:
        """The department of a product, None when the catalogue does not have it."""
        row = self.position.get(product_id)
        return None if row is None else self.products[row].department

    @cached_property
    def below(self) -> Mapping[tuple[str, ...], Ints]:
        """The rows of the products at or below each category, by its path; in small letters, as all groups."""
        return _grouped(
            (tuple(map(str.casefold, product.category[:depth])), row)
            for row, product in enumerate(self.products)
            for depth in range(1, len(product.category) + 1)
        )

    @cached_property
    def having(self) -> Mapping[tuple[str, ...], Ints]:
        """The rows of the products that have each attribute, by its name and value."""
        return _grouped(((name.casefold(), value.casefold()), row) for row, product in enumerate(self.products)
                        for name, value in (product.attributes or {}).items())  # fmt: skip

    def holding(self, groups: Mapping[tuple[str, ...], Ints], key: tuple[str, ...]) -> Bools:
        """Shape (products,): whether a product is in a group of `below` or `having`, however the key is capitalised;
        nowhere for an unknown one."""
        mask = np.zeros(len(self), dtype=np.bool_)
        mask[self.held(groups, key)] = True
        return mask

    def held(self, groups: Mapping[tuple[str, ...], Ints], key: tuple[str, ...]) -> Ints:
        """The rows of the same products, each once."""
        return groups.get(tuple(part.casefold() for part in key), np.zeros(0, dtype=np.int64))

    @property
    def since(self) -> Doubles:
        """Shape (products,): the epoch second from which each can be shown, -inf where there is no such date."""
        return self._from[:-1]

    def on_sale(self, now: datetime) -> Bools:
        """Shape (products,): whether each product can be shown at `now`; the caller's own, to be narrowed.

        It is worked out anew when a product comes or goes.
        """
        moment = now.timestamp()
        since = int(np.searchsorted(self._changes, moment, side="right"))
        if (known := self._on_sale) is None or known[0] != since:
            known = since, (self._from[:-1] <= moment) & (moment < self._until[:-1])
            self._on_sale = known
        return known[1].copy()

    def positions(self, ids: Iterable[str]) -> Ints:
        """Shape (ids,): the row of each id, -1 where the catalogue does not have it."""
        return np.fromiter(map(self.position.get, ids, repeat(-1)), dtype=np.int64)

    def available(self, rows: Ints, now: datetime) -> Bools:
        """Shape of `rows`: whether each product can be shown at `now`; False where the row is -1."""
        moment = now.timestamp()
        return (self._from[rows] <= moment) & (moment < self._until[rows])


def _grouped[K](pairs: Iterable[tuple[K, int]]) -> Mapping[K, Ints]:
    groups: dict[K, list[int]] = {}
    for key, row in pairs:
        group = groups.setdefault(key, [])
        if group[-1:] != [row]:  # a product may have an attribute twice, in capitals and in small letters
            group.append(row)
    return {key: np.array(rows, dtype=np.int64) for key, rows in groups.items()}


def _path(levels: Any) -> tuple[str, ...]:
    if not isinstance(levels, list | tuple):
        raise TypeError("the category is not a list")
    return tuple(map(str, levels))


def _time(text: str | None) -> datetime | None:
    if not text:
        return None
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError(f"'{text}' has no time zone")
    return moment


def _epoch(moment: datetime | None, default: float) -> float:
    return moment.timestamp() if moment else default
