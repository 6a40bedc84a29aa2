"""The data contract of Intelligent Recommendations."""

import json
from pathlib import Path

import pytest

from model.datasets import intelligent_recommendations as contract
from model.datasets import reasons
from model.datasets.dataset import MissingDataError, UnusableDataError
from model.datasets.tables import Tables
from tests.unit.model.datasets import shops
from tests.unit.model.datasets.shops import csv, reading

ROWS = shops.purchases()
ITEMS = [(f"p{row}", "", f"Pot {row}", "A pot", "2020-01-01T00:00:00.000Z") for row in range(shops.PRODUCTS)]
ALWAYS = ("0001-01-01T00:00:00.000Z", "9999-12-31T23:59:59.999Z", "0", "0")


def read(root: Path, **entities: str) -> Tables:
    """The tables of a folder with these entities, interactions among them."""
    for name, text in {contract.EVENTS: shops.interactions(ROWS), **entities}.items():
        (root / f"{name}.csv").write_text(text)
    return contract.read(reading(root))


def test_interactions_alone_are_enough(tmp_path: Path) -> None:
    """As the contract has it; the report says that nothing is known of availability."""
    tables = read(tmp_path)
    assert tables.interactions.height == len(ROWS)
    assert tables.interactions["type"].unique().to_list() == ["purchase"]
    assert contract.AVAILABLE in tables.report.notes[0]
    assert tables.cut().products["price"].unique().to_list() == [0.0]


def test_headers_make_no_difference(tmp_path: Path) -> None:
    """With a header the columns may stand in any order, and have attributes of the shop's own."""
    plain = read(tmp_path)
    head = "UserId,TimeStamp,ItemId,InteractionGroupingId,StringAttribute1"
    lines = (f"{row.shopper},{row.time.isoformat()},{row.product},{row.basket},x" for row in ROWS)
    headed = read(tmp_path, **{contract.EVENTS: "\n".join([head, *lines])})
    assert headed.interactions.equals(plain.interactions)


def test_the_order_is_that_of_model_json(tmp_path: Path) -> None:
    """Where there is one, columns it names and we do not know included."""
    plain = read(tmp_path)
    order = ["UserId", "Channel", "TimeStamp", "ItemId", "InteractionGroupingId"]
    entities = [{"name": contract.EVENTS, "attributes": [{"name": name} for name in order]}]
    (tmp_path / contract.MODEL).write_text(json.dumps({"entities": entities}))
    lines = ((row.shopper, "web", row.time.isoformat(), row.product, row.basket) for row in ROWS)
    assert read(tmp_path, **{contract.EVENTS: csv(lines)}).interactions.equals(plain.interactions)


def test_entities_may_have_many_files(tmp_path: Path) -> None:
    """A folder of an entity's name with partitions in it."""
    lines = shops.interactions(ROWS).splitlines(keepends=True)
    folder = tmp_path / contract.EVENTS
    folder.mkdir()
    (folder / "part-1.csv").write_text("".join(lines[:100]))
    (folder / "part-2.csv").write_text("".join(lines[100:]))
    assert contract.read(reading(tmp_path)).interactions.height == len(ROWS)


def test_items_have_titles_and_filters(tmp_path: Path) -> None:
    """Category and price are filters; an item with variants has its own title, not theirs."""
    variant = ("p1", "v1", "Red pot 1", "", "")
    filters = [("p1", "", "Category", "Kitchen > Pots", "Textual"), ("p1", "", "Price", "12.5", "Numeric")]
    tables = read(tmp_path, **{contract.ITEMS: csv([variant, *ITEMS]), contract.FILTERS: csv(filters)})
    by_id = {row["id"]: row for row in tables.products.iter_rows(named=True)}
    assert by_id["p1"] == {"id": "p1", "name": "Pot 1", "category": ["Kitchen", "Pots"], "price": 12.5}
    assert by_id["p2"] == {"id": "p2", "name": "Pot 2", "category": [], "price": None}


