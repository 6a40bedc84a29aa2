"""Counting an event in its window."""

from collections.abc import Callable

from functions.analytics.reading import (
    CountedDecision,
    CountedEvent,
    CountedInteraction,
    CountedPerformance,
    CountedPromotion,
)
from functions.analytics.window import Window

UNKNOWN = "unknown"
"""The department of a product that the catalogue does not have."""

type Departments = Callable[[str], str | None]
"""The department of a product id, None when the catalogue does not have it."""


def count(event: CountedEvent, window: Window, department_of: Departments) -> None:
    """Add one event to a window."""
    window.events[event.type] += 1
    match event:
        case CountedInteraction():
            _count_interaction(event, window, department_of)
        case CountedDecision():
            _count_decision(event, window)
        case CountedPerformance():
            window.total_ms.record(event.data.total_ms)
            window.scoring_ms.record(event.data.scoring_ms)
        case CountedPromotion():
            _count_promotion(event, window)
        case _:
            pass  # a visit or a search counts by its type alone


def _count_interaction(event: CountedInteraction, window: Window, department_of: Departments) -> None:
    match event.type:
        case "view_item":
            products, departments = window.product_views, window.department_views
            window.shopper_views[event.subject] += len(event.data.items)
        case "add_to_cart":
            products, departments = window.product_carts, window.department_carts
        case "purchase":
            products, departments = window.product_purchases, window.department_purchases
        case _:
            return
    for item in event.data.items:
        products[item.item_id] += 1
        departments[department_of(item.item_id) or UNKNOWN] += 1


def _count_decision(event: CountedDecision, window: Window) -> None:
    choice = event.data
    window.offers_made[choice.offer] += 1
    window.paths[choice.path] += 1
    window.levels[choice.level] += 1
    window.arms[choice.arm] += 1
    window.models[choice.model] += 1
    if choice.degraded:
        window.degraded["+".join(sorted(choice.degraded))] += 1


def _count_promotion(event: CountedPromotion, window: Window) -> None:
    match event.type:
        case "view_promotion":
            window.offers_shown[event.data.promotion_id] += 1
        case "select_promotion":
            window.offers_clicked[event.data.promotion_id] += 1
        case "coupon_redeemed":
            window.offers_redeemed[event.data.promotion_id] += 1
