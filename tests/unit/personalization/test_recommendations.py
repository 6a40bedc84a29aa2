"""Which products a shopper is likely to want, of those that can be shown."""

import numpy as np
from hypothesis import given

from functions.personalization.assortment import Affinities, Assortment
from functions.personalization.catalog import Catalog, Product
from functions.personalization.eligibility import Occasion
from functions.personalization.offers import Policy
from functions.personalization.recommendations import (
    MAX_AFFINITY,
    Scored,
    from_affinities,
    from_model,
    over_fetch,
)
from functions.personalization.shopper import Memory
from tests.unit.personalization.shop import CATALOG, FALLBACK, HOUR, NOW, TASTE, occasion, shop
from tests.unit.personalization.strategies import occasions, shops, whole_shops


def _scored(*products: tuple[str, float]) -> Scored:
    return Scored(tuple(name for name, _ in products), np.array([s for _, s in products], dtype=np.float32))


def _cold(families: Affinities) -> Assortment:
    policy = Policy(fallback=FALLBACK.id)
    return Assortment(CATALOG, {FALLBACK.id: FALLBACK}, policy, {"families": families}, TASTE)


def test_the_model_s_best_available_products_come_in_its_order() -> None:
    """What is gone, not yet there, or unknown is left out; the policy's number is kept."""
    catalog = Catalog(
        [
            Product("old", "Old", ("food",), 1, available_until=NOW),
            Product("new", "New", ("food",), 1, available_from=NOW + HOUR),
            *(Product(name, name, ("food",), 1) for name in ("a", "b", "c")),
        ]
    )
    scored = _scored(("old", 6), ("c", 5), ("gone", 4), ("new", 3), ("a", 2), ("b", 1))
    found = from_model(scored, shop(catalog=catalog, likely_products=2), occasion())
    assert (found.products, found.affinities.tolist(), found.source) == (("c", "a"), [5.0, 2.0], "model")
    assert [catalog.ids[row] for row in found.rows] == ["c", "a"]


def test_the_model_is_asked_for_more_than_is_needed() -> None:
    """So that enough is left after filtering; never for more than there is, never for nothing."""
    assert over_fetch(shop(likely_products=1)) == len(CATALOG)
    products = [Product(str(number), "", ("food",), 1) for number in range(500)]
    assert over_fetch(shop(catalog=Catalog(products), likely_products=100)) == 220
    assert over_fetch(shop(catalog=Catalog([]))) == 1


def test_the_shopper_s_own_list_comes_first() -> None:
    """Then the segment's, then everyone's."""
    assortment = _cold(families=(("soap", 1.0),))
    assert from_affinities(assortment, occasion(memory=Memory(affinity=(("beer", 1.0),)))).products == ("beer",)
    assert from_affinities(assortment, occasion()).products == ("soap",)
    assert from_affinities(assortment, occasion(segment="unheard-of")).source == "everyone"


def test_a_list_with_nothing_available_gives_way_to_the_next() -> None:
    """A shopper whose own products are all gone gets the segment's."""
    assortment = _cold(families=(("soap", 1.0),))
    found = from_affinities(assortment, occasion(memory=Memory(affinity=(("gone", 1.0),))))
    assert (found.source, found.products) == ("segment", ("soap",))


def test_who_opted_out_gets_everyone_s() -> None:
    """Neither the own list nor the segment's is read."""
    assortment = _cold(families=(("soap", 1.0),))
    found = from_affinities(assortment, occasion(memory=Memory(affinity=(("beer", 1.0),)), personalize=False))
    assert (found.source, found.products) == ("everyone", tuple(product for product, _ in TASTE))


def test_nothing_known_of_anybody_recommends_nothing() -> None:
    """An empty shop is answered with an empty list, not with an error."""
    assortment = Assortment(CATALOG, {FALLBACK.id: FALLBACK}, Policy(fallback=FALLBACK.id))
    assert from_affinities(assortment, occasion()).products == ()


@whole_shops
@given(shops(), occasions())
def test_affinities_fit_an_event(assortment: Assortment, when: Occasion) -> None:
    """Whatever was computed beforehand: finite, not negative, bounded, and of products that can be shown."""
    found = from_affinities(assortment, when)
    assert ((found.affinities >= 0) & (found.affinities <= MAX_AFFINITY)).all()
    assert len(found.products) == len(found.rows) == len(found.affinities)
    assert assortment.catalog.available(found.rows, when.now).all()
