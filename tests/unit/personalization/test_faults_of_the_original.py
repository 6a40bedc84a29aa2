"""Each fault of the solution that this one succeeds, provoked: none of them may come back.

Not here: 6 (labels) is the training's, 13 (acceptance that depends on the offer) the simulation's.
"""

import json
from typing import Any

import numpy as np
import pytest

from functions.events import DecisionEvent, PerformanceEvent, parse_action, to_json
from functions.personalization.eligibility import refusals
from functions.personalization.offers import Dates, Distance, InvalidOfferError, Offer, TopShoppers
from functions.personalization.recommendations import from_affinities
from functions.personalization.scoring import offer_scores
from functions.personalization.shopper import Memory
from tests.unit.personalization.shop import HOUR, NOW, decided, occasion, offer, shop
from tests.unit.usecases.fakes import FakeMemories, FakeShoppers, FakeStream, Ticks
from tests.unit.usecases.offering import LOYAL, click, making, view

MILK, BREAD, SOAP = (offer(f"{name}-offer", name) for name in ("milk", "bread", "soap"))
OVER: dict[str, Any] = {"ends": NOW}


@pytest.mark.parametrize(("likely", "made"), [(1, "delivery"), (4, "soap-offer")])
def test_fault_01_the_number_of_likely_products_is_used(likely: int, made: str) -> None:
    """Soap is the fourth likely product: an offer on it competes when four compete, not when one does."""
    assert decided(shop([SOAP], likely_products=likely)).offer.id == made


@pytest.mark.parametrize("rule", [TopShoppers(within=10), Distance(at_least=100), Dates(starts=NOW, ends=NOW + HOUR)])
def test_fault_02_rule_offers_are_reached_though_a_specific_offer_scored(
    rule: TopShoppers | Distance | Dates,
) -> None:
    """Ahead of one that fits, by the policy; and by the priority list when none that fits may be made."""
    ruled = offer("ruled", rules=(rule,))
    when = occasion(memory=Memory(views_rank=3), distance_miles=100)
    assert decided(shop([MILK, ruled], first=["ruled"]), when).offer == ruled
    assert decided(shop([MILK, ruled], priority=["ruled"], threshold=0.5), when).offer == ruled
    assert decided(shop([offer("over", "milk", **OVER), ruled], priority=["ruled"]), when).offer == ruled


def test_fault_03_head_of_the_priority_list_is_checked_for_dates() -> None:
    """One that is over or has not begun gives way to the next of the list."""
    offers = [offer("over", **OVER), offer("early", starts=NOW + HOUR), offer("next")]
    assert decided(shop(offers, priority=["over", "early", "next"])).offer.id == "next"


def test_fault_03_head_of_the_priority_list_is_checked_for_eligibility() -> None:
    """So does one whose rule the shopper does not meet, and one that was made often enough."""
    offers = [offer("far", rules=(Distance(at_least=9),)), offer("capped", daily_cap=1), offer("next")]
    when = occasion(memory=Memory(offered={"capped": 1}), distance_miles=1)
    assert decided(shop(offers, priority=["far", "capped", "next"]), when).offer.id == "next"


def test_fault_04_the_first_passing_rule_wins_not_the_last() -> None:
    """Of three rule offers that all pass, the head of the list is made."""
    offers = [offer(name, rules=(Distance(at_least=9),)) for name in ("one", "two", "three")]
    assert decided(shop(offers, priority=["one", "two", "three"]), occasion(distance_miles=10)).offer.id == "one"


def test_fault_05_the_runner_up_is_made_when_the_best_offer_is_out_of_date() -> None:
    """Not the priority list, as long as another offer fits."""
    assortment = shop([offer("best", "milk", **OVER), BREAD, offer("list")], priority=["list"])
    assert decided(assortment).offer == BREAD


async def test_fault_07_an_offer_click_is_not_an_offer_made() -> None:
    """A click tells of the click, and of one new decision; the clicked offer is not counted as made once more."""
    stream, memories = FakeStream(), FakeMemories()
    decision = await making(stream=stream, memories=memories)(click("milk-offer", "d0"))
    assert [[event.model_dump()["type"] for event in batch] for batch in stream.batches] == [
        ["select_promotion", "decision", "performance"]
    ]
    assert decision.id != "d0"
    assert [made for _, made, _ in memories.made.values()] == [decision.data.offer] == ["soap-offer"]


