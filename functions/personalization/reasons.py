"""A decision's reasons, as a marketer would read them."""

from functions.personalization.decision import Arm, Decision, Level
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
_LEVELS: dict[Level, str] = {
    "affinity": "it covers {share:.1%} of what the shopper is likely to want",
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
    share = next((each.score for each in decision.considered if each.offer.id == decision.offer.id), 0.0)
    fit_decided = decision.arm == "personalized" and decision.offer.id not in policy.first
    return (
        _SOURCES[decision.recommendation.source],
        *(() if decision.occasion.shopper.personalize else (OPTED_OUT,)),
        _fit(decision) if fit_decided else _CAUSES.get(decision.arm, AHEAD),
        _LEVELS[decision.level].format(share=share),
        *(_refused(decision, share) if fit_decided else ()),
    )


def _fit(decision: Decision) -> str:
    best = decision.level == "affinity"
    return "the best fit of all offers that may be made" if best else "no offer that may be made fits well enough"


def _refused(decision: Decision, above: float) -> tuple[str, ...]:
    """The offers that would have fitted better."""
    better = (each for each in decision.considered if each.refused and each.score > above)
    return tuple(f"'{each.offer.id}' fits better but {each.refused[0]}" for each in better)[:MAX_REFUSED_TOLD]
