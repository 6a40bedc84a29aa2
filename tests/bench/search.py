"""How long a search takes over the whole catalogue, against looking for the same text in every name."""

import time
from collections.abc import Callable, Iterator, Sequence

from functions.adapters.search_index import CatalogIndex
from functions.personalization.catalog import Catalog, Product
from model import datasets
from tests.bench.figures import Figure, percentile

EVERY, FOUND, SUGGESTED = 100, 100, 8
"""Questions are made of every so many-th product; products and phrases wanted."""
SCAN = "`in` over all names"


def run() -> Sequence[Figure]:
    """Milliseconds of a search for 100 products, of suggestions, and of making the index."""
    catalog = whole_catalog()
    started = time.perf_counter()
    index = CatalogIndex.of(catalog)
    built = (time.perf_counter() - started) * 1e3
    asked = list(questions(catalog))
    names = [product.name.lower() for product in catalog.products]
    scan = _timed(lambda text: [name for name in names if text.lower() in name], asked)
    size = f"{len(catalog):,} products"
    searches = _timed(lambda text: index.find(text, FOUND), asked)
    suggestions = _timed(lambda text: index.suggest(text, SUGGESTED), asked)
    return [
        *_figures(f"search of {size}", searches, scan, "< 15 ms"),
        *_figures(f"suggestions of {size}", suggestions, scan, ""),
        Figure(f"index of {size}, made in a thread", built, "ms"),
    ]


def whole_catalog() -> Catalog:
    """The products of the data that the shop is seeded with."""
    table = datasets.source("complete-journey").read(0).products
    rows = table.iter_rows(named=True)
    return Catalog(Product(row["id"], row["name"], tuple(row["category"]), row["price"]) for row in rows)


def questions(catalog: Catalog) -> Iterator[str]:
    """Whole names, words that are being typed, typing errors, categories, nonsense."""
    for product in catalog.products[::EVERY]:
        name = product.name
        yield from (name, name[:3], name[:6], name[1] + name[0] + name[2:12], product.category[-1], product.id)
        yield name[::-1][:12]


def _timed(call: Callable[[str], object], asked: Sequence[str]) -> list[float]:
    taken = []
    for text in asked:
        started = time.perf_counter()
        call(text)
        taken.append((time.perf_counter() - started) * 1e3)
    return taken


def _figures(name: str, ours: list[float], scan: list[float], aim: str) -> list[Figure]:
    return [
        Figure(
            f"{name}, {label}", value := percentile(ours, share), "ms", value / percentile(scan, share), SCAN, goal
        )
        for label, share, goal in (("p50", 0.5, ""), ("p90", 0.9, aim), ("p99", 0.99, ""))
    ]
