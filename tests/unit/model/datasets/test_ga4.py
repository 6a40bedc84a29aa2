"""A GA4 export."""

from pathlib import Path
from typing import Any

from model.datasets import ga4, reasons
from model.datasets.tables import Tables
from tests.unit.model.datasets import shops
from tests.unit.model.datasets.shops import json_lines, reading

ROWS = shops.purchases()
EVENTS = list(shops.ga4_events(ROWS))


def read(folder: Path, events: list[dict[str, Any]]) -> Tables:
    """The tables of an export of these events."""
    (folder / "export.json").write_text(json_lines(events))
    return ga4.read(reading(folder / "export.json"))


def test_an_export_is_read(tmp_path: Path) -> None:
    """Numbers that BigQuery writes as text, categories by level, baskets by transaction, sessions by device."""
    tables = read(tmp_path, EVENTS)
    assert tables.interactions.height == len(EVENTS)
    assert tables.products.row(0, named=True) == {
        "id": "p0", "name": "Product p0", "category": ["Kitchen", "Pots"], "price": None}  # fmt: skip
    assert tables.interactions["basket"].n_unique() == len({row.basket for row in ROWS})
    assert tables.cut().products["price"].unique().to_list() == [2.5]
    first = tables.interactions.row(0, named=True)
    assert first["session"] == f"device-{first['shopper']} {int(first['time'].timestamp())}"


def test_who_did_not_log_in_is_known_by_device(tmp_path: Path) -> None:
    """The user's id where there is one."""
    anonymous = [{**event, "user_id": None} for event in EVENTS]
    assert read(tmp_path, anonymous).shoppers["id"].str.starts_with("device-").all()
    assert not read(tmp_path, EVENTS).shoppers["id"].str.starts_with("device-").any()


def test_not_set_is_nothing(tmp_path: Path) -> None:
    """A product that GA4 does not know is no product, a transaction without a number no basket."""
    strange = {**EVENTS[0], "ecommerce": {"transaction_id": "(not set)"}, "items": [{"item_id": "(not set)"}]}
    unknown = {**EVENTS[0], "ecommerce": None, "items": [{"item_id": "p1", "quantity": None, "price": None}]}
    tables = read(tmp_path, [*EVENTS, strange, unknown])
    assert tables.report.dropped == {reasons.NO_PRODUCT: 1}
    assert tables.interactions.filter(tables.interactions["basket"].is_null()).height == 1


def test_promotions_are_offers(tmp_path: Path) -> None:
    """Those viewed are exposures; clicks stand for redemptions, and the report says so."""
    item = {"item_id": "p1", "promotion_id": "spring", "promotion_name": "Spring sale"}
    shown = {**EVENTS[0], "event_name": "view_promotion", "items": [item, {**item, "item_id": "p2"}]}
    clicked = {**EVENTS[5], "event_name": "select_promotion", "items": [item]}
    tables = read(tmp_path, [*EVENTS, shown, clicked])
    [offer] = tables.offers.iter_rows(named=True)
    assert (offer["id"], offer["name"], offer["products"]) == ("spring", "Spring sale", ["p1", "p2"])
    assert (tables.exposures.height, tables.redemptions.height) == (1, 1)
    assert "1 clicks" in tables.report.notes[0]


def test_other_events_are_counted_and_passed_over(tmp_path: Path) -> None:
    """Page views and scrolls; what has no name or time is no event."""
    others = [{**EVENTS[0], "event_name": "page_view", "items": []}, {"event_name": "scroll", "event_timestamp": 1}]
    dropped = read(tmp_path, [*EVENTS, *others, {"event_name": "purchase"}]).report.dropped
    assert dropped == {reasons.OTHER_KIND: 2, reasons.NOT_AN_EVENT: 1}


def test_a_promotion_at_no_time_is_no_offer(tmp_path: Path) -> None:
    """The exposure is dropped, and told."""
    item = {"promotion_id": "spring"}
    never = {**EVENTS[0], "event_name": "view_promotion", "items": [item], "event_timestamp": -1}
    tables = read(tmp_path, [*EVENTS, never])
    assert (tables.offers.height, tables.exposures.height) == (0, 0)
    assert tables.report.notes == (f"1 exposures dropped: {reasons.NO_TIME}",)


def test_events_that_tell_less_of_a_product_take_nothing_away(tmp_path: Path) -> None:
    """Lists often have no categories, and come after the purchases in the export."""
    bare = {**EVENTS[-1], "event_name": "view_item_list", "items": [{"item_id": "p0"}]}
    assert read(tmp_path, [*EVENTS, bare]).products.equals(read(tmp_path, EVENTS).products)
