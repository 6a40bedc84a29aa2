"""A decision as events: what was shown and why, and how long it took. Of the profile only the segment is told."""

from dataclasses import dataclass

from functions.contracts import EVENT_SOURCE
from functions.events import (
    ActionEvent,
    DecisionData,
    DecisionEvent,
    PerformanceData,
    PerformanceEvent,
    ScoredOffer,
    ScoredProduct,
    SearchEvent,
    decision_id,
    performance_id,
)
from functions.personalization.decision import Decision
from functions.personalization.recommendations import Recommendation
from functions.personalization.shopper import NO_SEGMENT, Shopper

MAX_PRODUCTS = 20
"""Recommended products that a decision carries."""
DEFAULT_PLACEMENT = "home"
"""Where an offer is shown when the action does not say where the shopper is."""
NO_MODEL = "none"


@dataclass(frozen=True, slots=True)
class Timings:
    """Milliseconds: `total` from the call until the decision (the events not yet sent), `scoring` within it."""

    total: float
    scoring: float

    @classmethod
    def between(cls, started: float, scoring_started: float, scoring_ended: float, ended: float) -> "Timings":
        """Timings from four readings of a stopwatch, in seconds."""
        return cls(total=1_000 * (ended - started), scoring=1_000 * (scoring_ended - scoring_started))


def decision_event(
    action: ActionEvent, decision: Decision, why: tuple[str, ...], model: str | None, degraded: tuple[str, ...]
) -> DecisionEvent:
    """The decision that an action asked for; `model` is the version that scored, None when none did."""
    data = DecisionData(
        action_id=action.id,
        offer=decision.offer.id,
        runner_up=decision.runner_up.id if decision.runner_up else None,
        placement=_placement(action),
        segment=_segment(decision.occasion.shopper),
        level=decision.level,
        arm=decision.arm,
        probability=decision.probability,
        model=model or NO_MODEL,
        path="warm" if model else "cold",
        degraded=degraded,
        products=_products(decision.recommendation),
        considered=_considered(decision),
        scored_by=decision.scored_by,
        reasons=why,
    )
    return DecisionEvent(
        id=decision_id(action.id),
        source=EVENT_SOURCE,
        subject=action.subject,
        time=decision.occasion.now,
        session=action.session,
        sequence=action.sequence,
        data=data,
    )


def performance_event(decided: DecisionEvent, timings: Timings) -> PerformanceEvent:
    """How long a decision took."""
    return PerformanceEvent(
        id=performance_id(decided.data.action_id),
        source=EVENT_SOURCE,
        subject=decided.subject,
        time=decided.time,
        session=decided.session,
        sequence=decided.sequence,
        data=PerformanceData(
            decision_id=decided.id,
            total_ms=round(timings.total, 3),
            scoring_ms=round(timings.scoring, 3),
            path=decided.data.path,
            degraded=bool(decided.data.degraded),
        ),
    )


def _placement(action: ActionEvent) -> str:
    told = None if isinstance(action, SearchEvent) else action.data.placement
    return told or DEFAULT_PLACEMENT


def _segment(shopper: Shopper) -> str:
    return shopper.segment if shopper.personalize else NO_SEGMENT


def _products(recommendation: Recommendation) -> tuple[ScoredProduct, ...]:
    best = zip(recommendation.products[:MAX_PRODUCTS], recommendation.affinities[:MAX_PRODUCTS].tolist(), strict=True)
    return tuple(ScoredProduct(product=product, score=round(affinity, 6)) for product, affinity in best)


def _considered(decision: Decision) -> tuple[ScoredOffer, ...]:
    return tuple(
        ScoredOffer(offer=each.offer.id, score=round(each.score, 6), refused=each.refused)
        for each in decision.considered
    )
