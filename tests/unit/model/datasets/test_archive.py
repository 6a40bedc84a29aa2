"""The archive of the system's own events."""

import gzip
import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from functions.personalization.catalog import Product
from functions.personalization.offers import Offer
from model.datasets import archive, reasons
from model.datasets.dataset import MissingDataError, UnusableDataError
from model.datasets.found import Reading
from tests.unit.model.datasets import shops
from tests.unit.model.datasets.shops import FIRST, json_lines, reading

EVENTS = list(shops.cloud_events(shops.purchases()))


def event(kind: str, number: int, data: dict[str, Any], day: int = 3) -> dict[str, Any]:
    """An event of another type of shopper s1."""
    time = (FIRST + timedelta(days=day)).isoformat()
    head = {"specversion": "1.0", "id": f"{kind}-{number}", "source": "/shop", "subject": "s1", "time": time}
    return {**head, "type": kind, "data": data}


def decision(number: int, offer: str) -> dict[str, Any]:
    """The decision to make shopper s1 an offer."""
    chosen = {"action_id": f"a{number}", "offer": offer, "placement": "home", "level": "affinity"}
    how = {"arm": "personalized", "probability": 0.5, "model": "none", "path": "warm"}
    return event("decision", number, {**chosen, **how, "products": [], "considered": [], "reasons": []})


def test_a_lake_is_read(tmp_path: Path) -> None:
    """Folders in folders, lines and arrays, plain and compressed; each event once, however often it was written."""
    half = len(EVENTS) // 2
    (tmp_path / "2026" / "01").mkdir(parents=True)
    (tmp_path / "2026" / "01" / "a.jsonl").write_text(json_lines(EVENTS[:half]))
    (tmp_path / "2026" / "b.json.gz").write_bytes(gzip.compress(json.dumps(EVENTS[half:], indent=1).encode()))
    (tmp_path / "c.ndjson").write_text(json.dumps(EVENTS[:10]) + "\n")
    (tmp_path / "readme.txt").write_text("not read")
    tables = archive.read(reading(tmp_path))
    assert tables.interactions.height == len(EVENTS)
    assert tables.report.dropped == {reasons.DUPLICATE: 10}
    assert tables.interactions["session"].null_count() == 0


def test_events_and_rows_that_come_again_are_counted_together(tmp_path: Path) -> None:
    """An id that was there before, and a product that an event names twice."""
    doubled = event("purchase", 1, {"items": [{"item_id": "p1"}, {"item_id": "p1"}]})
    (tmp_path / "a.jsonl").write_text(json_lines([*EVENTS, EVENTS[0], doubled]))
    report = archive.read(reading(tmp_path)).report
    assert report.dropped == {reasons.DUPLICATE: 2}
    assert report.kept == len(EVENTS) + 1


def test_progress_is_told(tmp_path: Path) -> None:
    """In bytes, up to the last."""
    (tmp_path / "a.jsonl").write_text(json_lines(EVENTS))
    told: list[tuple[int, int]] = []
    archive.read(Reading(tmp_path, shops.NOW, lambda *progress: told.append(progress)))
    assert told == sorted(told)
    assert told[-1] == ((tmp_path / "a.jsonl").stat().st_size,) * 2


def test_decisions_are_exposures(tmp_path: Path) -> None:
    """And what was redeemed counts, not what was clicked."""
    offered = [decision(1, "o1"), decision(2, "o2")]
    used = [
        event("select_promotion", 1, {"promotion_id": "o1"}),
        event("coupon_redeemed", 1, {"promotion_id": "o2"}, 4),
    ]
    (tmp_path / "a.jsonl").write_text(json_lines([*EVENTS, *offered, *used]))
    tables = archive.read(reading(tmp_path))
    assert tables.exposures["offer"].to_list() == ["o1", "o2"]
    assert tables.redemptions["offer"].to_list() == ["o2"]
    assert tables.offers["id"].to_list() == ["o1", "o2"]
    assert tables.report.notes == ()


