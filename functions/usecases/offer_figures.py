"""What became of offers, by offer and by what is known of their decisions."""

import heapq
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from functions.analytics.cells import Cell, cell_of, segment_code
from functions.analytics.intervals import wilson
from functions.analytics.window import Window
from functions.usecases.metrics import BreakdownFigures, OfferFigures, PartFigures

UNKNOWN, NO_SEGMENT = "unknown", "none"

type Fate = Literal["made", "shown", "clicked", "redeemed", "revenue"]


@dataclass(slots=True)
class Fates:
    """Offers of chosen cells, by what became of them."""

    made: Counter[Cell] = field(default_factory=Counter)
    shown: Counter[Cell] = field(default_factory=Counter)
    clicked: Counter[Cell] = field(default_factory=Counter)
    redeemed: Counter[Cell] = field(default_factory=Counter)
    revenue: Counter[Cell] = field(default_factory=Counter)

    @classmethod
    def of(cls, window: Window, wanted: Mapping[str, str]) -> "Fates":
        """The cells of a window that have every part that is wanted."""
        return cls(*(_chosen(counter, wanted) for counter in _counters(window)))

    def by(self, name_of: Callable[[Cell], str]) -> dict[str, "Tally"]:
        """Sums by a name that each cell has."""
        sums: dict[str, Tally] = {}
        for fate in ("made", "shown", "clicked", "redeemed", "revenue"):
            counter: Counter[Cell] = getattr(self, fate)
            for cell, count in counter.items():
                tally = sums.setdefault(name_of(cell), Tally())
                setattr(tally, fate, getattr(tally, fate) + count)
        return sums


@dataclass(slots=True)
class Tally:
    """A sum; revenue in hundredths."""

    made: int = 0
    shown: int = 0
    clicked: int = 0
    redeemed: int = 0
    revenue: int = 0

    @classmethod
    def of(cls, window: Window, wanted: Mapping[str, str]) -> "Tally":
        """The sum of the cells of a window that have every part that is wanted."""
        if not wanted:
            return cls(*(counter.total() for counter in _counters(window)))
        return cls(*(_chosen(counter, wanted).total() for counter in _counters(window)))

    def figures(self) -> dict[str, Any]:
        """The fields of an `Outcome`."""
        interval = wilson(self.clicked, self.made)
        return {
            "made": self.made,
            "shown": self.shown,
            "clicked": self.clicked,
            "redeemed": self.redeemed,
            "ctr": self.clicked / self.made if self.made else None,
            "ctr_low": interval.low if interval else None,
            "ctr_high": interval.high if interval else None,
            "conversion": self.redeemed / self.made if self.made else None,
            "revenue": self.revenue / 100,
        }


def offers(fates: Fates, page: slice) -> list[OfferFigures]:
    """The offers that were made most; those that were only shown or clicked in the range come last."""
    return [OfferFigures(offer=offer, **tally.figures()) for offer, tally in _most(fates.by(_offer), page)]


def breakdown(fates: Fates, segments: Iterable[str], page: slice) -> BreakdownFigures:
    """By each part of the cells; `segments` are the names of those that may be among them."""
    names = {segment_code(segment): segment for segment in segments}

    def segment_of(cell: Cell) -> str:
        if cell.segment:
            return names.get(cell.segment, cell.segment)
        return NO_SEGMENT if cell.path else UNKNOWN

    return BreakdownFigures(
        placements=_parts(fates.by(lambda cell: cell.placement or UNKNOWN), page),
        segments=_parts(fates.by(segment_of), page),
        paths=_parts(fates.by(lambda cell: cell.path or UNKNOWN), page),
        models=_parts(fates.by(lambda cell: cell.model or UNKNOWN), page),
    )


def _parts(sums: Mapping[str, Tally], page: slice) -> list[PartFigures]:
    return [PartFigures(name=name, **tally.figures()) for name, tally in _most(sums, page)]


def _most(sums: Mapping[str, Tally], page: slice) -> list[tuple[str, Tally]]:
    return heapq.nsmallest(page.stop, sums.items(), key=lambda entry: (-entry[1].made, entry[0]))[page]


def _counters(window: Window) -> tuple[Counter[str], ...]:
    return (
        window.offers_made, window.offers_shown, window.offers_clicked, window.offers_redeemed, window.offers_revenue
    )  # fmt: skip


def _offer(cell: Cell) -> str:
    return cell.offer


def _chosen(counts: Mapping[str, int], wanted: Mapping[str, str]) -> Counter[Cell]:
    cells: Counter[Cell] = Counter()
    for name, count in counts.items():
        cell = cell_of(name)
        if not wanted or all(getattr(cell, part) == value for part, value in wanted.items()):
            cells[cell] += count
    return cells
