"""What becomes of offers is counted by cell: an offer at a placement, to a segment, by a path and a model."""

import re
from functools import lru_cache
from hashlib import blake2b
from typing import NamedTuple

from functions.events import DecisionData

_UNFIT = re.compile(r"[\s|/\\?#~]")
_PLACEMENT, _MODEL = 32, 64
"""Characters of a placement's and a version's name that are told: a tracking id is an id of at most 128."""
_PARTS = 4


class Cell(NamedTuple):
    """Parts that are not known, as of events that bring no tracking id, are empty; the segment is by its code."""

    offer: str
    placement: str = ""
    segment: str = ""
    path: str = ""
    model: str = ""


def tracking_id(decision: DecisionData) -> str:
    """What a storefront reports with what becomes of the offer: `placement~segment~path~model`.

    It passes through browsers: the segment is told by a code that only means something to who knows its name.
    """
    return "~".join(_told(decision.placement, decision.segment, decision.path, decision.model))


def segment_code(segment: str) -> str:
    """Eight characters for a segment's name, the same in every process; none for no segment."""
    return blake2b(segment.encode(), digest_size=4).hexdigest() if segment else ""


@lru_cache(maxsize=10_000)
def cell_of_choice(offer: str, placement: str, segment: str, path: str, model: str) -> str:
    """The cell of a decision as a counter names it."""
    return "|".join((offer, *_told(placement, segment, path, model)))


@lru_cache(maxsize=10_000)
def cell_of_report(offer: str, placement: str | None, tracking_id: str | None) -> str:
    """The cell of what a storefront reports, as a counter names it."""
    parts = (tracking_id or "").split("~")
    if len(parts) == _PARTS:
        return "|".join((offer, *parts))
    return f"{offer}|{fitting(placement or '')}|||"


@lru_cache(maxsize=50_000)
def cell_of(name: str) -> Cell:
    """The cell of a counter's name; older windows counted by the offer alone."""
    return Cell(*name.split("|"))


def fitting(text: str, longest: int = _PLACEMENT) -> str:
    """A placement's name, or another, as cells tell it."""
    return _UNFIT.sub("-", text)[:longest]


def _told(placement: str, segment: str, path: str, model: str) -> tuple[str, str, str, str]:
    return fitting(placement), segment_code(segment), path, fitting(model, _MODEL)
