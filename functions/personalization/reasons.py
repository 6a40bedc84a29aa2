"""A decision's reasons, as a marketer would read them."""

from functions.personalization.decision import Arm, Decision, Score
from functions.personalization.offers import Policy
from functions.personalization.recommendations import Source

MAX_REFUSED_TOLD = 5

_SOURCES: dict[Source, str] = {
    "model": "likely products by the model, from what the shopper bought and did",
    "session": "likely products by the model, from what the shopper did a moment ago",
    "shopper": "likely products as computed beforehand for the shopper",
    "segment": "likely products as computed beforehand for the shopper's segment",
    "everyone": "likely products as computed beforehand for everyone",
}
_SCORES: dict[Score, str] = {
    "redemption": "the model expects the shopper to redeem it with a probability of {score:.1%}",
    "fit": "it covers {score:.1%} of what the shopper is likely to want",
}
_BEST: dict[Score, str] = {
    "redemption": "the most likely to be redeemed of all offers that may be made",
    "fit": "the best fit of all offers that may be made",
}
_NONE: dict[Score, str] = {
    "redemption": "no offer that may be made is likely enough to be redeemed",
    "fit": "no offer that may be made fits well enough",
}
_BETTER: dict[Score, str] = {"redemption": "is likelier to be redeemed", "fit": "fits better"}
_LEVELS: dict[str, str] = {
    "rule": "it is the first of its list that may be made, by its rules",
    "priority": "it is the first of its list that may be made",
    "fallback": "it is the fallback: nothing else may be made",
}
_CAUSES: dict[Arm, str] = {
    "holdout": "the shopper is held out from personalized offers, to measure what they bring",
    "exploration": "chosen at random among the best offers that may be made, to learn how well they do",
}
OPTED_OUT = "the shopper opted out: nothing personal was used"
AHEAD = "the policy puts it ahead of personalized offers"


def reasons(decision: Decision, policy: Policy) -> tuple[str, ...]:
    """Why this offer, a sentence for each reason, at most ten; nothing of the shopper's profile is told."""
    score = next((each.score for each in decision.considered if each.offer.id == decision.offer.id), 0.0)
    score_decided = decision.arm == "personalized" and decision.offer.id not in policy.first
    return (
        _SOURCES[decision.recommendation.source],
        *(() if decision.occasion.shopper.personalize else (OPTED_OUT,)),
        _place(decision) if score_decided else _CAUSES.get(decision.arm, AHEAD),
        _level(decision).format(score=score),
        *(_refused(decision, score) if score_decided else ()),
    )


def _place(decision: Decision) -> str:
    return (_BEST if decision.level == "affinity" else _NONE)[decision.scored_by]


def _level(decision: Decision) -> str:
    return _SCORES[decision.scored_by] if decision.level == "affinity" else _LEVELS[decision.level]


def _refused(decision: Decision, above: float) -> tuple[str, ...]:
    """The offers with a better score."""
    better = (each for each in decision.considered if each.refused and each.score > above)
    told = (f"'{each.offer.id}' {_BETTER[decision.scored_by]} but {each.refused[0]}" for each in better)
    return tuple(told)[:MAX_REFUSED_TOLD]
