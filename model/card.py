"""Write the model card: `python -m model.card [MODEL ...]`.

Evaluations of the models named are kept in docs/evaluation; docs/model-card.md is then made of everything there, and
of nothing else: the same evaluations give the same card.
"""

import argparse
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from model.evaluation import report, tables
from model.evaluation.chart import Bar, chart
from model.evaluation.gates import refusals
from model.evaluation.judging import LEAST_SHOPPERS
from model.evaluation.report import Evaluation, InvalidEvaluationError

DOCS = Path(__file__).parents[1] / "docs"
KEPT, CARD = "evaluation", "model-card.md"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; 0 when the card was written."""
    options = _options().parse_args(arguments)
    try:
        for folder in options.models:
            keep(folder, options.docs)
        written = cards(options.docs)
    except InvalidEvaluationError as error:
        print(error, file=sys.stderr)
        return 1
    for path, content in written.items():
        path.write_text(content)
        print(f"Written: {path}")
    return 0


def keep(folder: Path, docs: Path) -> None:
    """Keep the evaluation of a model's folder among those the card is made of, in place of the data set's former."""
    found = report.read(folder)
    if found is None:
        raise InvalidEvaluationError(f"{folder} holds no evaluation: run `python -m model.evaluate` first")
    (docs / KEPT).mkdir(parents=True, exist_ok=True)
    (docs / KEPT / f"{found.data.name}.json").write_text(report.to_json(found))


def cards(docs: Path) -> Mapping[Path, str]:
    """The card and its charts, by path; nothing is written. Raises `InvalidEvaluationError`."""
    paths = sorted((docs / KEPT).glob("*.json"))
    if not paths:
        raise InvalidEvaluationError(f"{docs / KEPT} holds no evaluation: name a model's folder that was evaluated")
    found = {path: _read(path) for path in paths}
    return {docs / CARD: card(tuple(found.values()), docs), **{
        path.with_suffix(".svg"): _chart(evaluation) for path, evaluation in found.items()
    }}  # fmt: skip


def card(evaluations: Sequence[Evaluation], docs: Path) -> str:
    """The whole card; what `docs/evaluation/NAME.md` says of a data set stands with its figures."""
    sections = [_one(evaluation, docs) for evaluation in evaluations]
    return "\n\n".join([HEAD, _summary(evaluations), *sections, USE, _commands(evaluations)]) + "\n"


def _read(path: Path) -> Evaluation:
    try:
        return report.from_json(path.read_bytes())
    except InvalidEvaluationError as error:
        raise InvalidEvaluationError(f"{path}: {error}") from error


def _summary(evaluations: Sequence[Evaluation]) -> str:
    rows = [
        (one.data.name, one.version, _shown(one, "recall"), _shown(one, "ndcg"), _shown(one, "explore"))
        for one in evaluations
    ]
    titles = (tables.TITLES[name] for name in ("recall", "ndcg", "explore"))
    grid = tables.Grid("", ("data", "version", *titles), rows)
    told = "In brackets: the gain over the best tuned baseline of that measure, and its paired 95 % interval."
    return f"{grid.markdown()}\n\n{told}"


def _shown(evaluation: Evaluation, measure: str) -> str:
    value = tables.figure(evaluation.row(evaluation.model).measures[measure].mean)
    gain = next(one.gain for one in evaluation.differences if one.measure == measure and one.best)
    return f"{value} [{tables.interval(gain, sign=True)}]"


def _one(evaluation: Evaluation, docs: Path) -> str:
    data, name = evaluation.data, evaluation.data.name
    caveats = docs / KEPT / f"{name}.md"
    return "\n\n".join(
        [
            f"## {name}",
            f"{data.source}. {data.purchases:,} purchases of {data.products:,} products by {data.buyers:,} shoppers "
            f"before {data.cut}; {data.shoppers:,} of them bought in the {data.horizon} days from then on.",
            *([caveats.read_text().strip()] if caveats.exists() else []),
            f"![NDCG@10 of each ranking, with its 95 % interval]({KEPT}/{name}.svg)",
            *_grids(evaluation),
            _told(evaluation),
        ]
    )


def _grids(evaluation: Evaluation) -> Sequence[str]:
    before = [make(evaluation) for make in (tables.results, tables.gains, tables.canaries)]
    after = [make(evaluation) for make in (tables.groups, tables.parts, tables.settings)]
    grids = (*before, *tables.sections(evaluation), *after)
    return [f"### {grid.heading}\n\n{grid.markdown()}" for grid in grids if grid.rows]


def _told(evaluation: Evaluation) -> str:
    failed = refusals(evaluation)
    gates = "All gates passed." if not failed else "Gates that failed: " + "; ".join(failed) + "."
    return f"{gates} The evaluation took {evaluation.seconds:,.0f} s and {evaluation.megabytes / 1e3:.1f} GB."


def _chart(evaluation: Evaluation) -> str:
    bars = [Bar(row.name, row.measures["ndcg"], row.name == evaluation.model) for row in evaluation.rows]
    return chart(f"NDCG@10 of the next basket, {evaluation.data.name}", bars)


def _commands(evaluations: Sequence[Evaluation]) -> str:
    lines = [
        line
        for name in (one.data.name for one in evaluations)
        for line in (
            f"python -m model.prepare --source {name} --out .local/data/{name}    # see --help for --path",
            f"python -m model.train --data .local/data/{name} --out .local/models/{name}",
            f"python -m model.evaluate --data .local/data/{name} --model .local/models/{name}",
        )
    ]
    folders = " ".join(f".local/models/{one.data.name}" for one in evaluations)
    return "\n".join(["## The commands", "", "```sh", *lines, f"python -m model.card {folders}", "```"])


def _options() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m model.card", description=__doc__)
    parser.add_argument("models", type=Path, nargs="*", metavar="MODEL", help="folder of an evaluated model")
    parser.add_argument("--docs", type=Path, default=DOCS, help="folder of the documentation (%(default)s)")
    return parser


HEAD = """# Model card

