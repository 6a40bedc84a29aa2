"""Which ORDER BY a container's indexing policy can serve."""

from typing import Any

from local.cosmos.errors import BadRequestError
from local.cosmos.partitioning import split_path
from local.cosmos.sql.syntax import Name, Select
from local.cosmos.sql.tree import path_of
from local.cosmos.store.resources import Container

type OrderedPath = tuple[tuple[str, ...], bool]


def check_order(query: Select, container: Container) -> None:
    """Raise BadRequestError for an ORDER BY that has no index."""
    if not query.order:
        return
    policy = container.body.get("indexingPolicy") or {}
    paths = [(_path(query, index), order.descending) for index, order in enumerate(query.order)]
    if len(paths) == 1:
        if not is_indexed(policy, paths[0][0]):
            raise BadRequestError("The index path corresponding to the specified order-by item is excluded.")
    elif not any(_serves(composite, paths) for composite in policy.get("compositeIndexes") or []):
        raise BadRequestError(
            "The order by query does not have a corresponding composite index that it can be served from."
        )


def is_indexed(policy: dict[str, Any], path: tuple[str, ...]) -> bool:
    """Whether the most precise rule for the path includes it."""
    if policy.get("indexingMode") == "none":
        return False
    included = _precision(policy.get("includedPaths") or [], path)
    return included > _precision(policy.get("excludedPaths") or [], path)


def _path(query: Select, index: int) -> tuple[str, ...]:
    source = query.sources[0] if query.sources else None
    found = path_of(query.order[index].expression)
    if source is None or source.iterate or not isinstance(source.expression, Name):
        raise BadRequestError("Order-by over correlated collections is not supported.")
    if found is not None and found[0] != source.alias:
        raise BadRequestError("Order-by over correlated collections is not supported.")
    if found is None or not found[1]:
        raise BadRequestError(
            "Unsupported ORDER BY clause. ORDER BY item expression could not be mapped to a document path."
        )
    return found[1]


def _precision(rules: list[dict[str, Any]], path: tuple[str, ...]) -> int:
    """Length of the longest rule that covers the path; `/*` counts 1, `/a/?` more than `/a/*`; 0 for none."""
    return max((_covering(split_path(str(rule.get("path", ""))), path) for rule in rules), default=0)


def _covering(rule: tuple[str, ...], path: tuple[str, ...]) -> int:
    *names, last = rule
    if last == "*" and path[: len(names)] == tuple(names):
        return 2 * len(names) + 1
    return 2 * len(names) + 2 if last == "?" and path == tuple(names) else 0


def _serves(composite: list[dict[str, str]], wanted: list[OrderedPath]) -> bool:
    offered = [(split_path(part["path"]), part.get("order", "ascending") == "descending") for part in composite]
    return wanted in (offered, [(path, not descending) for path, descending in offered])
