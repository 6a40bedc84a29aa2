"""Who may be made an offer, and when."""

from datetime import datetime
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.personalization.eligibility import OPTED_OUT, Occasion, refusals
from functions.personalization.offers import Dates, Distance, Offer, Rule, Segments, TopShoppers
from functions.personalization.shopper import Memory
from tests.unit.personalization.shop import HOUR, NOW, occasion, offer
from tests.unit.personalization.strategies import PRODUCTS, moments, occasions, offers

RULES: dict[type, tuple[Rule, Occasion, Occasion]] = {
    TopShoppers: (
        TopShoppers(within=2),
        occasion(memory=Memory(views_rank=1)),
        occasion(memory=Memory(views_rank=2)),
    ),
    Distance: (Distance(at_least=100), occasion(distance_miles=100), occasion(distance_miles=99.5)),
    Dates: (Dates(starts=NOW, ends=NOW + HOUR), occasion(NOW), occasion(NOW + HOUR)),
    Segments: (Segments(segments=("families",)), occasion(segment="families"), occasion(segment="singles")),
}
"""For each type of rule one rule, an occasion that meets it, and one that just does not."""
REGISTRY = get_args(get_args(Rule.__value__ if hasattr(Rule, "__value__") else Rule)[0])


def test_every_type_of_rule_of_the_registry_is_tested() -> None:
    """A rule type that is added must be added here, and so to the two tests below."""
    assert set(RULES) == set(REGISTRY)


@pytest.mark.parametrize("kind", REGISTRY)
def test_a_rule_lets_through_who_meets_it(kind: type) -> None:
    """Every rule type of the registry is checked, and can be met."""
    rule, met, _ = RULES[kind]
    assert refusals(offer("a", rules=(rule,)), met) == ()


@pytest.mark.parametrize("kind", REGISTRY)
def test_a_rule_refuses_who_does_not_meet_it(kind: type) -> None:
    """Every rule type of the registry refuses, with a phrase."""
    rule, _, not_met = RULES[kind]
    [refusal] = refusals(offer("a", rules=(rule,)), not_met)
    assert refusal


@pytest.mark.parametrize("kind", [TopShoppers, Distance, Segments])
def test_a_personal_rule_refuses_who_opted_out(kind: type) -> None:
    """A shopper who opted out is not told by rank, distance or segment, though the profile would fit."""
    rule = RULES[kind][0]
    opted_out = occasion(memory=Memory(views_rank=0), distance_miles=150, segment="families", personalize=False)
    assert refusals(offer("a", rules=(rule,)), opted_out) == (OPTED_OUT,)


def test_dates_hold_for_who_opted_out() -> None:
    """A date is nothing personal."""
    rule = Dates(starts=NOW, ends=NOW + HOUR)
    assert refusals(offer("a", rules=(rule,)), occasion(personalize=False)) == ()


@pytest.mark.parametrize("rule", [TopShoppers(), Distance()])
def test_what_is_not_known_does_not_meet_a_rule(rule: Rule) -> None:
    """No rank and no distance are not the rank 0 and the distance 0."""
    assert refusals(offer("a", rules=(rule,)), occasion())


@given(moments, st.none() | moments, st.none() | moments)
def test_an_offer_may_be_made_from_its_start_until_before_its_end(
    now: datetime, starts: datetime | None, ends: datetime | None
) -> None:
    """The start belongs to the window, the end does not, and None is no limit."""
    expected = (starts is None or starts <= now) and (ends is None or now < ends)
    assert (refusals(offer("a", starts=starts, ends=ends), occasion(now)) == ()) is expected


@given(st.integers(0, 5), st.none() | st.integers(1, 5))
def test_a_cap_lets_through_just_so_many(made: int, cap: int | None) -> None:
    """An offer with a cap of n may be made for the n-th time and not once more; without a cap, always."""
    when = occasion(memory=Memory(offered={"a": made, "other": 99}))
    assert (refusals(offer("a", daily_cap=cap), when) == ()) is (cap is None or made < cap)


@given(offers(PRODUCTS), occasions())
def test_an_offer_passes_only_by_all_its_conditions(each: Offer, when: Occasion) -> None:
    """The refusals are those of dates, cap and each rule alone, together."""
    bare = Offer(id=each.id, name=each.name)
    parts = [
        bare.model_copy(update={"starts": each.starts, "ends": each.ends}),
        bare.model_copy(update={"daily_cap": each.daily_cap}),
        *(bare.model_copy(update={"rules": (rule,)}) for rule in each.rules),
    ]
    assert refusals(each, when) == tuple(phrase for part in parts for phrase in refusals(part, when))


def test_phrases_say_what_the_offer_wants_and_not_what_the_shopper_is() -> None:
    """A marketer reads the condition; the shopper's distance, segment and rank are not in it."""
    rules = (Distance(at_least=100, at_most=500), Segments(segments=("singles",)), TopShoppers(within=10))
    when = occasion(distance_miles=42.5, segment="families-of-the-north", memory=Memory(views_rank=777))
    phrases = refusals(offer("a", rules=rules, daily_cap=1, ends=NOW), when)
    assert phrases == (
        "ended at 2026-11-01 12:00 UTC",
        "is only for shoppers 100 to 500 miles from their store",
        "is only for shoppers of other segments",
        "is only for the 10 shoppers with the most views in the last day",
    )
