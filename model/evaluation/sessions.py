"""How well sessions are foreseen after a few clicks, against baselines: `python -m model.evaluation.sessions`.

Every session that began in the test slice is taken for an anonymous visitor's: nothing is used but its first clicks.
Settings are chosen on the weeks before, for the baselines too; the test slice is looked at once.
"""

import argparse
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np
from rich.console import Console
from scipy import sparse

from functions.personalization.sessions import SessionSettings
from model.datasets import prepared
from model.datasets.cutting import TooEarlyError
from model.datasets.dataset import Dataset, MissingDataError
from model.training import sessions
from model.training.candidates import CandidateModel, Floats
from model.training.fit import Settings, fit, past_histories
from model.training.foresight import GIVEN, Continue, Foresight, Rows, foresee
from model.training.parts import VALIDATION_WEEKS

type Trial = tuple[str, Continue]
type Figures = Mapping[str, Mapping[int, Foresight]]

PRIOR_SESSIONS = 10.0


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; 0 when the table was printed."""
    parser = argparse.ArgumentParser(prog="python -m model.evaluation.sessions", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder that `python -m model.prepare` wrote")
    options, console = parser.parse_args(arguments), Console(stderr=True)
    try:
        tables = prepared.read(options.data)
        with console.status("Choosing settings on the weeks before the test, then foreseeing its sessions"):
            figures = compare(tables.cut(VALIDATION_WEEKS), tables.cut(0))
    except (MissingDataError, TooEarlyError) as error:
        console.print(str(error), style="red", markup=False, soft_wrap=True)
        return 1
    if not any(figures.values()):
        console.print("No session of the test slice has two products: there is nothing to foresee.", style="red")
        return 1
    Console().print(to_markdown(figures), markup=False, highlight=False, soft_wrap=True)
    return 0


def compare(validation: Dataset, test: Dataset) -> Figures:
    """Figures on the test slice by model and number of clicks, each model as chosen on the validation slice."""
    tuned, lists = dict(_best(validation)), sessions.after_cut(test)
    return {
        family: {given: found for given in GIVEN if (found := foresee(trials[tuned[family]], lists, given))}
        for family, trials in _families(test, sessions.choose(validation)).items()
    }


def to_markdown(figures: Figures) -> str:
    """One row for each model and number of clicks."""
    lines = [
        "| clicks | model | next@10 | next@20 | MRR@20 | rest R@10 | rest R@20 |",
        "|---|---|---|---|---|---|---|",
    ]
    for given in GIVEN:
        for family, found in figures.items():
            if given in found:
                each = found[given]
                values = (each.next10, each.next20, each.mrr20, each.rest10, each.rest20)
                lines.append(f"| {given} | {family} | {' | '.join(f'{value:.4f}' for value in values)} |")
    return "\n".join(lines)


def _best(validation: Dataset) -> Iterator[tuple[str, str]]:
    """The name of the best trial of each family."""
    lists = sessions.after_cut(validation, sessions.CHOOSING)
    for family, trials in _families(validation, sessions.choose(validation)).items():
        yield family, max(trials, key=lambda name: _worth(trials[name], lists))


def _worth(score: Continue, lists: list[Rows]) -> float:
    return sum(each.mrr20 + each.rest20 for given in (1, 3) if (each := foresee(score, lists, given)))


def _families(dataset: Dataset, chosen: SessionSettings) -> Mapping[str, Mapping[str, Continue]]:
    """What is compared, each with the settings to choose from."""
    past, size = sessions.before_cut(dataset), dataset.products.height
    if not past:
        return {}
    index, held = sessions.index(past, size, chosen), _held(past, size)
    counts, together = held.sum(axis=0), (held.T @ held).tocsr()
    settings = Settings()
    candidates = fit(past_histories(dataset, settings.tau), settings)
    return {
        "popularity": {"": lambda clicks, count: _top(counts.copy(), clicks, count)},
        "item-kNN": {str(damping): _item_knn(together, counts, damping) for damping in (0.0, 0.25, 0.5)},
        "candidate model, clicks as history": {str(weight): _candidates(candidates, weight) for weight in (0.2, 1.0)},
        "session model": {"": lambda clicks, count: index.score(clicks, count)[0]},
    }


def _item_knn(together: sparse.csr_array, counts: Floats, damping: float) -> Continue:
    """The sum over clicks of how often each product shares a session with it, by the count of both."""
    said, heard = 1 / (counts + PRIOR_SESSIONS), (counts + PRIOR_SESSIONS) ** -damping

    def score(clicks: Rows, count: int) -> Rows:
        votes = (together[clicks] * said[clicks, None]).sum(axis=0)
        return _top(np.asarray(votes * heard), clicks, count)

    return score


def _candidates(model: CandidateModel, weight: float) -> Continue:
    def score(clicks: Rows, count: int) -> Rows:
        shape, rows = (1, len(model.popularity)), np.zeros_like(clicks)
        history = sparse.csr_array((np.full(len(clicks), weight, dtype=np.float32), (rows, clicks)), shape=shape)
        return _top(model.scores(history)[0], clicks, count)

    return score


def _top(scores: Floats, clicks: Rows, count: int) -> Rows:
    scores[clicks] = -1.0
    best = np.argpartition(-scores, min(count, len(scores) - 1))[:count]
    ranked: Rows = best[np.argsort(-scores[best], kind="stable")]
    return ranked


def _held(lists: list[Rows], products: int) -> sparse.csr_array:
    ends = np.cumsum([0, *map(len, lists)])
    items = np.concatenate(lists)
    return sparse.csr_array((np.ones(len(items), dtype=np.float32), items, ends), shape=(len(lists), products))


if __name__ == "__main__":
    sys.exit(main())
