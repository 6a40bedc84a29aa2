"""Fixed shoppers, a fixed small model, fixed answers: what a change of code must not change.

`python -m tests.unit.adapters.test_golden` trains the model anew and writes its answers: do that when an answer is
meant to change, and look at the difference.
"""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from functions.adapters.onnx import OnnxModel
from functions.personalization.eligibility import Occasion
from functions.personalization.shopper import History, Memory, Recent, Shopper

GOLDEN = Path(__file__).parent / "golden"
MODEL, ANSWERS = GOLDEN / "model", GOLDEN / "answers.json"
NOW = datetime(2026, 11, 1, 12, tzinfo=UTC)
TODAY = NOW.timestamp() // 86_400
COUNT = 15


def bought(*products: tuple[str, int, int, float]) -> History:
    """Products with purchases, days since the last and weight."""
    ids, purchases, ages, weights = zip(*products, strict=True)
    last = tuple(int(TODAY) - age for age in ages)
    first = tuple(day - 9 * (count - 1) for day, count in zip(last, purchases, strict=True))
    return History(ids, purchases, first, last, weights, TODAY, baskets=sum(purchases), since=min(first))


REGULAR = bought(("p0003", 6, 2, 4.1), ("p0017", 4, 5, 2.2), ("p0041", 1, 20, 0.5), ("gone", 2, 9, 0.9))
SESSION = (Recent("p0100", "add_to_cart", NOW), Recent("p0017", "purchase", NOW - timedelta(minutes=3)))
OCCASIONS = {
    "regular": Occasion(Shopper("anna", "family", history=REGULAR), Memory(), NOW),
    "regular in a session": Occasion(Shopper("anna", "family", history=REGULAR), Memory(recent=SESSION), NOW),
    "bought once": Occasion(Shopper("ben", "single", history=bought(("p0077", 1, 1, 0.9))), Memory(), NOW),
    "long ago": Occasion(Shopper("cleo", "single", history=bought(("p0005", 3, 60, 0.2))), Memory(), NOW),
    "opted out": Occasion(Shopper("dan", "single", history=REGULAR, personalize=False), Memory(), NOW),
}


def answers(model: OnnxModel) -> dict[str, list[tuple[str, float]]]:
    """The best products of every occasion with their scores to four digits."""
    scored = {name: model.score_now(occasion, COUNT) for name, occasion in OCCASIONS.items()}
    return {
        name: [
            (product, float(np.format_float_positional(score, 4, unique=False, fractional=False)))
            for product, score in zip(each.products, each.scores, strict=True)
        ]
        for name, each in scored.items()
    }


@pytest.mark.parametrize("name", OCCASIONS)
def test_the_answer_is_the_golden_one(name: str) -> None:
    """The same products in the same order, and their scores to four digits."""
    expected, found = json.loads(ANSWERS.read_text())[name], answers(OnnxModel(MODEL))[name]
    assert [product for product, _ in found] == [product for product, _ in expected]
    assert [score for _, score in found] == pytest.approx([score for _, score in expected], rel=2e-4)


def _write() -> None:
    """Train the small model and write what it answers."""
    from rich.progress import Progress

    from model import train
    from model.training import ranking
    from model.training.fit import Grid
    from model.training.lambdamart import RankerSettings
    from tests.unit.model.small import CUT, small_dataset

    ranking.part.__defaults__ = (RankerSettings(trees=30, num_leaves=7, min_data_in_leaf=100, feature_fraction=0.7),)
    train.PARTS = (ranking.part,)
    train.train(
        lambda weeks: small_dataset(shoppers=260, products=120, cut=CUT - 7 * weeks),
        MODEL,
        NOW,
        Progress(disable=True),
        Grid(taus=(30.0,), embedding=(0.05,), popularity=(0.25,)),
    )
    ANSWERS.write_text(json.dumps(answers(OnnxModel(MODEL)), indent=1) + "\n")


if __name__ == "__main__":
    _write()