def test_clicks_stand_for_redemptions_where_there_are_none(tmp_path: Path) -> None:
    """The report says so."""
    clicked = event("select_promotion", 1, {"promotion_id": "o1"})
    (tmp_path / "a.jsonl").write_text(json_lines([*EVENTS, decision(1, "o1"), clicked]))
    tables = archive.read(reading(tmp_path))
    assert tables.redemptions["offer"].to_list() == ["o1"]
    assert "1 clicks on offers stand for redemptions" in tables.report.notes[0]


def test_other_events_say_nothing_of_products(tmp_path: Path) -> None:
    """Searches and timings are counted and passed over; what is no event of ours is a fault."""
    timing = {"decision_id": "d", "total_ms": 1, "scoring_ms": 1, "path": "warm"}
    others = [event("search", 1, {"search_term": "pots"}), event("performance", 1, timing), {"no": "event"}, 7]
    (tmp_path / "a.jsonl").write_text(json_lines([*EVENTS, *others]))
    dropped = archive.read(reading(tmp_path)).report.dropped
    assert dropped == {reasons.OTHER_KIND: 2, reasons.NOT_AN_EVENT: 2}


def test_the_shops_own_documents_are_the_catalogue(tmp_path: Path) -> None:
    """Names, categories and prices come from there; events of other products are dropped."""
    products = [Product(f"p{row}", f"Pot {row}", ("Kitchen",), 4.0) for row in range(1, shops.PRODUCTS)]
    offers = [Offer(id="o1", name="Pots", campaign="c", products=("p1",)), Offer(id="o2", name="Anything")]
    (tmp_path / archive.PRODUCTS).write_text(json_lines(product.to_document() for product in products))
    (tmp_path / archive.OFFERS).write_text(json_lines(offer.to_document() for offer in offers))
    (tmp_path / "a.jsonl").write_text(json_lines([*EVENTS, decision(1, "o1"), decision(2, "o3")]))
    tables = archive.read(reading(tmp_path))
    without = sum(item["data"]["items"][0]["item_id"] == "p0" for item in EVENTS)
    assert tables.report.dropped == {reasons.NOT_IN_CATALOGUE: without}
    assert tables.cut().products.row(0, named=True) == {
        "id": "p1", "name": "Pot 1", "category": ["Kitchen"], "price": 4.0}  # fmt: skip
    assert tables.offers["id"].to_list() == ["o1", "o2", "o3"]
    assert tables.cut().offers["id"].to_list() == ["o1"]


def test_a_wrong_catalogue_is_refused(tmp_path: Path) -> None:
    """The lines are named."""
    (tmp_path / archive.PRODUCTS).write_text('{"id": "p1"}\n7\n')
    (tmp_path / "a.jsonl").write_text(json_lines(EVENTS))
    with pytest.raises(UnusableDataError, match="line 1"):
        archive.read(reading(tmp_path))


def test_a_folder_without_events_is_told(tmp_path: Path) -> None:
    """With the endings that are looked for."""
    with pytest.raises(MissingDataError, match="jsonl"):
        archive.read(reading(tmp_path))


def test_files_that_are_cut_off_are_all_named(tmp_path: Path) -> None:
    """An archive with a hole is not silently read."""
    whole = gzip.compress(json_lines(EVENTS).encode())
    for name in ("a.jsonl.gz", "b.jsonl.gz"):
        (tmp_path / name).write_bytes(whole[: len(whole) // 2])
    with pytest.raises(UnusableDataError) as refused:
        archive.read(reading(tmp_path))
    assert [fault.split()[0] for fault in refused.value.faults] == ["a.jsonl.gz", "b.jsonl.gz"]


def test_exposures_that_cannot_be_used_are_told(tmp_path: Path) -> None:
    """Under their reasons, as notes of the report."""
    future = decision(1, "o1") | {"time": "2027-01-01T00:00:00Z"}
    (tmp_path / "a.jsonl").write_text(json_lines([*EVENTS, decision(2, "o1"), future]))
    tables = archive.read(reading(tmp_path))
    assert tables.exposures.height == 1
    assert tables.report.notes == (f"1 exposures dropped: {reasons.WRONG_DATE}",)