async def test_fault_08_durations_are_total_milliseconds() -> None:
    """A decision of four and a half seconds takes 4,500 ms, not 500."""
    stream = FakeStream()
    await making(stream=stream, stopwatch=Ticks(1.5))(view())
    [[*_, performance]] = stream.batches
    assert isinstance(performance, PerformanceEvent)
    assert (performance.data.total_ms, performance.data.scoring_ms) == (4_500, 1_500)


async def test_fault_09_a_decision_costs_one_read_and_no_new_connection() -> None:
    """Ten decisions are ten reads of a profile, through the clients that the use case was given."""
    shoppers, stream = FakeShoppers({"anna": LOYAL}), FakeStream()
    make = making(shoppers=shoppers, stream=stream)
    for step in range(10):
        await make(view(event_id=f"a{step}"))
    assert (shoppers.reads, len(stream.batches)) == (10, 10)


async def test_fault_10_nothing_personal_travels() -> None:
    """Of the profile only id and segment are in events; an action that brings a name loses it at the door."""
    stream = FakeStream()
    told = {**json.loads(to_json(view())), "name": "Anna Ahlgren", "email": "anna@example.org"}
    told["data"] = {**told["data"], "latitude": 55.4}
    await making(stream=stream)(parse_action(json.dumps(told)))
    [events] = stream.batches
    text = " ".join(to_json(event) for event in events)
    personal = ("Northumberland", "123.25", "175-199K", "income", "Ahlgren", "example.org", "latitude")
    assert [word for word in personal if word in text] == []


def test_fault_11_all_zero_categories_do_not_give_nan() -> None:
    """They fit nothing: the score is 0, and the priority list decides."""
    when, assortment = occasion(affinities={"food": 0.0, "household": 0.0}), shop([MILK, offer("a")], priority=["a"])
    assert np.array_equal(offer_scores(assortment, from_affinities(assortment, when), when.shopper), [0.0])
    assert decided(assortment, when).offer.id == "a"


def test_fault_12_views_of_offers_are_used() -> None:
    """An offer that was made as often as its cap allows is refused, and the record says why."""
    capped = offer("capped", "milk", daily_cap=3)
    decision = decided(shop([capped, BREAD]), occasion(memory=Memory(offered={"capped": 3})))
    assert decision.offer == BREAD
    assert decision.considered[0].refused == ("was made as often as its cap of 3 within 24 hours allows",)


def test_fault_14_decisions_explore_with_a_known_probability_and_hold_out() -> None:
    """Half the decisions explore two offers: each decision says so, and with what chance its offer came up."""
    decisions = [decided(shop([MILK, SOAP], exploration=0.5), decision_id=f"d{each}") for each in range(200)]
    assert {(each.offer.id, each.arm, each.probability) for each in decisions} == {
        ("milk-offer", "personalized", 0.75),
        ("milk-offer", "exploration", 0.75),
        ("soap-offer", "exploration", 0.25),
    }
    assert decided(shop([MILK], holdout=1)).arm == "holdout"


async def test_fault_14_a_redemption_is_an_event_tied_to_its_decision() -> None:
    """A coupon that is redeemed reaches the stream with the decision that gave it."""
    stream = FakeStream()
    redeemed = click("milk-offer", "d0").model_copy(update={"type": "coupon_redeemed"})
    assert isinstance(await making(stream=stream)(redeemed), DecisionEvent)
    assert (stream.batches[0][0], redeemed.data.decision_id) == (redeemed, "d0")


@pytest.mark.parametrize("name", ["topUsers", "os.system", "__class__", "Offer", ""])
def test_fault_15_rules_are_not_dispatched_by_a_string_from_the_database(name: str) -> None:
    """A rule of a type that is not in the registry never becomes an offer, whatever the string names."""
    with pytest.raises(InvalidOfferError, match=r"document 'x': rules\.0"):
        Offer.from_document({"id": "x", "name": "X", "rules": [{"type": name}]})


def test_fault_15_a_rule_is_checked_by_its_own_code() -> None:
    """The types of the registry all are: see test_eligibility for each of them."""
    assert refusals(offer("a", rules=(Distance(at_least=100),)), occasion(distance_miles=99))
