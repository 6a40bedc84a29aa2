"""What an evaluation must show before its version may be published. Pure; each refusal is one line that says why."""

from collections.abc import Sequence

from model.evaluation.bootstrap import Interval
from model.evaluation.report import Evaluation

HELPS = 1 / 4
"""A leak is looked for when it leads so far on the way from the best baseline to a perfect list."""
NEAR = 1 / 4
"""As good as a leak is what is nearer to it than this share of its distance from the best baseline."""
NOISE = 0.01
"""On the validation slice the model may be this share below the best baseline: fits differ by as much."""


def refusals(evaluation: Evaluation) -> tuple[str, ...]:
    """Why the version must not be published; nothing when it may."""
    model = evaluation.row(evaluation.model)
    gain = next((one.gain for one in evaluation.differences if one.measure == "ndcg" and one.best), None)
    best = max((row.measures["ndcg"].mean or 0.0 for row in evaluation.rows if row.kind == "baseline"), default=0.0)
    return (
        *implausible(model.measures["ndcg"].mean, gain, best, evaluation.leaks),
        *_validated(evaluation),
        *(f"canary '{canary.name}' was not refused: this evaluation cannot tell a good model from a bad one"
          for canary in evaluation.canaries if not canary.refusals),
        *(("the canaries were not tried: evaluate again",) if not evaluation.canaries else ()),
    )  # fmt: skip


def implausible(ndcg: float | None, gain: Interval | None, best: float, leaks: Sequence[float]) -> Sequence[str]:
    """What is wrong with an NDCG@10 on the test slice, whoever reached it.

    `gain` is over the best tuned baseline, which reaches `best`; `leaks` are what models reach that know the future,
    in one way or another. As good as one of them is only who knows it, too.
    """
    if ndcg is None or gain is None or gain.mean is None or gain.high is None:
        return ("nobody could be judged: no shopper bought both before and after the cut",)
    found = []
    if gain.high < 0:
        found.append(f"NDCG@10 {ndcg:.4f} is below the best tuned baseline's {best:.4f}")
    found += [
        f"NDCG@10 {ndcg:.4f} is what knowing the future gives ({leak:.4f}), far from the best tuned baseline's "
        f"{best:.4f}: the future leaked"
        for leak in leaks
        if leak - best > HELPS * (1 - best) and abs(ndcg - leak) < NEAR * (leak - best)
    ]
    return found


def _validated(evaluation: Evaluation) -> Sequence[str]:
    baselines = [row.validation for row in evaluation.rows if row.kind == "baseline" and row.validation is not None]
    if not baselines or evaluation.validation is None or evaluation.validation >= (1 - NOISE) * max(baselines):
        return ()
    return (
        f"on the validation slice NDCG@10 {evaluation.validation:.4f} is below the best tuned baseline's "
        f"{max(baselines):.4f}",
    )
