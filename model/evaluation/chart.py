"""A bar chart with intervals, as SVG text: readable on a light and on a dark page."""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from model.evaluation.bootstrap import Interval

WIDTH, LABEL, FIGURE, LINE, TOP = 720, 190, 60, 26, 34
BASELINE, MODEL, INK = "#8c96a3", "#2f81f7", "#7d8590"


@dataclass(frozen=True, slots=True)
class Bar:
    """A named value with its interval; `strong` for what the chart is about."""

    name: str
    value: Interval
    strong: bool


def chart(title: str, bars: Sequence[Bar]) -> str:
    """The bars from the top down, all from zero, on one scale."""
    most = max((bar.value.high or 0.0 for bar in bars), default=0.0) or 1.0
    scale = (WIDTH - LABEL - FIGURE) / most
    height = TOP + LINE * len(bars) + 6
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" role="img" '
        f'font-family="system-ui, sans-serif" font-size="13" fill="{INK}">',
        f"<title>{escape(title)}</title>",
        f'<text x="0" y="16" font-weight="600">{escape(title)}</text>',
        *(line for place, bar in enumerate(bars) for line in _bar(bar, TOP + LINE * place, scale)),
        "</svg>",
    ]
    return "\n".join(lines) + "\n"


def _bar(bar: Bar, top: int, scale: float) -> Sequence[str]:
    weight, colour = ("600", MODEL) if bar.strong else ("400", BASELINE)
    middle = top + LINE // 2
    name = f'<text x="0" y="{middle + 4}" font-weight="{weight}">{escape(bar.name)}</text>'
    mean, low, high = bar.value.mean, bar.value.low, bar.value.high
    if mean is None or low is None or high is None:
        return [name, f'<text x="{LABEL}" y="{middle + 4}">not measured</text>']
    left, right = LABEL + low * scale, LABEL + high * scale
    return [
        name,
        f'<rect x="{LABEL}" y="{top + 5}" width="{mean * scale:.1f}" height="{LINE - 10}" rx="2" fill="{colour}"/>',
        f'<path d="M{left:.1f} {middle}H{right:.1f}M{left:.1f} {middle - 4}v8M{right:.1f} {middle - 4}v8" '
        f'stroke="{INK}" stroke-width="1.5"/>',
        f'<text x="{right + 8:.1f}" y="{middle + 4}" font-weight="{weight}">{mean:.3f}</text>',
    ]
