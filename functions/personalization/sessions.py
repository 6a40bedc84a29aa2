"""Visitors of whom only the session is known: what those went on to who touched the same products.

V-SKNN (Ludewig & Jannach 2018): the nearest of the most recent sessions vote for what else they held. Rare
products say more about a session than common ones; where sessions have an order, later clicks count more, and so does
what lies near the last product in common, which is what sequential rules add.
"""

import io
import zipfile
import zlib
from dataclasses import dataclass, fields
from functools import cached_property

import numpy as np
import numpy.typing as npt

from functions.personalization.catalog import Floats, Ints
from functions.personalization.features import STRENGTHS
from functions.personalization.shopper import Memory

MAX_CLICKS = 20
"""The newest products of a session that are looked at."""
NEWEST = 1_000
"""The most recent sessions with a product, which a click on it brings in."""
NEIGHBOURS = 500
"""The nearest of those, which vote."""
RARITY = 0.75
"""How much more a click says on a product that is in few sessions."""
PRIOR_SESSIONS = 10.0
"""Sessions added to each product's count, so that one seen twice does not outweigh all others."""
PRIOR_POPULARITY = 0.02
"""What the most popular product counts against the best vote: it orders what no neighbour holds."""

UNREADABLE = (OSError, ValueError, KeyError, TypeError, IndexError, EOFError, zipfile.BadZipFile, zlib.error)
"""What numpy raises for bytes that are not a file of its own."""

type Doubles = npt.NDArray[np.float64]


class InvalidSessionsError(ValueError):
    """The bytes are not an index of sessions for this catalogue; the text says why."""


@dataclass(frozen=True, slots=True)
class SessionSettings:
    """What training chooses.

    `commonness` and `length` take weight from products that are in many sessions, and from long sessions; `fading`
    from the clicks further back, and `nearness` from products far from the last one in common: both are 0 where
    sessions have no order.
    """

    commonness: float = 0.1
    length: float = 0.5
    fading: float = 0.0
    nearness: float = 0.0


@dataclass(frozen=True, slots=True)
class Session:
    """What a visitor did of late, as ids: products `touched`, oldest first, and those of them `wanted`, newest first.

    A product that was bought is not wanted any more. Each is named once, where it was touched last.
    """

    touched: tuple[str, ...]
    wanted: tuple[str, ...]


def session_of(memory: Memory) -> Session:
    """The session in fast memory; types of interaction that count nothing are left out."""
    newest: dict[str, str] = {}
    for recent in memory.recent:
        if recent.action in STRENGTHS:
            newest.setdefault(recent.product, recent.action)
    wanted = tuple(product for product, action in newest.items() if action != "purchase")
    return Session(tuple(reversed(newest)), wanted)


