"""A table of one's own."""

from pathlib import Path

import polars as pl
import pytest

from model.datasets import reasons, table
from model.datasets.dataset import MissingDataError, UnusableDataError
from model.datasets.tables import Tables
from tests.unit.model.datasets import shops
from tests.unit.model.datasets.shops import reading

ROWS = shops.purchases()


def read(folder: Path, text: str | bytes, name: str = "shop.csv") -> Tables:
    """The tables of a file with this content."""
    (folder / name).write_bytes(text if isinstance(text, bytes) else text.encode())
    return table.read(reading(folder / name))


def dropped(folder: Path, *lines: str, head: str = "shopper,product,time,basket,quantity,price") -> dict[str, int]:
    """What is dropped of these lines, which come after sound ones."""
    return dict(read(folder, shops.table(ROWS) + "".join(f"{line}\n" for line in lines)).report.dropped)


def test_a_shop_is_read(tmp_path: Path) -> None:
    """Every row, every shopper and every product; the last four weeks are the test."""
    tables = read(tmp_path, shops.table(ROWS))
    assert tables.interactions.height == tables.report.read == len(ROWS)
    assert (tables.shoppers.height, tables.products.height) == (shops.SHOPPERS, shops.PRODUCTS)
    assert (tables.about.name, tables.about.horizon, tables.about.target) == ("shop", 28, "purchase")
    assert tables.cut().products["price"].unique().to_list() == [2.5]


def test_parquet_and_other_separators_are_the_same(tmp_path: Path) -> None:
    """Semicolons, tabs, a byte order mark, compression, and Parquet with types of its own."""
    plain = read(tmp_path, shops.table(ROWS))
    for text in (
        shops.table(ROWS).replace(",", ";"),
        shops.table(ROWS).replace(",", "\t"),
        "\ufeff" + shops.table(ROWS),
    ):
        assert read(tmp_path, text).interactions.equals(plain.interactions)
    typed = pl.read_csv(tmp_path / "shop.csv", try_parse_dates=True)
    typed.write_parquet(tmp_path / "shop.parquet")
    assert table.read(reading(tmp_path / "shop.parquet")).interactions.equals(plain.interactions)


def test_rows_with_faults_are_counted_by_reason(tmp_path: Path) -> None:
    """Each under the first that applies; all others are kept."""
    assert dropped(
        tmp_path,
        "s1,,2026-03-01,b,1,1",
        "s1,p1,soon,b,1,1",
        "s1,p1,2027-01-01,b,1,1",
        "s1,p1,1970-01-01,b,1,1",
        ",p1,2026-03-01,,1,1",
        "s 1,p1,2026-03-01,b,1,1",
        f"s1,{'p' * 129},2026-03-01,b,1,1",
        "s1,p1,2026-03-01,b,many,1",
        "s1,p1,2026-03-01,b,1,1e308",
        "s1,p1,2026-03-01,b,1,-3",
        "s1,p1,2026-03-01,b,-1,1",
        "s1,p1,2026-03-01,b,1,1",
        "s1,p1,2026-03-01,b,1,1",
    ) == {
        reasons.NO_PRODUCT: 1,
        reasons.NO_TIME: 1,
        reasons.WRONG_DATE: 2,
        reasons.ALONE: 1,
        reasons.BAD_ID: 2,
        reasons.NOT_A_NUMBER: 3,
        reasons.RETURNED: 1,
        reasons.DUPLICATE: 1,
    }


def test_a_few_dates_far_away_do_not_move_the_test(tmp_path: Path) -> None:
    """A row of years ago is a mistake, not the beginning."""
    tables = read(tmp_path, shops.table(ROWS) + "s1,p1,2001-01-01,b,1,1\n")
    assert tables.report.dropped == {reasons.STRAY_DATE: 1}
    assert tables.about == read(tmp_path, shops.table(ROWS)).about


def test_every_fault_of_the_columns_is_told_at_once(tmp_path: Path) -> None:
    """What is missing, what is not known, and what the columns are."""
    with pytest.raises(UnusableDataError) as refused:
        read(tmp_path, "shopper,item,when\ns1,p1,2026-01-01\n")
    told = str(refused.value)
    assert all(
        part in told for part in ("'product' is missing", "'time' is missing", "'item' is not known", "the columns")
    )


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("", "it is empty"),
        ("shopper,product,time\n", "nothing is left"),
        (b"PK\x03\x04\x00\x00", r"binary data: save it as CSV"),
        ("shopper,product,time\ns1,p1,2026-01-01,more\n", "damaged"),
        ("shopper,product,time\ns1,p1,2026-01-01\ns1,p1,2026-01-02\n", "span 2 of the 4 days"),
        (shops.table(ROWS[:50]) + "s1,p1,soon,b,1,1\n" * 60, "more than 50%"),
    ],
)
def test_what_cannot_be_used_is_refused(tmp_path: Path, content: str | bytes, told: str) -> None:
    """Empty, nothing left, not a table, too short, more bad rows than good ones."""
    with pytest.raises(UnusableDataError, match=told):
        read(tmp_path, content)


