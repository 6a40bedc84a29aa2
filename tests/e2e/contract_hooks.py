"""What schemathesis is told about this API, so that it gets further than the doors (`SCHEMATHESIS_HOOKS`)."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlencode
from zlib import crc32

import schemathesis

from functions.usecases.odata.sets import SETS
from functions.usecases.recommendation_lists import TITLES

LONGEST = 7_000
"""Bytes of a query: web servers refuse longer URLs before any function sees them. What is long has a POST."""
PRODUCTS = ("819063", "1082185", "995242")
IDS: Mapping[str, tuple[str, ...]] = {
    "/api/v1/shoppers/": ("1", "2", "7"),
    "/api/v1/rules": ("one", "two"),
    "/reco/v1.0/lists/": ("week",),
    "/store/": ("style.css", "main.js"),
    "/till/": ("till.css", "till.js"),
    "/": PRODUCTS,
}
"""What is there, by the beginning of a path: rules are there once they are written."""
ANSWERED = os.environ.get("CONTRACT_ANSWERED")
"""File that gets a line for each answer: the operation and the status."""


@schemathesis.hook
def filter_query(context: Any, query: Mapping[str, object] | None) -> bool:
    """Whether the query fits in a URL."""
    return len(urlencode(query or {}, doseq=True)) < LONGEST


@schemathesis.hook
def map_path_parameters(context: Any, path_parameters: dict[str, Any] | None) -> dict[str, Any] | None:
    """Three of four made-up names become one that there is."""
    ids = next(ids for start, ids in IDS.items() if context.operation.path.startswith(start))
    known: dict[str, tuple[str, ...]] = {"list": tuple(TITLES), "id": ids, "path": ids, "set": tuple(SETS)}
    for name, value in (path_parameters or {}).items():
        drawn = crc32(repr(value).encode())
        if name in known and drawn % 4:
            assert path_parameters is not None
            path_parameters[name] = known[name][drawn // 4 % len(known[name])]
    return path_parameters


@schemathesis.hook
def map_query(context: Any, query: dict[str, Any] | None) -> dict[str, Any] | None:
    """Half of the searches look for something."""
    drawn = crc32(repr(query).encode())
    if query is not None and "q" in query and drawn % 2:
        query["q"] = ("milk", "bananna", "soap")[drawn // 2 % 3]
    return query


@schemathesis.hook
def map_body(context: Any, body: Any) -> Any:
    """Three of four rules speak of products that there are, for a time that has an end after its beginning."""
    if "/rules/" in context.operation.path and isinstance(body, dict) and crc32(repr(body).encode()) % 4:
        left_out = {"category", "attribute", "starts", "ends"}
        return {name: value for name, value in body.items() if name not in left_out} | {"products": list(PRODUCTS)}
    return body


@schemathesis.hook
def after_call(context: Any, case: Any, response: Any) -> None:
    """Note what was answered."""
    if ANSWERED:
        with Path(ANSWERED).open("a") as file:
            file.write(f"{case.operation.definition.raw['operationId']} {response.status_code}\n")
