"""How figures look: a picture on a terminal, one line everywhere else."""

from collections.abc import Iterable

from rich.box import SIMPLE_HEAD
from rich.console import Group, RenderableType
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from local.watch.figures import Figures, Offer

STALE = 120.0
"""Seconds after which an aggregation that did not look at a partition counts as stopped."""
LAGGING = 5_000


def picture(figures: Figures, urls: Iterable[str]) -> RenderableType:
    """The numbers, the offers, and where to find more."""
    return Group(_numbers(figures), _offers(figures.offers), _links(urls))


def trouble(reason: str, urls: Iterable[str]) -> RenderableType:
    """Why there is nothing to see; it is tried again by itself."""
    return Group(Text(f"\n  {reason}\n  trying again ...\n", style="bold red"), _links(urls))


def line(figures: Figures) -> str:
    """The same in one line, for logs."""
    best = max(figures.offers, key=lambda offer: offer.ctr or 0.0, default=None)
    parts = [
        f"{figures.rate:.1f} decisions/s",
        f"{figures.decisions} in the last hour",
        f"p50 {_ms(figures.p50)} p99 {_ms(figures.p99)}",
        f"cold {_share(figures.cold, figures.warm + figures.cold)}",
        f"ctr {_share(figures.clicked, figures.decisions)}",
        f"lag {figures.lag} messages, {_age(figures)}",
    ]
    if best and best.ctr:
        parts.append(f"best offer {best.name} {best.ctr:.1%}")
    return " · ".join(parts)


def _numbers(figures: Figures) -> RenderableType:
    grid = Table.grid(padding=(0, 3))
    for label, value, note in _rows(figures):
        grid.add_row(Text(f"  {label}", style="dim"), value, Text(note, style="dim"))
    return grid


def _rows(figures: Figures) -> Iterable[tuple[str, Text, str]]:
    decided = figures.warm + figures.cold
    yield "decisions/s", Text(f"{figures.rate:,.1f}", style="bold green"), f"{figures.decisions:,} in the last hour"
    yield (
        "latency",
        Text(f"p50 {_ms(figures.p50)}   p99 {_ms(figures.p99)}", style="bold"),
        (f"scoring p99 {_ms(figures.scoring_p99)}"),
    )
    yield (
        "paths",
        Text(f"warm {_share(figures.warm, decided)}   cold {_share(figures.cold, decided)}"),
        (f"{figures.degraded:,} degraded"),
    )
    yield (
        "clicks",
        Text(f"{_share(figures.clicked, figures.decisions)} of offers made"),
        (f"{figures.clicked:,} of {figures.decisions:,}"),
    )
    style = "bold red" if _stopped(figures) or figures.lag > LAGGING else ""
    lost = f"   {figures.lost:,} events not counted" if figures.lost else ""
    yield "lag", Text(f"{figures.lag:,} messages", style=style), _age(figures) + lost


def _offers(offers: Iterable[Offer]) -> RenderableType:
    table = Table("offer", box=SIMPLE_HEAD, padding=(0, 1))
    for name in ("made", "clicked", "CTR", "95 %"):
        table.add_column(name, justify="right")
    for one in offers:
        margin = f"{one.margin[0]:.1%} – {one.margin[1]:.1%}" if one.margin else "–"
        ctr = "–" if one.ctr is None else f"{one.ctr:.1%}"
        table.add_row(escape(one.name), f"{one.made:,}", f"{one.clicked:,}", ctr, margin)
    return table


def _links(urls: Iterable[str]) -> RenderableType:
    return Text("\n".join(f"  {url}" for url in urls), style="dim")


def _age(figures: Figures) -> str:
    if figures.checked is None:
        return "not aggregated yet"
    seconds = max(0.0, (figures.asked - figures.checked).total_seconds())
    return f"nothing aggregated for {seconds:,.0f} s" if _stopped(figures) else f"looked {seconds:.0f} s ago"


def _stopped(figures: Figures) -> bool:
    return figures.checked is not None and (figures.asked - figures.checked).total_seconds() > STALE


def _ms(value: float | None) -> str:
    return "–" if value is None else f"{value:.1f} ms"


def _share(part: int, whole: int) -> str:
    return f"{part / whole:.0%}" if whole else "–"
