"""What an evaluation must show before its version may be published."""

from dataclasses import replace
from pathlib import Path

import pytest

from model.evaluation.bootstrap import NOTHING, Interval
from model.evaluation.gates import refusals
from model.evaluation.report import (
    About,
    Canary,
    Difference,
    Evaluation,
    InvalidEvaluationError,
    Row,
    Section,
    from_json,
    read,
    to_json,
)


def row(name: str, ndcg: float, *, model: bool = False, validation: float | None = None) -> Row:
    """A ranking of that quality."""
    measures = {"ndcg": Interval(ndcg, ndcg - 0.01, ndcg + 0.01)}
    return Row(name, "model" if model else "baseline", "", measures, 0.1, validation, 1.0, 2.0)


GOOD = Evaluation(
    version="2026-11-21-0a",
    model="ranked",
    data=About("small", "made up", "2020-03-11", 28, 40, 60, 1_000, 38),
    rows=(row("popularity", 0.1, validation=0.1), row("EASE", 0.2, validation=0.21), row("ranked", 0.23, model=True)),
    differences=(
        Difference("ndcg", "popularity", False, Interval(0.13, 0.1, 0.16)),
        Difference("ndcg", "EASE", True, Interval(0.03, 0.01, 0.05)),
    ),
    canaries=(Canary("shuffled labels", "", 0.02, 0.01, ("below",)), Canary("leak", "", 0.8, 0.7, ("leaked",))),
    groups=(),
    sections=(Section("Offers", ("offers", "AUC"), (("kinds B, C", "0.9"),)),),
    latency=None,
    leaks=(0.5, 0.8),
    validation=0.22,
    parts={"validation": {"ndcg": 0.22}},
    seconds=10.0,
    megabytes=100.0,
)


def test_a_good_model_may_be_published() -> None:
    """Above the baselines, far from what a leak gives, and with both canaries refused."""
    assert refusals(GOOD) == ()


def test_worse_than_the_best_baseline_is_refused() -> None:
    """When the interval says so; a difference that chance explains is not held against it."""
    worse = Difference("ndcg", "EASE", True, Interval(-0.03, -0.05, -0.01))
    chance = Difference("ndcg", "EASE", True, Interval(-0.001, -0.01, 0.01))
    [refusal] = refusals(replace(GOOD, differences=(worse,)))
    assert "below the best tuned baseline's 0.2000" in refusal
    assert refusals(replace(GOOD, differences=(chance,))) == ()


def test_too_good_to_be_true_is_refused() -> None:
    """As good as what knows the future, in one way or another; what is merely good is not."""
    for ndcg, leaks in ((0.45, True), (0.75, True), (0.9, True), (0.6, False)):
        told = refusals(replace(GOOD, rows=(*GOOD.rows[:2], row("ranked", ndcg, model=True))))
        assert any("the future leaked" in refusal for refusal in told) == leaks


def test_a_leak_that_hardly_helps_accuses_nobody() -> None:
    """A model that makes little of the future is as good with it as without."""
    assert refusals(replace(GOOD, leaks=(0.231, 0.8))) == ()


def test_worse_on_the_validation_slice_is_refused() -> None:
    """Beyond the noise of a fit; not measured is not held against it."""
    [refusal] = refusals(replace(GOOD, validation=0.2))
    assert "validation slice" in refusal
    assert refusals(replace(GOOD, validation=0.2095)) == ()
    assert refusals(replace(GOOD, validation=None)) == ()


def test_a_canary_that_passes_stops_everything() -> None:
    """It shows that the evaluation cannot be relied upon; so does one without canaries."""
    alive = replace(GOOD.canaries[0], refusals=())
    [refusal] = refusals(replace(GOOD, canaries=(alive, GOOD.canaries[1])))
    assert "'shuffled labels' was not refused" in refusal
    assert refusals(replace(GOOD, canaries=())) != ()


def test_nobody_judged_is_refused() -> None:
    """Nothing was shown, neither good nor bad."""
    nobody = Row("ranked", "model", "", {"ndcg": NOTHING}, None, None, None, None)
    [refusal] = refusals(replace(GOOD, rows=(*GOOD.rows[:2], nobody)))
    assert "nobody could be judged" in refusal


def test_an_evaluation_is_the_same_after_writing_and_reading() -> None:
    """All of it, through JSON."""
    assert from_json(to_json(GOOD)) == GOOD


def test_a_damaged_evaluation_is_told_in_one_line(tmp_path: Path) -> None:
    """The file and the field; a folder without one is a model not yet evaluated."""
    assert read(tmp_path) is None
    (tmp_path / "evaluation.json").write_text(to_json(GOOD).replace('"version"', '"versio"'))
    with pytest.raises(InvalidEvaluationError, match=r"evaluation\.json: version: Field required"):
        read(tmp_path)
