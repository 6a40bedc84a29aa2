"""The examples, columns and counts of docs/data.md."""

import json
import re
from pathlib import Path

import polars as pl
import pytest

from model import datasets
from model.datasets import intelligent_recommendations
from model.datasets.schemas import TABLES
from model.datasets.tables import Tables
from tests.unit.model.datasets import shops
from tests.unit.model.datasets.shops import csv, json_lines, reading
from tests.unit.model.datasets.test_online_retail import SAMPLE

PAGE = (Path(__file__).resolve().parents[4] / "docs" / "data.md").read_text()
EXAMPLES: dict[str, str] = dict(re.findall(r"```\w+ (\S+)\n(.*?)```", PAGE, re.DOTALL))
ROWS = shops.purchases()
PRODUCTS = sorted({row.product for row in ROWS})


def more(name: str) -> str:
    """What fills up an example to a data set: the made-up shop in the same format and columns."""
    match name:
        case "table.csv":
            lines = ((row.shopper, row.product, row.time.isoformat(), "purchase", row.basket) for row in ROWS)
            return csv((*line, *[""] * 6) for line in lines)
        case "online_retail.csv":
            return SAMPLE.read_text().split("\n", 1)[1]
        case "archive/events.jsonl":
            return json_lines(shops.cloud_events(ROWS))
        case "archive/products.jsonl":
            others = (product for product in PRODUCTS if product != "p1")
            return json_lines({"id": each, "name": each, "category": [], "price": 1.0} for each in others)
        case "ga4/events.json":
            return json_lines(shops.ga4_events(ROWS))
        case "contract/Reco_Interactions.csv":
            return shops.interactions(ROWS)
        case "contract/Reco_ItemsAndVariants.csv":
            return csv((product, "", product, "", "") for product in PRODUCTS if product != "p1")
        case "contract/Reco_ItemAndVariantAvailabilities.csv":
            return csv((product, "", "", "", "0", "0") for product in PRODUCTS if product != "p1")
    return ""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """All examples, each in its file, and filled up."""
    for name, text in EXAMPLES.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text + more(name))
    return tmp_path


@pytest.mark.parametrize(
    ("source", "path", "named"),
    [
        ("table", "table.csv", ["Apple Sauce", ["Grocery", "Fruit"]]),
        ("archive", "archive", ["Apple Sauce", ["Grocery", "Fruit", "Apple Sauce"]]),
        ("ga4", "ga4", ["Product p1", ["Kitchen", "Pots"]]),
        ("intelligent-recommendations", "contract", ["Apple Sauce", ["Grocery", "Fruit"]]),
    ],
)
def test_examples_are_read(folder: Path, source: str, path: str, named: list[object]) -> None:
    """Every line of them is used; the shopper who opted out is not."""
    tables = datasets.reader(source).read(reading(folder / path))
    lines = sum(len(EXAMPLES[name].splitlines()) for name in EXAMPLES if name == path or name.startswith(f"{path}/"))
    assert lines > 0
    dropped = {reason: count for reason, count in tables.report.dropped.items() if "opted out" not in reason}
    assert not dropped
    at = pl.lit("2026-03-01 14:05:00").str.to_datetime().dt.replace_time_zone("UTC")
    [row] = tables.interactions.filter(pl.col("time") == at).iter_rows(named=True)
    assert (row["shopper"], row["product"], row["type"]) == ("s1", "p1", "purchase")
    assert list(tables.products.filter(pl.col("id") == "p1").select("name", "category").row(0)) == named


def test_the_example_of_online_retail_is_read(folder: Path) -> None:
    """It is the first line of the real file."""
    tables = datasets.reader("online-retail").read(reading(folder / "online_retail.csv"))
    assert tables.report.read == 572
    assert tables.interactions.filter(pl.col("basket") == "536365")["product"].to_list() == ["85123A"]


def test_the_contract_stands_in_its_order() -> None:
    """Headers of the examples are the columns as they are expected without a header."""
    for name, columns in intelligent_recommendations.ENTITIES.items():
        assert EXAMPLES[f"contract/{name}.csv"].splitlines()[0].split(",") == list(columns)


def test_the_layout_is_told() -> None:
    """Every file with all its columns, in their order."""
    for name, columns in TABLES.items():
        [row] = [line for line in PAGE.splitlines() if line.startswith("|") and f"`{name}.parquet`" in line]
        assert re.findall(r"`(\w+)`", row.split("|")[3]) == list(columns)


def test_every_source_is_named() -> None:
    """In the table at the top, which names no other."""
    table = PAGE.split("| source |")[1].split("\n\n")[0]
    assert set(re.findall(r"^\| `([\w-]+)`", table, re.MULTILINE)) == datasets.READERS.keys()


def test_the_counts_of_the_complete_journey_are_those_of_the_reader(journey_tables: Tables) -> None:
    """Rows read, dropped under each reason, and kept; rows of the other tables."""
    section = PAGE.split("## The Complete Journey")[1].split("\n## ")[0]
    report, others = journey_tables.report, ("offers", "exposures", "redemptions")
    counts = [report.read, *report.dropped.values(), report.kept]
    counts += [journey_tables.frames()[name].height for name in others]
    assert [count for count in counts if f"{count:,}" not in section] == []


def test_examples_are_one_line_each() -> None:
    """Events can be copied into a file as they are."""
    for name, text in EXAMPLES.items():
        if name.endswith((".json", ".jsonl")):
            assert all(isinstance(json.loads(line), dict) for line in text.splitlines())
