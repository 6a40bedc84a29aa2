"""Which offer is made: the order of the logic, chance, and what holds whatever the shop and the shopper."""

from collections import Counter
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.personalization.assortment import Assortment
from functions.personalization.decision import MAX_ELIGIBLE, MAX_OVER, MAX_REFUSED, Decision, decide
from functions.personalization.eligibility import Occasion, refusals
from functions.personalization.offers import Distance, Offer
from functions.personalization.recommendations import from_affinities
from functions.personalization.shopper import Memory
from tests.unit.personalization.shop import FALLBACK, NOW, decided, occasion, offer, shop
from tests.unit.personalization.strategies import occasions, shops, whole_shops

MILK, BREAD, BEER, SOAP = (offer(f"{name}-offer", name) for name in ("milk", "bread", "beer", "soap"))
DRAWS = 3_000


def _over(each: Offer) -> Offer:
    return each.model_copy(update={"ends": NOW})


def _shown(decision: Decision) -> tuple[str, str]:
    return decision.offer.id, decision.level


def test_the_best_fit_is_made_and_the_next_is_its_runner_up() -> None:
    """Milk is liked most, bread next."""
    decision = decided(shop([SOAP, BREAD, MILK]))
    assert _shown(decision) == ("milk-offer", "affinity")
    assert decision.runner_up == BREAD
    assert [(each.offer.id, round(each.score, 6)) for each in decision.considered] == [
        ("milk-offer", 0.4),
        ("bread-offer", 0.3),
        ("soap-offer", 0.1),
    ]


def test_what_is_likely_to_be_redeemed_goes_before_what_fits() -> None:
    """Where the model foresees redemptions, they are the scores, whatever the likely products are."""
    assortment, when = shop([SOAP, BREAD, MILK], threshold=0.02), occasion()
    liked = from_affinities(assortment, when)
    foreseen = dict(zip(("bread-offer", "milk-offer", "soap-offer"), (0.01, 0.02, 0.03), strict=True))
    decision = decide(when, assortment, liked, "d1", np.array([*foreseen.values()]))
    assert _shown(decision) == ("soap-offer", "affinity")
    assert decision.scored_by == "redemption"
    assert {each.offer.id: each.score for each in decision.considered} == foreseen
    nothing = decide(when, assortment, liked, "d1", np.array([0.01, 0.01, 0.01]))
    assert _shown(nothing) == ("delivery", "fallback")


def test_equal_scores_are_settled_by_id() -> None:
    """So that every process decides alike, in whatever order the offers came."""
    assert _shown(decided(shop([offer("b", "milk"), offer("a", "milk")]))) == ("a", "affinity")


def test_the_runner_up_is_made_when_the_best_may_not_be() -> None:
    """The best is over: the next is made, and the record says why."""
    decision = decided(shop([_over(MILK), BREAD]))
    assert _shown(decision) == ("bread-offer", "affinity")
    assert decision.considered[0].refused == ("ended at 2026-11-01 12:00 UTC",)


def test_an_offer_must_reach_the_threshold() -> None:
    """At the threshold it is made, above it the priority list is."""
    assert _shown(decided(shop([SOAP], threshold=0.1))) == ("soap-offer", "affinity")
    assert _shown(decided(shop([SOAP, BEER], threshold=0.3, priority=["soap-offer"]))) == ("soap-offer", "priority")


def test_an_offer_that_fits_nothing_is_not_made_by_a_threshold_of_nought() -> None:
    """A score of 0 is no fit."""
    assert _shown(decided(shop([offer("x", "gone")], threshold=0))) == ("delivery", "fallback")


def test_the_priority_list_is_walked_in_order_with_all_checks() -> None:
    """Over, capped, not for this shopper, and not existing: the fifth is the first that may be made."""
    capped, far, plain = offer("capped", daily_cap=1), offer("far", rules=(Distance(at_least=9),)), offer("plain")
    assortment = shop([_over(offer("over")), capped, far, plain], priority=["over", "capped", "far", "gone", "plain"])
    decision = decided(assortment, occasion(memory=Memory(offered={"capped": 1}), distance_miles=5))
    assert (*_shown(decision), decision.runner_up) == ("plain", "priority", FALLBACK)


def test_an_offer_put_first_is_made_before_a_better_fit() -> None:
    """To whoever may have it; for everyone else the fit decides."""
    vip = offer("vip", rules=(Distance(at_least=9),))
    assortment = shop([vip, MILK], first=["vip"])
    near, far = decided(assortment, occasion(distance_miles=5)), decided(assortment, occasion(distance_miles=10))
    assert (_shown(near), _shown(far)) == (("milk-offer", "affinity"), ("vip", "rule"))
    assert far.runner_up == MILK


