"""Which offer a shopper is made, with what probability, and why.

The first that the policy puts ahead of all others; else the best-scored eligible offer above the threshold; else the
first of the priority list; else the fallback. Every step checks dates, cap and rules.
A share of decisions explores, a share of shoppers is held out: what is learned from both needs true probabilities.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import chain
from typing import Literal

import numpy as np

from functions.personalization.assortment import Assortment
from functions.personalization.catalog import Doubles
from functions.personalization.chance import draw
from functions.personalization.eligibility import Occasion, refusals
from functions.personalization.offers import Offer
from functions.personalization.recommendations import Recommendation
from functions.personalization.scoring import offer_scores

MAX_ELIGIBLE = 10
"""Best-scored eligible offers that compete and among which exploration chooses."""
MAX_REFUSED, MAX_OVER = 7, 3
"""Best-scored offers that are kept to explain a decision: refused though they run, and not running now."""

type Level = Literal["affinity", "rule", "priority", "fallback"]
type Arm = Literal["personalized", "exploration", "holdout"]
type Score = Literal["redemption", "fit"]
"""What the scores of a decision are: probabilities of redemption by the model, or see `scoring.offer_scores`."""


@dataclass(frozen=True, slots=True)
class Considered:
    """An offer that scored, and why it was refused, if it was."""

    offer: Offer
    score: float
    refused: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Step:
    """An offer that may be made, and the level of the offer logic that found it."""

    offer: Offer
    level: Level


@dataclass(frozen=True, slots=True)
class Decision:
    """The offer to make, the one that would be made in its place, and everything that explains it.

    `probability` is that with which the policy makes this offer to this shopper on this occasion, over all draws.
    `considered` is best first and holds every offer among which exploration chooses (those not refused).
    """

    offer: Offer
    runner_up: Offer | None
    level: Level
    arm: Arm
    probability: float
    considered: tuple[Considered, ...]
    scored_by: Score
    occasion: Occasion
    recommendation: Recommendation = field(compare=False)


def decide(
    occasion: Occasion,
    assortment: Assortment,
    recommendation: Recommendation,
    decision_id: str,
    redemptions: Doubles | None = None,
) -> Decision:
    """Choose an eligible offer; the same inputs and id give the same decision.

    Scores are `redemptions`, the probability that the shopper redeems each offer of the coverage, shape (offers,),
    or, where nobody foresees that, how well each offer fits the likely products.
    """
    scores = offer_scores(assortment, recommendation, occasion.shopper) if redemptions is None else redemptions
    considered = tuple(_consider(occasion, assortment, scores))
    policy = assortment.policy
    held_out = draw("holdout", occasion.shopper.id) < policy.holdout
    pool = () if held_out else tuple(each for each in considered if not each.refused)
    steps = _steps(occasion, assortment, pool)
    best = next(steps)
    explored = _explore(policy.exploration, pool, decision_id)
    shown = explored or best
    return Decision(
        offer=shown.offer,
        runner_up=next((step.offer for step in chain([best], steps) if step.offer.id != shown.offer.id), None),
        level=shown.level,
        arm="holdout" if held_out else "exploration" if explored else "personalized",
        probability=_probability(shown.offer, best.offer, policy.exploration, pool),
        considered=considered,
        scored_by="fit" if redemptions is None else "redemption",
        occasion=occasion,
        recommendation=recommendation,
    )


def _consider(occasion: Occasion, assortment: Assortment, scores: Doubles) -> Iterator[Considered]:
    """The best-scored offers, best first, as many of each kind as there is room for."""
    coverage = assortment.coverage
    running = coverage.running(occasion.now)
    scored = np.flatnonzero(scores)
    room = {"eligible": MAX_ELIGIBLE, "refused": MAX_REFUSED, "over": MAX_OVER}
    for index in scored[np.argsort(-scores[scored], kind="stable")].tolist():
        if not running[index] and not room["over"]:
            continue  # spares the checks of what would not be kept
        offer = coverage.offers[index]
        reasons = refusals(offer, occasion)
        kind = "eligible" if not reasons else "refused" if running[index] else "over"
        if room[kind]:
            room[kind] -= 1
            yield Considered(offer, float(scores[index]), reasons)
        if not room["eligible"]:
            return


def _steps(occasion: Occasion, assortment: Assortment, pool: tuple[Considered, ...]) -> Iterator[Step]:
    """Every offer that may be made, in order; never empty, as the fallback has no conditions."""
    yield from _listed(assortment.policy.first, occasion, assortment)
    for each in pool:
        if each.score >= assortment.policy.threshold:
            yield Step(each.offer, "affinity")
    yield from _listed(assortment.policy.priority, occasion, assortment)
    yield Step(assortment.fallback, "fallback")


def _listed(offer_ids: tuple[str, ...], occasion: Occasion, assortment: Assortment) -> Iterator[Step]:
    for offer_id in offer_ids:
        offer = assortment.offers.get(offer_id)
        if offer is not None and not refusals(offer, occasion):
            yield Step(offer, "rule" if offer.rules and not offer.products else "priority")


def _explore(share: float, pool: tuple[Considered, ...], decision_id: str) -> Step | None:
    """An offer of the pool at random, in the given share of decisions."""
    chance = draw("exploration", decision_id)
    if not pool or chance >= share:
        return None
    return Step(pool[int(draw("explored", decision_id) * len(pool))].offer, "affinity")


def _probability(shown: Offer, best: Offer, exploration: float, pool: tuple[Considered, ...]) -> float:
    if not pool:
        return 1.0
    by_exploration = exploration / len(pool) if any(each.offer.id == shown.id for each in pool) else 0.0
    return by_exploration + (1.0 - exploration if shown.id == best.id else 0.0)
