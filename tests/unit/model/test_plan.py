"""What is seeded of data that is not the grocer's."""

from datetime import date
from pathlib import Path

import pytest

from functions.contracts import OFFERS, PRODUCTS, SHOPPERS
from functions.personalization.catalog import Catalog, Product
from functions.personalization.offers import Offer
from functions.personalization.shopper import Shopper
from model.datasets import online_retail, table
from model.datasets.tables import Tables
from model.seed.plan import Plan, plan
from tests.unit.model.datasets import shops
from tests.unit.model.datasets.test_online_retail import SAMPLE

TODAY, TAU = date(2026, 11, 21), 90.0
HEAD = "shopper,product,time\n"
DAYS = range(100)
SHOPS = {
    "nobody is known": "shopper,product,time,basket\n"
    + "".join(f",p{day % 3},2026-01-{1 + day % 28:02},b{day // 2}\n" for day in DAYS),
    "one shopper": HEAD + "".join(f"s,p{day % 7},2026-01-{1 + day % 28:02}\n" for day in DAYS),
    "two products": HEAD + "".join(f"s{day % 5},p{day % 2},2026-01-{1 + day % 28:02}\n" for day in DAYS),
    "nobody comes back": HEAD + "".join(f"s{day},p{day},2026-01-{1 + day % 28:02}\n" for day in DAYS),
    "four days": HEAD + "".join(f"s{day % 9},p{day % 7},2026-01-{1 + day % 4:02}\n" for day in DAYS),
    "odd ids": HEAD + "".join(f"ü:'s{day % 9},p&{day % 7}<é>,2026-01-{1 + day % 28:02}\n" for day in DAYS),
}


def planned(tables: Tables) -> Plan:
    """The plan of a shop, of which every document is one that the shop accepts."""
    made = plan(tables.cut(), TODAY, TAU)
    kept = {part.container.name: part.documents for part in made.parts}
    shoppers = [Shopper.from_document(document) for document in kept[SHOPPERS.name]]
    assert len(Catalog(Product.from_document(document) for document in kept[PRODUCTS.name])) == len(
        kept[PRODUCTS.name]
    )
    assert all(Offer.from_document(document).id for document in kept[OFFERS.name])
    assert all(shopper.history.products or not shopper.affinities for shopper in shoppers)
    return made


@pytest.mark.parametrize("name", SHOPS)
def test_any_shop_can_be_seeded(tmp_path: Path, name: str) -> None:
    """However small or strange: its products, the rule offers and the fallback are there."""
    (tmp_path / "shop.csv").write_text(SHOPS[name])
    made = planned(table.read(shops.reading(tmp_path / "shop.csv")))
    counts = {part.container.name: len(part.documents) for part in made.parts}
    assert counts[PRODUCTS.name] >= 2
    assert counts[OFFERS.name] == 5


def test_without_categories_nobody_has_shares_of_spend() -> None:
    """Online Retail has none: profiles have a history, the country, and an unknown segment."""
    made = planned(online_retail.read(shops.reading(SAMPLE)))
    [shoppers] = [part.documents for part in made.parts if part.container == SHOPPERS]
    assert {document["segment"] for document in shoppers} == {"unknown"}
    assert all(document["affinities"] == {} for document in shoppers)
    assert all(document["traits"]["country"] for document in shoppers)
    assert any(document["history"]["products"] for document in shoppers)