def test_a_rule_offer_is_named_so() -> None:
    """One that covers no products and is made by its rules."""
    far = offer("far", rules=(Distance(at_least=9),))
    assert _shown(decided(shop([far], priority=["far"]), occasion(distance_miles=10))) == ("far", "rule")


def test_the_fallback_has_no_runner_up() -> None:
    """Nothing else may be made."""
    decision = decided(shop([_over(MILK)], priority=["milk-offer"]))
    assert (*_shown(decision), decision.runner_up) == ("delivery", "fallback", None)


def test_held_out_shoppers_get_no_personalized_offer() -> None:
    """The list and the fallback only, and what would have been made is still on record."""
    decision = decided(shop([MILK, offer("first")], holdout=1, exploration=1, priority=["first"]))
    assert (*_shown(decision), decision.arm, decision.probability) == ("first", "priority", "holdout", 1)
    assert decision.considered[0].offer == MILK


def test_a_shopper_is_held_out_for_good() -> None:
    """Whatever the decision, a shopper is in or out; over shoppers the share is the policy's."""
    assortment = shop([MILK], holdout=0.2)
    out = 0
    for number in range(2_000):
        arms = {decided(assortment, occasion(id=f"s{number}"), f"{number}-{each}").arm for each in range(2)}
        assert len(arms) == 1
        out += "holdout" in arms
    assert abs(out - 400) < 6 * (2_000 * 0.2 * 0.8) ** 0.5


def test_exploration_reaches_offers_below_the_threshold() -> None:
    """To learn of offers that would never be made otherwise; those that may not be made stay out."""
    assortment = shop([MILK, SOAP, _over(BREAD)], threshold=0.3, exploration=1)
    decisions = [decided(assortment, decision_id=f"d{each}") for each in range(100)]
    assert {decision.offer for decision in decisions} == {MILK, SOAP}
    assert {(decision.arm, decision.probability) for decision in decisions} == {("exploration", 0.5)}
    assert next(decision for decision in decisions if decision.offer == SOAP).runner_up == MILK


def test_without_an_offer_that_fits_there_is_nothing_to_explore() -> None:
    """The list decides, for certain."""
    decision = decided(shop([offer("first")], exploration=1, priority=["first"]))
    assert (*_shown(decision), decision.arm, decision.probability) == ("first", "priority", "personalized", 1)


def test_a_record_is_bounded_and_complete() -> None:
    """Of offers that may be made, may not, and are over, the best of each are kept, at most twenty together."""
    kinds: list[dict[str, Any]] = [{}, {"rules": (Distance(at_least=9),)}, {"ends": NOW}]
    offers = [offer(f"o{number:02}", "milk", **kinds[number % 3]) for number in range(60)]
    considered = decided(shop(offers), occasion(distance_miles=1)).considered
    reasons = Counter(" ".join(each.refused)[:5] for each in considered)
    assert reasons == {"": MAX_ELIGIBLE, "is on": MAX_REFUSED, "ended": MAX_OVER}
    assert len(considered) == 20


def test_many_offers_that_are_over_do_not_hide_the_one_that_runs() -> None:
    """The record of the refused is bounded, the search is not."""
    offers = [*(offer(f"a{number:02}", "milk", "bread", ends=NOW) for number in range(50)), SOAP]
    assert _shown(decided(shop(offers))) == ("soap-offer", "affinity")


def test_a_cap_holds_over_many_decisions() -> None:
    """Each offer is made as often as its cap allows, then gives way, and comes back when a day has gone by."""
    offers = [offer("one", "milk", daily_cap=1), offer("two", "milk", daily_cap=2)]
    made: Counter[str] = Counter()
    for step in range(5):
        made[decided(shop(offers), occasion(memory=Memory(offered=made)), f"d{step}").offer.id] += 1
    assert made == {"one": 1, "two": 2, "delivery": 2}


