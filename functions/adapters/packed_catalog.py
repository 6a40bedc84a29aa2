"""The catalogue as one compressed value: what a new process reads in a tenth of the time of a query."""

import json
import logging
import zlib
from collections.abc import Iterable, Mapping
from typing import Any

from functions.personalization.catalog import Catalog, Product

FORMAT = b"catalog-1\n"
"""Stands first; a reader of another format takes the value for missing."""
COMPRESSION = 1

log = logging.getLogger(__name__)


class NotPackedCatalogError(Exception):
    """The bytes are not a catalogue that this version can read."""


def pack(catalog: Catalog) -> bytes:
    """The catalogue as compressed JSON lines, a line for each product."""
    lines = (json.dumps(product.to_document(), separators=(",", ":")) for product in catalog.products)
    return FORMAT + zlib.compress("\n".join(lines).encode(), COMPRESSION)


def unpack(packed: bytes) -> Catalog:
    """The catalogue of packed bytes, or `NotPackedCatalogError`.

    Line by line, so that a thread that does this lets the others run.
    """
    if not packed.startswith(FORMAT):
        raise NotPackedCatalogError("unknown format")
    try:
        lines = zlib.decompress(packed[len(FORMAT) :]).splitlines()
        return Catalog(Product.from_document(json.loads(line)) for line in lines)
    except (zlib.error, ValueError, KeyError, TypeError) as error:
        raise NotPackedCatalogError(f"damaged: {type(error).__name__}") from error


def catalog_of(documents: Iterable[Mapping[str, Any]]) -> Catalog:
    """The catalogue of Cosmos documents, ordered by id; one that is not a product is logged and left out."""
    products = (_product(document) for document in documents)
    return Catalog(sorted((product for product in products if product), key=lambda product: product.id))


def _product(document: Mapping[str, Any]) -> Product | None:
    try:
        return Product.from_document(document)
    except (KeyError, TypeError, ValueError) as error:
        log.warning("Product '%s' is left out, its document is invalid: %r", document.get("id"), error)
        return None
