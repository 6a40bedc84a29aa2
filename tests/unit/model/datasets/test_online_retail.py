"""Online Retail: a real sample with its dirt, and the whole file where it lies."""

import os
from pathlib import Path

import polars as pl
import pytest

from model.datasets import online_retail, reasons
from model.datasets.dataset import UnusableDataError
from model.datasets.tables import Tables
from tests.unit.model.datasets.shops import reading

ROOT = Path(__file__).resolve().parents[4]
SAMPLE = ROOT / "tests" / "data" / "online_retail_sample.csv"
WHOLE = Path(os.environ.get("ONLINE_RETAIL", ROOT.parent / "shared" / "data" / "online_retail.parquet"))


@pytest.fixture(scope="module")
def sample() -> Tables:
    """571 lines of the real file, as a CSV."""
    return online_retail.read(reading(SAMPLE))


def test_dirt_is_counted_by_reason(sample: Tables) -> None:
    """Every line is either kept or dropped under one reason."""
    assert sample.report.read == 571
    assert sample.report.dropped == {
        reasons.NOT_FOR_SALE: 83,
        reasons.RETURNED: 15,
        reasons.FREE: 8,
        reasons.DUPLICATE: 3,
        reasons.KEPT_ASIDE: 67,
    }
    assert sample.interactions.height == 395


def test_what_is_not_a_product_is_gone(sample: Tables) -> None:
    """Postage, fees, vouchers, manual entries; products with codes out of the ordinary stay."""
    codes = set(sample.products["id"])
    assert not codes & {"POST", "DOT", "M", "D", "S", "B", "C2", "BANK CHARGES", "AMAZONFEE", "CRUK", "GIFT_0001_20"}
    assert {"DCGSSGIRL", "PADS", "15056BL"} <= codes


def test_the_most_frequent_description_is_the_name(tmp_path: Path) -> None:
    """Notes of the stock keepers are not names."""
    lines = SAMPLE.read_text().splitlines()
    first, *rest = [line for line in lines if ",22326," in line]
    renamed = first.replace("ROUND SNACK BOXES SET OF4 WOODLAND", "damages?")
    (tmp_path / "x.csv").write_text("\n".join([lines[0], renamed, *rest, *lines[1:]]))
    products = online_retail.read(reading(tmp_path / "x.csv")).products
    assert products.filter(pl.col("id") == "22326")["name"].item() == "Round Snack Boxes Set Of4 Woodland"


def test_customers_that_are_not_known_are_anonymous(sample: Tables) -> None:
    """Their baskets are kept: they tell what goes together."""
    nobodys = sample.interactions.filter(pl.col("shopper").is_null())
    assert nobodys.group_by("basket").len().filter(pl.col("len") >= 4).height == 4


def test_there_are_no_categories_and_one_trait(sample: Tables) -> None:
    """Nothing is made up: the path is empty, the segment unknown, the country told."""
    assert sample.products["category"].list.len().max() == 0
    assert sample.shoppers["segment"].unique().to_list() == ["unknown"]
    assert sample.shoppers.filter(pl.col("id") == "12413")["traits"].item().to_list() == [
        {"name": "country", "value": "France"}]  # fmt: skip


def test_the_test_is_that_of_the_whole_data(sample: Tables) -> None:
    """Day 302 to 329; nothing later is in the tables."""
    assert sample.about.cut == online_retail.CUT
    assert (sample.interactions["time"].dt.date() < sample.about.end).all()
    assert sample.cut().cut == 302


def test_the_names_of_its_successor_and_windows_text_are_read(sample: Tables, tmp_path: Path) -> None:
    """Online Retail II calls three columns otherwise; a pound sign comes in cp1252."""
    text = SAMPLE.read_text()
    head = "Invoice,StockCode,Description,Quantity,InvoiceDate,Price,Customer ID,Country"
    (tmp_path / "two.csv").write_bytes("\n".join([head, *text.splitlines()[1:]]).encode("cp1252"))
    assert online_retail.read(reading(tmp_path / "two.csv")).interactions.equals(sample.interactions)


def test_a_header_that_is_cut_off_is_refused(tmp_path: Path) -> None:
    """Where it happens to end like a column of the successor."""
    (tmp_path / "x.csv").write_text("InvoiceNo,StockCode,Description,Quantity,Invoice")
    with pytest.raises(UnusableDataError, match="'Invoice' is not known"):
        online_retail.read(reading(tmp_path / "x.csv"))


def test_another_file_is_refused(tmp_path: Path) -> None:
    """All columns that are missing are named."""
    (tmp_path / "x.csv").write_text("shopper,product,time\ns,p,2011-01-01\n")
    with pytest.raises(UnusableDataError) as refused:
        online_retail.read(reading(tmp_path / "x.csv"))
    assert sum("is missing" in fault for fault in refused.value.faults) == 7


@pytest.mark.skipif(not WHOLE.exists(), reason=f"{WHOLE.name} is not there: name it in ONLINE_RETAIL")
def test_the_whole_file_has_the_known_numbers() -> None:
    """Those that the documentation names."""
    tables = online_retail.read(reading(WHOLE))
    assert tables.report.read == 541_909
    assert tables.report.dropped == {
        reasons.NOT_FOR_SALE: 2_946,
        reasons.RETURNED: 10_040,
        reasons.FREE: 1_162,
        reasons.DUPLICATE: 5_223,
        reasons.KEPT_ASIDE: 116_686,
    }
    dataset = tables.cut()
    assert (dataset.cut, dataset.horizon, dataset.purchases["day"].max()) == (302, 28, 329)
    assert dataset.products.height == 2_943
    assert len(set(dataset.past["shopper"]) & set(dataset.future["shopper"])) == 939