def test_items_without_availability_are_not_in_the_catalogue(tmp_path: Path) -> None:
    """Nor those that could no longer be had when the data ends."""
    ended = ("p1", "", ALWAYS[0], "2026-01-31T00:00:00.000Z", "0", "0")
    windows = [ended, *((f"p{row}", "", *ALWAYS) for row in range(2, shops.PRODUCTS))]
    tables = read(tmp_path, **{contract.ITEMS: csv(ITEMS), contract.AVAILABLE: csv(windows)})
    assert set(tables.products["id"]) == {f"p{row}" for row in range(2, shops.PRODUCTS)}
    lost = sum(row.product in {"p0", "p1"} for row in ROWS)
    assert tables.report.dropped == {reasons.NOT_IN_CATALOGUE: lost}


def test_a_date_in_the_future_ends_no_availability(tmp_path: Path) -> None:
    """An interaction of the year 2099 is a mistake; what can be had today is in the catalogue."""
    windows = [(f"p{row}", "", ALWAYS[0], "2030-01-01T00:00:00.000Z", "0", "0") for row in range(shops.PRODUCTS)]
    events = shops.interactions(ROWS) + "b,p1,,s1,Transaction,2099-01-01T00:00:00.000Z\n"
    tables = read(tmp_path, **{contract.EVENTS: events, contract.AVAILABLE: csv(windows)})
    assert tables.products.height == shops.PRODUCTS
    assert tables.report.dropped == {reasons.WRONG_DATE: 1}


def test_empty_entities_are_as_good_as_none(tmp_path: Path) -> None:
    """The contract allows them."""
    assert read(tmp_path, **{contract.ITEMS: "", contract.OPTED_OUT: ""}).interactions.equals(
        read(tmp_path).interactions
    )


def test_who_opted_out_is_not_learned_from(tmp_path: Path) -> None:
    """Not one interaction of theirs is left."""
    tables = read(tmp_path, **{contract.OPTED_OUT: csv([("s1", "2026-01-01T00:00:00.000Z")])})
    assert "s1" not in set(tables.interactions["shopper"])
    assert "s1" not in set(tables.shoppers["id"])
    assert tables.report.dropped == {reasons.OPTED_OUT: sum(row.shopper == "s1" for row in ROWS)}


def test_visitors_without_an_id_are_anonymous(tmp_path: Path) -> None:
    """As the contract has it: their baskets still tell what goes together."""
    lines = [f"b{day},p{day % 5},,,Transaction,2026-01-{day:02}T00:00:00Z\n" for day in range(6, 30)]
    tables = read(tmp_path, **{contract.EVENTS: shops.interactions(ROWS) + "".join(lines)})
    assert tables.interactions["shopper"].null_count() == len(lines)
    assert tables.cut().anonymous.height == len(lines)


def test_faults_of_all_entities_are_told_at_once(tmp_path: Path) -> None:
    """Unknown columns of one, damage of another."""
    with pytest.raises(UnusableDataError) as refused:
        read(tmp_path, **{contract.ITEMS: "ItemId,Colour\np1,red\n", contract.OPTED_OUT: "\0"})
    assert any("'Colour' is not known" in fault for fault in refused.value.faults)
    assert any(contract.OPTED_OUT in fault for fault in refused.value.faults)


def test_without_interactions_there_is_nothing_to_learn(tmp_path: Path) -> None:
    """One is told which entity is missing."""
    (tmp_path / f"{contract.ITEMS}.csv").write_text(csv(ITEMS))
    with pytest.raises(MissingDataError, match=contract.EVENTS):
        contract.read(reading(tmp_path))
    with pytest.raises(MissingDataError, match="not a folder"):
        contract.read(reading(tmp_path / f"{contract.ITEMS}.csv"))


def test_a_broken_model_json_is_refused(tmp_path: Path) -> None:
    """Rather than guessing the order of the columns."""
    (tmp_path / contract.MODEL).write_text("[]")
    with pytest.raises(UnusableDataError, match="not a model of entities"):
        read(tmp_path)
