"""Offers and policy of the seed."""

from datetime import UTC, date, datetime

from functions.personalization.assortment import Assortment
from functions.personalization.catalog import Catalog, Product
from functions.personalization.offers import Offer, Policy
from model.datasets.dataset import Dataset
from model.seed import promotions
from model.seed.calendar import Calendar

TODAY = date(2026, 11, 21)


def test_the_policy_is_one_that_the_shop_accepts(journey: Dataset) -> None:
    """Every offer of its lists exists, and the fallback may be made to anybody at any time."""
    made = promotions.offers(journey, Calendar.of(journey, TODAY))
    offers, policy = {offer.id: offer for offer in made}, promotions.policy()
    assert len(offers) == len(made)
    assert {*policy.first, *policy.priority, policy.fallback} <= set(offers)
    assert Policy.from_document(policy.to_document()) == policy
    Assortment(Catalog([Product("p", "P", ("D",), 1.0)]), offers, policy)


def test_rule_offers_of_every_kind_can_be_reached() -> None:
    """One goes before personalized offers, the others come after them."""
    policy = promotions.policy()
    assert policy.first == ("top-shoppers",)
    assert len(policy.priority) == 3


def test_offers_survive_their_documents(journey: Dataset) -> None:
    """What is written is what is read."""
    for offer in promotions.offers(journey, Calendar.of(journey, TODAY)):
        assert Offer.from_document(offer.to_document()) == offer


def test_a_campaign_runs_through_its_last_day(small: Dataset) -> None:
    """It starts at midnight of its first day, and ends at midnight after its last."""
    calendar = Calendar.of(small, small.cut_date)  # no shift
    offer = promotions.offers(small, calendar)[0]
    assert offer.starts == datetime(2020, 3, 1, tzinfo=UTC)
    assert offer.ends == datetime(2020, 3, 22, tzinfo=UTC)


def test_campaigns_are_running_on_the_day_of_seeding(journey: Dataset) -> None:
    """Hundreds of coupons, for thousands of products: there is something to choose from."""
    now = datetime(2026, 11, 21, 12, tzinfo=UTC)
    made = promotions.offers(journey, Calendar.of(journey, TODAY))
    running = [o for o in made if o.starts and o.ends and o.starts <= now < o.ends]
    assert len(running) > 200
    assert len({product for offer in running for product in offer.products}) > 5_000


def test_coupons_for_whole_departments_are_made_once_a_day(journey: Dataset) -> None:
    """They fit everybody; made more often, nobody would be offered anything else."""
    made = promotions.offers(journey, Calendar.of(journey, TODAY))
    wide = [offer for offer in made if len(offer.products) > promotions.WIDE]
    assert len(wide) == 14
    assert {offer.daily_cap for offer in wide} == {1}
