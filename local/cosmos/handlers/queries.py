"""Queries over documents: where they run, what they may ask, and the plan for those that clients merge."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain, product

from local.cosmos.errors import BadRequestError, NotServableError
from local.cosmos.handlers.indexing import check_order
from local.cosmos.handlers.pages import Continuation, collected, page_limit, streamed
from local.cosmos.handlers.statements import Statement
from local.cosmos.handlers.targets import bounds_of, container_of, key_of, range_id_of
from local.cosmos.partitioning import EpkRange, PartitionKey, ranges_of
from local.cosmos.service import Service
from local.cosmos.sql.compiler import compile_query
from local.cosmos.sql.constraints import possible_values
from local.cosmos.sql.plan import plan
from local.cosmos.sql.scope import Parameters
from local.cosmos.store.records import Record
from local.cosmos.store.resources import Container
from local.cosmos.wire import Request, Response, json_response, listing

# More candidate partitions than this are not looked up one by one.
MAX_LOOKUPS = 2000
_EVERYTHING = "SELECT * FROM c"


@dataclass(frozen=True, slots=True)
class Extent:
    """What a query has to look at; `single` if that is one logical partition."""

    parts: tuple[EpkRange, ...]
    single: bool

    def records(self, service: Service, container: Container, start: Continuation) -> Iterator[Record]:
        """Documents in the order of positions, after the start."""
        scans = (service.store.scan(container, part, start.after) for part in self.parts)
        return chain.from_iterable(scans)


def query(service: Service, request: Request) -> Response:
    """Answer a query, or say that the client must split it (400/1004)."""
    container = container_of(service, request)
    statement = Statement.parse(request)
    check_order(statement.query.syntax, container)
    extent = _extent(service, request, container, statement)
    _check_servable(service, request, statement, extent)
    return _page(service, request, container, statement, extent)


def read_all(service: Service, request: Request) -> Response:
    """List documents."""
    container = container_of(service, request)
    statement = Statement(compile_query(_EVERYTHING), Parameters())
    return _page(service, request, container, statement, _extent(service, request, container, statement))


def query_plan(service: Service, request: Request) -> Response:
    """Tell a client how to split a query over the physical ranges."""
    container = container_of(service, request)
    statement = Statement.parse(request)
    check_order(statement.query.syntax, container)
    features = frozenset(
        name.strip() for name in request.headers.get("x-ms-cosmos-supported-query-features", "").split(",")
    )
    made = plan(statement.query.syntax, statement.parameters, features)
    extent = _extent(service, request, container, statement)
    ranges = [
        {"min": part.low, "max": part.high, "isMinInclusive": True, "isMaxInclusive": False} for part in extent.parts
    ]
    return json_response(
        200,
        {"partitionedQueryExecutionInfoVersion": 2, "queryInfo": made.query_info(), "queryRanges": ranges},
    )


def _page(service: Service, request: Request, container: Container, statement: Statement, extent: Extent) -> Response:
    start = Continuation.of(request)
    make = streamed if statement.query.streams and statement.query.syntax.sources else collected
    page = make(statement, extent.records(service, container, start), start, page_limit(request))
    headers = service.document_headers(container, _range_id(service, request, extent))
    headers["x-ms-request-charge"] = f"{2.3 + 0.05 * len(page.items):.2f}"
    if page.next is not None:
        headers["x-ms-continuation"] = page.next.token()
    return listing(container.rid, "Documents", page.items, headers)


def _range_id(service: Service, request: Request, extent: Extent) -> int:
    asked = range_id_of(service, request)
    if asked is not None:
        return asked
    return service.ranges.holding(extent.parts[0].low) if extent.parts else 0


def _extent(service: Service, request: Request, container: Container, statement: Statement) -> Extent:
    key = key_of(container, request)
    if key is not None:
        return Extent((ranges_of(key),), single=not key.prefix)
    bounds = bounds_of(service, request)
    keys = _pinned_keys(container, statement)
    if keys is None:
        return Extent((bounds,), single=False)
    parts = sorted({key.epk for key in keys if bounds.holds(key.epk)})
    return Extent(tuple(ranges_of(PartitionKey("", epk)) for epk in parts), single=len(keys) == 1)


def _pinned_keys(container: Container, statement: Statement) -> list[PartitionKey] | None:
    """Partition keys that the WHERE clause leaves; None if it leaves any, or very many."""
    choices: list[list[object]] = []
    count = 1
    for path in container.partition_key.paths:
        values = possible_values(statement.query.syntax, path, statement.parameters)
        if values is None or (count := count * len(values)) > MAX_LOOKUPS:
            return None
        choices.append([value for value in values if not isinstance(value, dict | list)])
    return [container.partition_key.key(values) for values in product(*choices)]


def _check_servable(service: Service, request: Request, statement: Statement, extent: Extent) -> None:
    if extent.single or len(service.ranges.ranges) == 1:
        return
    to_one_range = range_id_of(service, request) is not None or request.header("x-ms-start-epk") is not None
    if to_one_range:
        return
    if not request.flag("x-ms-documentdb-query-enablecrosspartition"):
        raise BadRequestError(
            "Cross partition query is required but disabled. Please set x-ms-documentdb-query-enablecrosspartition "
            "to true, specify x-ms-documentdb-partitionkey, or revise your query to avoid this exception."
        )
    if not statement.query.streams:
        raise NotServableError(
            "The provided cross partition query can not be directly served by the gateway. This is a first chance "
            "(internal) exception that all newer clients will know how to handle gracefully."
        )