def test_a_cut_off_file_is_refused(tmp_path: Path) -> None:
    """Compressed, or Parquet."""
    shortened = pl.DataFrame({"shopper": ["s"] * 1_000}).write_parquet
    shortened(tmp_path / "shop.parquet")
    content = (tmp_path / "shop.parquet").read_bytes()
    (tmp_path / "shop.parquet").write_bytes(content[: len(content) // 2])
    with pytest.raises(UnusableDataError, match="damaged"):
        table.read(reading(tmp_path / "shop.parquet"))
    with pytest.raises(UnusableDataError, match="cut off"):
        read(tmp_path, b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03\x4b", name="shop.csv.gz")


def test_a_folder_is_no_table(tmp_path: Path) -> None:
    """One is told that a file is wanted."""
    with pytest.raises(MissingDataError, match="not a file"):
        table.read(reading(tmp_path))


def test_views_without_purchases(tmp_path: Path) -> None:
    """What is frequent plays the part of the purchase; the report says so."""
    lines = shops.table(ROWS).splitlines()
    viewed = "\n".join(
        [lines[0] + ",type", *(line + ",view" for line in lines[1:]), "s1,p1,2026-03-01,,1,1,purchase\n"]
    )
    tables = read(tmp_path, viewed)
    assert tables.about.target == "view_item"
    assert tables.report.notes == ("There are too few purchases (1): view_item plays their part.",)
    assert tables.cut().past.height > 0


def test_nobody_is_known(tmp_path: Path) -> None:
    """Anonymous baskets alone still make a catalogue and sessions."""
    lines = shops.table(ROWS).splitlines()
    tables = read(tmp_path, "\n".join([lines[0], *("," + line.split(",", 1)[1] for line in lines[1:])]))
    dataset = tables.cut()
    assert dataset.purchases.is_empty()
    assert (dataset.products.height, dataset.anonymous.height > 0) == (shops.PRODUCTS, True)
    assert "No shopper is known" in tables.report.notes[0]


def test_short_data_has_a_short_test(tmp_path: Path) -> None:
    """Ten days: two of them, and as much for the validation and for training."""
    tables = read(tmp_path, shops.table(shops.purchases(days=10)))
    assert (tables.about.horizon, tables.weeks) == (2, 12)
    assert [tables.cut(weeks).cut for weeks in (0, 4, 8)] == [8, 6, 4]
    assert tables.report.notes == ("The data is short: the test has 2 days instead of 28.",)


def test_names_and_categories_are_the_latest(tmp_path: Path) -> None:
    """A product that was renamed has its new name; one without is called by its id."""
    lines = [f"s1,p1,2026-01-{day:02},Old,Home" for day in range(1, 20)] + ["s1,p1,2026-02-01,New,Home > Lamps"]
    text = "\n".join(
        ["shopper,product,time,name,category", *lines, *(f"s2,p2,2026-01-{day:02},," for day in range(1, 20))]
    )
    rows = {row["id"]: (row["name"], row["category"]) for row in read(tmp_path, text).products.iter_rows(named=True)}
    assert rows == {"p1": ("New", ["Home", "Lamps"]), "p2": ("p2", [])}


def test_what_a_row_does_not_tell_is_not_forgotten(tmp_path: Path) -> None:
    """A later row with a name alone leaves the category as it was, and the other way round."""
    lines = ["s1,p1,2026-02-01,New,", "s1,p2,2026-02-01,,Garden"]
    lines += [f"s1,p{1 + day % 2},2026-01-{day:02},Old,Home" for day in range(1, 20)]
    found = read(tmp_path, "\n".join(["shopper,product,time,name,category", *lines])).products
    rows = {row["id"]: (row["name"], row["category"]) for row in found.iter_rows(named=True)}
    assert rows == {"p1": ("New", ["Home"]), "p2": ("Old", ["Garden"])}


@pytest.mark.parametrize("column", ["basket", "session"])
def test_numbers_counted_for_each_shopper_are_told_apart(tmp_path: Path, column: str) -> None:
    """What two shoppers bought under the same number was not bought together; a visitor who logs in is one."""
    lines = shops.table(ROWS).replace("basket", column, 1).splitlines()
    more = [f"s{shopper},p{shopper + 1},2026-03-01T1{shopper}:00:00Z,7,1,1" for shopper in range(2)]
    login = [f"{shopper},p{product},2026-03-02T10:00:00Z,8,1,1" for shopper, product in (("", 4), ("s5", 5))]
    tables = read(tmp_path, "\n".join([*lines, *more, *login]))
    ids = tables.interactions.filter(pl.col("time") > pl.datetime(2026, 3, 1, time_zone="UTC"))
    found = dict(ids.filter(pl.col(column).str.contains(r"\b[78]$")).group_by(column).agg("product").iter_rows())
    assert {key: sorted(products) for key, products in found.items()} == {
        "s0 7": ["p1"],
        "s1 7": ["p2"],
        "8": ["p4", "p5"],
    }
    assert tables.report.notes == (f"1 ids of a {column} are of several shoppers: each has one of its own.",)
