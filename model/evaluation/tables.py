"""The figures of an evaluation as tables, for the terminal and for Markdown."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from rich.table import Table

from model.evaluation.bootstrap import Interval
from model.evaluation.report import Evaluation, Row

NOT_MEASURED = "n/a"
TITLES = {"recall": "R@10", "recall20": "R@20", "ndcg": "NDCG@10", "hit": "HR@10", "mrr": "MRR@20",
          "repeat": "repeat R@10", "explore": "explore R@10", "novelty": "novelty"}  # fmt: skip
"""Measures as the field writes them."""


@dataclass(frozen=True, slots=True)
class Grid:
    """A table of text: a heading, the names of the columns, and rows; all columns but the first hold figures."""

    heading: str
    columns: Sequence[str]
    rows: Sequence[Sequence[str]]

    def markdown(self) -> str:
        """The table in Markdown, without its heading."""
        rule = ["---", *("---:" for _ in self.columns[1:])]
        return "\n".join("| " + " | ".join(cells) + " |" for cells in (self.columns, rule, *self.rows))

    def rich(self) -> Table:
        """The table for the terminal."""
        table = Table(title=self.heading, title_justify="left", header_style="bold")
        for place, column in enumerate(self.columns):
            table.add_column(column, justify="right" if place else "left")
        for cells in self.rows:
            table.add_row(*cells)
        return table


def results(evaluation: Evaluation) -> Grid:
    """Every ranking with every measure."""
    columns = ("ranking", *TITLES.values(), "coverage", "validation NDCG", "s", "MB")
    return Grid("Next basket, test slice", columns, [_cells(row) for row in evaluation.rows])


def settings(evaluation: Evaluation) -> Grid:
    """What validation chose for each baseline."""
    rows = [(row.name, row.settings) for row in evaluation.rows if row.kind == "baseline"]
    return Grid("Settings chosen on the validation slice", ("baseline", "settings"), rows)


def gains(evaluation: Evaluation) -> Grid:
    """The model against the best tuned baseline of each measure."""
    rows = [
        (TITLES[one.measure], one.baseline, interval(one.gain, sign=True), _verdict(one.gain))
        for one in evaluation.differences
        if one.best
    ]
    return Grid("Gain over the best tuned baseline", ("measure", "baseline", "gain, 95 % interval", ""), rows)


def against_all(evaluation: Evaluation) -> Grid:
    """The model against every baseline, in the two measures that matter most."""
    gained = {(one.measure, one.baseline): one.gain for one in evaluation.differences}
    names = dict.fromkeys(one.baseline for one in evaluation.differences)
    shown = ("recall", "ndcg", "explore")
    rows = [(name, *(interval(gained[measure, name], sign=True) for measure in shown)) for name in names]
    columns = ("baseline", *(TITLES[measure] for measure in shown))
    return Grid("Gain over every tuned baseline, paired 95 % interval", columns, rows)


def canaries(evaluation: Evaluation) -> Grid:
    """The models that were spoilt on purpose."""
    rows = [
        (one.name, one.what, figure(one.recall), figure(one.ndcg), "; ".join(one.refusals) or "NOT REFUSED")
        for one in evaluation.canaries
    ]
    return Grid(
        "Canaries: both must be refused", ("canary", "what it is", "R@10", "NDCG@10", "refused because"), rows
    )


def groups(evaluation: Evaluation) -> Grid:
    """The model by groups of shoppers."""
    rows = [
        (f"{one.kind}: {one.name}", f"{one.shoppers:,}", interval(one.recall), interval(one.ndcg))
        for one in evaluation.groups
    ]
    return Grid("By group of shoppers", ("group", "shoppers", "R@10", "NDCG@10"), rows)


def sections(evaluation: Evaluation) -> Sequence[Grid]:
    """What else the model foresees."""
    return [Grid(one.heading, one.columns, one.rows) for one in evaluation.sections]


def parts(evaluation: Evaluation) -> Grid:
    """What training measured of the parts."""
    rows = [
        (name, ", ".join(f"{measure} {figure(value)}" for measure, value in figures.items()))
        for name, figures in evaluation.parts.items()
    ]
    return Grid("Parts of the model, as training measured them", ("part", "figures"), rows)


def figure(value: float | None) -> str:
    """A share with four decimals, a larger figure with as many as tell something, or that it was not measured."""
    if value is None:
        return NOT_MEASURED
    if abs(value) < 1:
        return f"{value:.4f}".replace("0.", ".", 1)
    return f"{value:,.0f}" if value >= 100 else f"{value:,.2f}"


def interval(value: Interval, *, sign: bool = False) -> str:
    """A mean with its interval, such as `+.0072 (.0041 to .0103)`."""
    if value.mean is None or value.low is None or value.high is None:
        return NOT_MEASURED
    plus = "+" if sign else ""
    mean, low, high = (f"{one:{plus}.4f}".replace("0.", ".", 1) for one in (value.mean, value.low, value.high))
    return f"{mean} ({low} to {high})"


def _cells(row: Row) -> Sequence[str]:
    return (
        row.name,
        *(figure(row.measures[name].mean) for name in TITLES),
        figure(row.coverage),
        figure(row.validation),
        *(NOT_MEASURED if value is None else f"{value:,.1f}" for value in (row.seconds, row.megabytes)),
    )


def _verdict(gain: Interval) -> str:
    if gain.low is None or gain.high is None:
        return NOT_MEASURED
    return "better" if gain.low > 0 else "worse" if gain.high < 0 else "no difference shown"


def document(grids: Iterable[Grid]) -> str:
    """Tables with their headings, those without rows left out."""
    return "\n\n".join(f"## {grid.heading}\n\n{grid.markdown()}" for grid in grids if grid.rows)
