"""Readable names for the abbreviations of a grocer's product file."""

from collections import Counter
from collections.abc import Sequence

import polars as pl

DEPARTMENTS = {
    "CHEF SHOPPE": "Chef Shop",
    "DRUG GM": "Drugstore & General",
    "ELECT &PLUMBING": "Electrical & Plumbing",
    "MEAT-PCKGD": "Packaged Meat",
    "SEAFOOD-PCKGD": "Packaged Seafood",
}
"""Names for departments that title case alone does not make readable."""


LAST = 99
"""A level below the last of every path."""
FEW = 3
"""Names that a coupon's name may list."""


def department() -> pl.Expr:
    """The department in title case."""
    return titled(pl.col("department").replace(DEPARTMENTS))


def category() -> pl.Expr:
    """The path department, category, type, without the levels that are not known."""
    path = pl.concat_list(department(), titled(pl.col("product_category")), titled(pl.col("product_type")))
    return path.list.drop_nulls()


def product_name() -> pl.Expr:
    """Type (or the next level that is known), brand and size: "Apple Sauce, Private, 50 oz"."""
    kind = pl.coalesce(titled(pl.col("product_type")), titled(pl.col("product_category")), department())
    brand = titled(pl.col("brand"))
    size = pl.col("package_size").str.strip_chars().str.to_lowercase()
    return pl.concat_str([kind, brand, size], separator=", ", ignore_nulls=True)


def coupon_name(paths: Sequence[Sequence[str]]) -> str:
    """A name for a coupon on products of these category paths, by the finest level that has few names.

    "Coupon: Apple Sauce", "Coupon: Cheese, Yogurt"; one for half the shop is told by its largest departments.
    """
    for level in (LAST, 1, 0):
        names = Counter(path[min(level, len(path) - 1)] for path in paths)
        if len(names) <= FEW:
            return f"Coupon: {', '.join(name for name, _ in names.most_common())}"
    return f"Coupon: {', '.join(name for name, _ in names.most_common(FEW))} and more"


def titled(text: pl.Expr) -> pl.Expr:
    """Title case with tidy spaces, without separators left over where the source cut a name off; null stays null."""
    spaced = text.str.replace_all(r"\s*:\s*", ": ").str.replace_all(r"\s*/\s*", "/").str.replace_all(r"\s+", " ")
    return (
        spaced.str.strip_chars(" :/-(&,")
        .str.to_titlecase()
        .str.replace_all(r"(\d)Pk\b", "${1}pk")
        .str.replace_all(r"'S\b", "'s")
    )
