"""Names of products as a shopper would read them."""

import polars as pl
import pytest

from model.datasets import wording


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        ("ICE - CRUSHED/CUBED", "Ice - Crushed/Cubed"),
        ("APPLE SAUCE", "Apple Sauce"),
        ("BREAD:ITALIAN/FRENCH", "Bread: Italian/French"),
        ("CANDY BAGS-NON CHOCOLATE", "Candy Bags-Non Chocolate"),
        ("SOFT DRINKS 6PK/4PK CAN CARB (", "Soft Drinks 6pk/4pk Can Carb"),
        ("LADIES' WEAR", "Ladies' Wear"),
        (None, None),
    ],
)
def test_titles(raw: str | None, shown: str | None) -> None:
    """Title case, tidy separators, nothing dangling where the source was cut off."""
    assert pl.DataFrame({"raw": [raw]}, {"raw": pl.String}).select(wording.titled(pl.col("raw"))).item() == shown


def test_a_name_has_what_is_known() -> None:
    """Type, brand and size; where the type is not known, the next level above it."""
    frame = pl.DataFrame(
        {
            "department": ["GROCERY", "DRUG GM"],
            "product_category": ["FRUIT - SHELF STABLE", None],
            "product_type": ["APPLE SAUCE", None],
            "brand": ["Private", "National"],
            "package_size": ["50 OZ", None],
        }
    )
    names = frame.select(name=wording.product_name())["name"].to_list()
    assert names == ["Apple Sauce, Private, 50 oz", "Drugstore & General, National"]
    paths = frame.select(path=wording.category())["path"].to_list()
    assert paths == [["Grocery", "Fruit - Shelf Stable", "Apple Sauce"], ["Drugstore & General"]]


@pytest.mark.parametrize(
    ("paths", "name"),
    [
        ([["Grocery", "Cheese", "Cheddar"]] * 2, "Coupon: Cheddar"),
        ([["Grocery", "Cheese", "Brie"], ["Grocery", "Cheese", "Cheddar"]], "Coupon: Brie, Cheddar"),
        ([["Grocery", "Cheese", kind] for kind in "abcd"], "Coupon: Cheese"),
        ([["Grocery", shelf, shelf] for shelf in "abcd"] + [["Meat"]], "Coupon: Grocery, Meat"),
        ([[name, name, name] for name in "abccd"], "Coupon: c, a, b and more"),
    ],
)
def test_a_coupon_is_named_by_what_it_covers(paths: list[list[str]], name: str) -> None:
    """By kind while those are few, then by shelf, then by department, the most frequent first."""
    assert wording.coupon_name(paths) == name
