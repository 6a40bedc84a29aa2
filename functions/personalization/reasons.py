"""A decision's reasons, as a marketer would read them."""

from functions.personalization.decision import Arm, Decision, Level
from functions.personalization.eligibility import Occasion
from functions.personalization.recommendations import Recommendation, Source

MAX_REFUSED_TOLD = 5

_SOURCES: dict[Source, str] = {
    "model": "likely products by the model, from what the shopper bought and did",
    "shopper": "likely products as computed beforehand for the shopper",
    "segment": "likely products as computed beforehand for the shopper's segment",
    "everyone": "likely products as computed beforehand for everyone",
}
_LEVELS: dict[Level, str] = {
    "affinity": "it covers {share:.1%} of what the shopper is likely to want, more than any other offer it may have",
    "rule": "no offer fits well enough; it is the first rule of the priority list that the shopper meets",
    "priority": "no offer fits well enough; it is the first of the priority list that may be made",
    "fallback": "no offer fits well enough and none of the priority list may be made: the fallback",
}
_ARMS: dict[Arm, str] = {
    "personalized": "",
    "exploration": "chosen at random among the best offers that may be made, to learn how well they do",
    "holdout": "the shopper is held out from personalized offers, to measure what they bring",
}


def reasons(decision: Decision, recommendation: Recommendation, occasion: Occasion) -> tuple[str, ...]:
    """Why this offer, a sentence for each reason; nothing of the shopper's profile is told."""
    opted_out = () if occasion.shopper.personalize else ("the shopper opted out: nothing personal was used",)
    return (_SOURCES[recommendation.source], *opted_out, _choice(decision), *_better_but_refused(decision))


def _choice(decision: Decision) -> str:
    if decision.arm != "personalized":
        return _ARMS[decision.arm]
    return _LEVELS[decision.level].format(share=_score(decision))


def _better_but_refused(decision: Decision) -> tuple[str, ...]:
    if decision.arm != "personalized":
        return ()
    better = (each for each in decision.considered if each.refused and each.score > _score(decision))
    told = [f"offer '{each.offer.id}' fits better but {each.refused[0]}" for each in better]
    return tuple(told[:MAX_REFUSED_TOLD])


def _score(decision: Decision) -> float:
    scores = (each.score for each in decision.considered if each.offer.id == decision.offer.id)
    return next(scores, 0.0)