class SessionIndex:
    """Sessions by product and products by session, which never changes.

    `items` are rows of products, those of the oldest session first, each at most once a session and in the order in
    which they were touched; `lengths` are the numbers of products of the sessions, none of them 0; `products` is the
    size of the catalogue. Raises `InvalidSessionsError`.
    """

    def __init__(self, items: Ints, lengths: Ints, products: int, settings: SessionSettings) -> None:
        _check(items, lengths, products)
        self.products, self.settings = products, settings
        self._items, self._lengths = items.astype(np.int64), lengths.astype(np.int64)
        self._starts = np.cumsum(self._lengths) - self._lengths
        self._session = np.repeat(np.arange(len(lengths)), self._lengths)
        self._places = np.lexsort((-np.arange(len(items)), self._items))  # by product, the newest first
        self._counts = np.bincount(self._items, minlength=products)
        self._first = np.cumsum(self._counts) - self._counts

    def __len__(self) -> int:
        return len(self._lengths)

    @cached_property
    def _popularity(self) -> Doubles:
        return np.asarray(PRIOR_POPULARITY * self._counts / self._counts.max())

    @cached_property
    def _damping(self) -> Doubles:
        return np.asarray(np.power(self._counts + PRIOR_SESSIONS, -self.settings.commonness))

    def score(self, clicks: Ints, count: int) -> tuple[Ints, Floats]:
        """The best `count` products, or as many as sessions hold, with scores above 0, best first.

        `clicks` are rows of products, oldest first, and are not in the answer; rows that are not of the catalogue are
        skipped. The best vote counts 1; what no neighbour holds follows by popularity. Empty for a session of which
        no product is known. Of equal products the one with the smaller row comes first.
        """
        clicked = _latest(clicks[(clicks >= 0) & (clicks < self.products)])
        clicked = clicked[self._counts[clicked] > 0][-MAX_CLICKS:]
        if len(clicked) == 0:
            return np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.float32)
        scores = self._votes(clicked)
        scores[clicked] = 0.0
        scores *= 1.0 / max(float(scores.max()), np.finfo(np.float64).tiny)
        scores += self._popularity
        scores[clicked] = 0.0
        return _best(scores, count)

    def _votes(self, clicked: Ints) -> Doubles:
        """Shape (products,): what the nearest sessions hold, each weighted by how near it is."""
        sessions, likeness, last = self._neighbours(clicked)
        lengths = self._lengths[sessions]
        ends = np.cumsum(lengths)
        places = np.arange(ends[-1]) + np.repeat(self._starts[sessions] - ends + lengths, lengths)
        votes = np.repeat(likeness, lengths)
        if self.settings.nearness:
            distance = np.maximum(np.abs(places - np.repeat(last, lengths)), 1)
            votes = votes * distance**-self.settings.nearness
        return np.bincount(self._items[places], votes, minlength=self.products) * self._damping

    def _neighbours(self, clicked: Ints) -> tuple[Ints, Doubles, Ints]:
        """The nearest sessions, how near they are, and the place in each of the last click that it shares."""
        counts = np.minimum(self._counts[clicked], NEWEST)
        ends = np.cumsum(counts)
        places = self._places[np.arange(ends[-1]) + np.repeat(self._first[clicked] - ends + counts, counts)]
        found = self._session[places]
        weights = np.repeat(self._weights(clicked), counts)
        likeness = np.bincount(found, weights, minlength=len(self))
        sessions = np.flatnonzero(likeness)
        near = likeness[sessions] * self._lengths[sessions] ** -self.settings.length
        kept = _newest_of_equals(near, NEIGHBOURS)
        last = np.zeros(len(self), dtype=np.int64)
        last[found] = places  # clicks come oldest first, so that the last one stays
        return sessions[kept], near[kept], last[sessions[kept]]

    def _weights(self, clicked: Ints) -> Doubles:
        recency = np.arange(1, len(clicked) + 1) / len(clicked)
        rarity = np.power(self._counts[clicked] + PRIOR_SESSIONS, -RARITY)
        return np.asarray(rarity * recency**self.settings.fading)

    def to_bytes(self) -> bytes:
        """The index as a compressed npz file without pickles; the same index gives the same bytes."""
        rows = np.uint16 if self.products <= np.iinfo(np.uint16).max else np.uint32
        settings = np.array([getattr(self.settings, each.name) for each in fields(SessionSettings)])
        file = io.BytesIO()
        np.savez_compressed(
            file, items=self._items.astype(rows), lengths=self._lengths.astype(np.uint16), settings=settings
        )
        return file.getvalue()

    @classmethod
    def from_bytes(cls, content: bytes, products: int) -> "SessionIndex":
        """The index that `to_bytes` wrote, for a catalogue of so many products; raises `InvalidSessionsError`."""
        try:
            with np.load(io.BytesIO(content), allow_pickle=False) as file:
                items, lengths, values = file["items"], file["lengths"], file["settings"].tolist()
            settings = SessionSettings(*values)
        except UNREADABLE as error:
            raise InvalidSessionsError(f"not an index of sessions: {error!r}") from error
        return cls(items.astype(np.int64), lengths.astype(np.int64), products, settings)


def _check(items: Ints, lengths: Ints, products: int) -> None:
    if len(lengths) == 0 or lengths.min() < 1 or lengths.sum() != len(items):
        raise InvalidSessionsError("the lengths of the sessions are not those of their products")
    if items.min() < 0 or items.max() >= products:
        raise InvalidSessionsError("a session holds a product that is not in the catalogue")


def _latest(clicks: Ints) -> Ints:
    """Each product once, where it was touched last."""
    _, from_behind = np.unique(clicks[::-1], return_index=True)
    return clicks[np.sort(len(clicks) - 1 - from_behind)]


def _newest_of_equals(near: Doubles, count: int) -> Ints:
    """Rows of the `count` largest, in order of rows; of equal ones the later rows."""
    if len(near) <= count:
        return np.arange(len(near))
    border = np.partition(near, -count)[-count]
    above = np.flatnonzero(near > border)
    return np.sort(np.concatenate([above, np.flatnonzero(near == border)[len(above) - count :]]))


def _best(scores: Doubles, count: int) -> tuple[Ints, Floats]:
    rows = np.flatnonzero(scores > 0)
    if count < len(rows):
        border = np.partition(scores[rows], -count)[-count]
        rows = rows[scores[rows] >= border]
    rows = rows[np.argsort(-scores[rows], kind="stable")][:count]
    return rows, scores[rows].astype(np.float32)
