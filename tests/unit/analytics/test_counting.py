"""What each kind of event counts as."""

from functions.analytics.counting import count
from functions.analytics.quick import read_all
from functions.analytics.window import Window
from functions.events import InvalidEventError
from tests.unit.analytics.shop_events import body, decision, performance, promotion


def window_of(*bodies: bytes) -> Window:
    window = Window()
    events = [event for message in read_all(bodies) for event in message if not isinstance(event, InvalidEventError)]
    assert len(events) == len(bodies)
    count(events, window, {"p1": "GROCERY", "p2": "DELI"}.get)
    return window


def items(*products: str) -> list[dict[str, str]]:
    return [{"item_id": product} for product in products]


def test_views_carts_and_purchases_count_for_product_and_department() -> None:
    """Each item counts once for its product and for its department, whatever its quantity."""
    window = window_of(
        body("view_item", "1", items=items("p1")),
        body("add_to_cart", "2", items=[{"item_id": "p1", "quantity": 3}]),
        body("purchase", "3", items=items("p1", "p2")),
    )
    assert (window.product_views, window.product_carts) == ({"p1": 1}, {"p1": 1})
    assert window.product_purchases == {"p1": 1, "p2": 1}
    assert window.department_purchases == {"GROCERY": 1, "DELI": 1}


def test_a_product_that_the_catalogue_does_not_have_is_of_an_unknown_department() -> None:
    """Views of strange products are not lost."""
    assert window_of(body("view_item", "1", items=items("gone"))).department_views == {"unknown": 1}


def test_only_views_make_a_shopper_active() -> None:
    """Top shoppers are those who look at products; a list or a purchase is no view."""
    window = window_of(
        body("view_item", "1", shopper="s1", items=items("p1", "p2")),
        body("view_item_list", "2", shopper="s2", items=items("p1")),
        body("purchase", "3", shopper="s3", items=items("p1")),
    )
    assert window.shopper_views == {"s1": 2}


def test_a_click_is_not_an_offer_made() -> None:
    """Fault 7 of the original: clicks must not inflate the impressions."""
    window = window_of(promotion("select_promotion", "1", "o1"))
    assert window.offers_clicked == {"o1||||": 1}
    assert not window.offers_made
    assert not window.offers_shown


def test_an_offer_is_followed_from_decision_to_redemption() -> None:
    """Made, shown, clicked and redeemed are counted apart."""
    window = window_of(
        decision("1"),
        promotion("view_promotion", "2"),
        promotion("select_promotion", "3"),
        promotion("coupon_redeemed", "4"),
    )
    told = window.offers_shown, window.offers_clicked, window.offers_redeemed
    assert told == ({"o1||||": 1},) * 3
    assert window.offers_made == {"o1|home||warm|m1": 1}


def test_a_decision_says_how_it_came_about() -> None:
    """Path, level, arm, model and what was down are counted."""
    window = window_of(
        decision("1"), decision("2", path="cold", level="fallback", model="none", degraded=["redis", "cosmos"])
    )
    assert window.paths == {"warm": 1, "cold": 1}
    assert window.levels == {"affinity": 1, "fallback": 1}
    assert window.models == {"m1": 1, "none": 1}
    assert window.degraded == {"cosmos+redis": 1}


def test_timings_are_recorded_whole() -> None:
    """Fault 8 of the original: a duration of 1,200 ms counts as 1,200, not as the milliseconds beyond the second."""
    slow = window_of(performance("1", total_ms=1_200, scoring_ms=0.5)).total_ms.quantile(0.5)
    assert slow is not None
    assert 1_176 <= slow <= 1_224


def test_a_visit_counts_by_its_type() -> None:
    """Events without counters of their own are still events."""
    window = window_of(body("session_start", "1"), body("search", "2", search_term="milk"))
    assert window.events == {"session_start": 1, "search": 1}