Made by `python -m model.card` from the evaluations in [evaluation](evaluation); do not edit it by hand.

The model ranks a shop's products for a shopper. Its candidates are a shrunken SVD (EASE by way of the shoppers) \
over recency-decayed purchases, plus the shopper's own decayed counts, plus popularity; where a version has them, a \
ranker (LambdaMART) orders the candidates, a second one those that the shopper never bought among themselves, and \
further parts foresee which offer is redeemed, what an anonymous session goes on to, and what to show to whom \
nothing is known of. Everything runs in ONNX Runtime on one core.

**How it is judged.** Time is cut once for everyone. What happened before the cut is known, and what every \
shopper buys on the first day in the shop after it, within four weeks, is to be foreseen: the whole catalogue is \
ranked and nothing sampled. Every baseline's settings \
are chosen on the four weeks before the cut, by NDCG@10, and every baseline is then fitted again up to the cut. The \
model is asked through the code that serves requests, with profiles as short as the shop keeps them. Intervals are \
95 %, by paired bootstrap over shoppers; the best baseline of a measure is the one that is best on the test itself, \
which favours the baselines."""

USE = f"""## Use and misuse

Made for ordering products and offers in a shop of its own kind of data, trained on that shop's own purchases. The \
shipped version knows one grocer's products and is of use to the simulation and as an example only.

- **No claim of uplift.** Foreseeing a purchase is not causing it: a list may well foresee what would have been \
bought anyway. What an offer brings must be measured against a holdout in the shop.
- **Campaigns differ** by more than their offers let foresee: in earlier weeks of Complete Journey the redemptions \
of a campaign spread by about 60 % around what was foreseen. The calibration error "by chance" takes redemptions for \
independent of one another; such a spread alone lifts it by about a half.
- **Repeats weigh most.** Recall is earned mainly with what shoppers buy again; what is new to them is measured \
apart, as explore recall, and is far lower.
- **New products** cannot be ranked before enough baskets held them, nor after a change of the catalogue before the \
next training. Shoppers without a history get what fits their session, their segment or everyone.
- **One cut of time** is judged: intervals tell how much other shoppers would change, not how much another season \
would.
- **Groups** differ in how well they are foreseen, mostly with the length of their history. Traits are not inputs of \
the ranking. Groups below {LEAST_SHOPPERS} shoppers are not shown. Look at the table of your own data \
before you rely on it.
- **Not for** prices for single persons, credit, employment, or anything but the choice of what to show; not for \
inferring traits of a person."""


if __name__ == "__main__":
    sys.exit(main())