@pytest.mark.parametrize(
    "assortment",
    [
        shop([MILK, BREAD, SOAP], exploration=0.3),
        shop([MILK, BREAD, SOAP], exploration=0.3, threshold=1),
        shop([MILK, BREAD, SOAP], exploration=0.3, threshold=1, priority=["bread-offer"]),
        shop([MILK, _over(BREAD)], exploration=1),
        shop([MILK, BREAD]),
        shop([_over(MILK)], exploration=0.5),
    ],
)
def test_an_offer_is_made_as_often_as_its_probability_says(assortment: Assortment) -> None:
    """Over many decisions of one occasion, frequencies match the recorded probabilities, which add up to 1."""
    decisions = [decided(assortment, decision_id=f"d{number}") for number in range(DRAWS)]
    probability = {decision.offer.id: decision.probability for decision in decisions}
    made = Counter(decision.offer.id for decision in decisions)
    assert sum(probability.values()) == pytest.approx(1)
    for name, expected in probability.items():
        assert abs(made[name] - DRAWS * expected) <= 5 * (DRAWS * expected * (1 - expected)) ** 0.5 + 1e-9


@whole_shops
@given(shops(), occasions(), st.text("ab", min_size=1, max_size=2))
def test_probabilities_add_up_whatever_the_shop(assortment: Assortment, when: Occasion, prefix: str) -> None:
    """Every offer that can be made has one probability; over those it is a distribution."""
    decisions = [_decide(assortment, when, f"{prefix}{number}") for number in range(60)]
    seen = {(decision.offer.id, decision.probability) for decision in decisions}
    assert len({name for name, _ in seen}) == len(seen)
    assert all(0 < probability <= 1 for _, probability in seen)
    assert sum(probability for _, probability in seen) <= 1 + 1e-9


@whole_shops
@given(shops(), occasions(), st.text(min_size=1, max_size=5))
def test_there_is_always_an_offer_that_may_be_made(assortment: Assortment, when: Occasion, decision_id: str) -> None:
    """Neither it nor its runner-up is refused by dates, cap or rules, in whatever arm; and they differ."""
    decision = _decide(assortment, when, decision_id)
    assert refusals(decision.offer, when) == ()
    assert decision.runner_up is None or refusals(decision.runner_up, when) == ()
    assert decision.offer != decision.runner_up


@whole_shops
@given(shops(), occasions(), st.text(min_size=1, max_size=5))
def test_a_redelivery_gives_the_identical_decision(assortment: Assortment, when: Occasion, decision_id: str) -> None:
    """The same inputs and id give the same decision, in all its parts, whatever the order of the offers."""
    turned = {name: assortment.offers[name] for name in reversed(list(assortment.offers))}
    again = Assortment(assortment.catalog, turned, assortment.policy, assortment.segments, assortment.everyone)
    assert _decide(assortment, when, decision_id) == _decide(again, when, decision_id)


@whole_shops
@given(shops(), occasions(), st.integers(1, 12))
def test_no_cap_is_exceeded_by_decisions_one_after_another(
    assortment: Assortment, when: Occasion, steps: int
) -> None:
    """Whatever the shop, a shopper is made no offer more often than its cap, counting what was made before."""
    made = Counter(when.memory.offered)
    for step in range(steps):
        before = Memory(offered=made, affinity=when.memory.affinity, views_rank=when.memory.views_rank)
        chosen = _decide(assortment, Occasion(when.shopper, before, when.now), f"d{step}").offer
        made[chosen.id] += 1
        assert chosen.daily_cap is None or made[chosen.id] <= chosen.daily_cap


@given(occasions())
def test_dates_are_kept_to_the_moment(when: Occasion) -> None:
    """An offer that starts now is made, one that ends now is not."""
    starting, ending = offer("starting", "milk", starts=when.now), offer("ending", "milk", ends=when.now)
    assert ending not in {_decide(shop([starting, ending], threshold=0), when, "d").offer}
    assert refusals(starting, when) == ()


@whole_shops
@given(shops(), occasions(), st.lists(st.floats(0, 1), min_size=8, max_size=8))
def test_foreseen_redemptions_keep_every_promise(
    assortment: Assortment, when: Occasion, chances: list[float]
) -> None:
    """Whatever the model foresees: an offer that may be made, the same at redelivery, of a true probability."""
    foreseen = np.array(chances[: len(assortment.coverage.offers)]) * assortment.coverage.running(when.now)
    liked = from_affinities(assortment, when)
    decisions = [decide(when, assortment, liked, f"d{number}", foreseen) for number in range(30)]
    assert decide(when, assortment, liked, "d0", foreseen) == decisions[0]
    assert all(refusals(decision.offer, when) == () for decision in decisions)
    seen = {(decision.offer.id, decision.probability) for decision in decisions}
    assert len({name for name, _ in seen}) == len(seen)
    assert sum(probability for _, probability in seen) <= 1 + 1e-9


def _decide(assortment: Assortment, when: Occasion, decision_id: str) -> Decision:
    return decide(when, assortment, from_affinities(assortment, when), decision_id)
