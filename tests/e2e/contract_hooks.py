"""What schemathesis is told about this API, so that it gets further than the doors (`SCHEMATHESIS_HOOKS`)."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode
from zlib import crc32

import schemathesis

from functions.usecases.recommendation_lists import TITLES

LONGEST = 7_000
"""Bytes of a query: web servers refuse longer URLs before any function sees them. What is long has a POST."""
PRODUCTS = ("819063", "1082185", "995242")


@schemathesis.hook
def filter_query(context: Any, query: Mapping[str, object] | None) -> bool:
    """Whether the query fits in a URL."""
    return len(urlencode(query or {}, doseq=True)) < LONGEST


@schemathesis.hook
def map_path_parameters(context: Any, path_parameters: dict[str, Any] | None) -> dict[str, Any] | None:
    """Three of four made-up lists and products become one that there is."""
    known: dict[str, tuple[str, ...]] = {"list": tuple(TITLES), "id": PRODUCTS}
    for name, value in (path_parameters or {}).items():
        drawn = crc32(repr(value).encode())
        if name in known and drawn % 4:
            assert path_parameters is not None
            path_parameters[name] = known[name][drawn // 4 % len(known[name])]
    return path_parameters
