"""Shops, shoppers and occasions of any kind, for property tests."""

from collections.abc import Sequence
from datetime import timedelta

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from functions.personalization.assortment import Assortment
from functions.personalization.eligibility import Occasion
from functions.personalization.offers import Dates, Distance, Offer, Rule, Segments, TopShoppers
from functions.personalization.shopper import Memory, Shopper
from tests.unit.personalization.shop import NOW, TASTE, shop

PRODUCTS = [product for product, _ in TASTE]
SEGMENTS = ["families", "singles"]
DEPARTMENTS = ["food", "household", "garden"]

whole_shops = settings(max_examples=50, suppress_health_check=[HealthCheck.too_slow])
"""For tests that draw a whole shop for each example."""

moments = st.integers(-48, 48).map(lambda hours: NOW + timedelta(hours=hours))
affinities = st.dictionaries(
    st.sampled_from(DEPARTMENTS), st.floats() | st.sampled_from([0.0, 1e-320, 1e300, -1.0]), max_size=3
)
rules: st.SearchStrategy[Rule] = st.one_of(
    st.builds(TopShoppers, within=st.integers(1, 3)),
    st.builds(Distance, at_least=st.integers(0, 100), at_most=st.integers(50, 200)),
    st.builds(Dates, starts=moments, ends=moments),
    st.builds(Segments, segments=st.lists(st.sampled_from(SEGMENTS), min_size=1, max_size=2).map(tuple)),
)


def offers(products: Sequence[str], ids: st.SearchStrategy[str] | None = None) -> st.SearchStrategy[Offer]:
    """Offers on some of the products, or on none."""
    return st.builds(
        Offer,
        id=ids or st.text("abcdef", min_size=1, max_size=3),
        name=st.just("Offer"),
        products=st.lists(st.sampled_from(products), max_size=4).map(tuple),
        starts=st.none() | moments,
        ends=st.none() | moments,
        rules=st.lists(rules, max_size=2).map(tuple),
        daily_cap=st.none() | st.integers(1, 3),
    )


@st.composite
def shops(draw: st.DrawFn) -> Assortment:
    """A shop with up to eight offers, of which some are on the priority list."""
    made = draw(st.lists(offers(PRODUCTS), max_size=8, unique_by=lambda offer: offer.id))
    some = st.sampled_from([offer.id for offer in made] or ["gone"])
    return shop(
        made,
        threshold=draw(st.sampled_from([0.0, 0.1, 0.5, 1.0])),
        first=draw(st.lists(some, max_size=1)),
        priority=draw(st.lists(some, max_size=4)),
        exploration=draw(st.sampled_from([0.0, 0.05, 0.5, 1.0])),
        holdout=draw(st.sampled_from([0.0, 0.5, 1.0])),
    )


@st.composite
def occasions(draw: st.DrawFn) -> Occasion:
    """Any shopper, within two days of the shop's dates."""
    shopper = Shopper(
        id=draw(st.text("abc", min_size=1, max_size=4)),
        segment=draw(st.sampled_from(SEGMENTS)),
        affinities=draw(affinities),
        personalize=draw(st.booleans()),
        distance_miles=draw(st.none() | st.floats(0, 300)),
    )
    memory = Memory(
        offered=draw(st.dictionaries(st.text("abcdef", min_size=1, max_size=3), st.integers(0, 3), max_size=5)),
        affinity=tuple(draw(st.lists(st.tuples(st.sampled_from([*PRODUCTS, "gone"]), st.floats()), max_size=4))),
        views_rank=draw(st.none() | st.integers(0, 4)),
    )
    return Occasion(shopper, memory, draw(moments))
