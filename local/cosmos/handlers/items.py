"""Requests about one document."""

from local.cosmos.errors import BadRequestError, MethodNotAllowedError
from local.cosmos.handlers.targets import container_of, key_of
from local.cosmos.operations import Operation, Outcome, check_version, existing, perform
from local.cosmos.partitioning import PartitionKey
from local.cosmos.service import Service
from local.cosmos.store.resources import Container
from local.cosmos.wire import Request, Response

_WRITES = {"PUT": "Replace", "PATCH": "Patch", "DELETE": "Delete"}
_KILOBYTE = 1024


def read(service: Service, request: Request, identifier: str) -> Response:
    """Read a document."""
    container = container_of(service, request)
    key = key_of(container, request)
    if key is None or key.prefix:
        raise BadRequestError("PartitionKey value must be supplied for this operation.")
    record = existing(service.store.read(container, key, identifier))
    check_version(record, None, request.header("if-none-match"), reading=True)
    headers = service.document_headers(container, service.ranges.holding(key.epk))
    headers["etag"] = record.etag
    headers["x-ms-request-charge"] = f"{max(1.0, len(record.body) / _KILOBYTE):.2f}"
    return Response(200, record.body, headers)


def change(service: Service, request: Request, identifier: str) -> Response:
    """Replace, patch or delete a document."""
    kind = _WRITES.get(request.method)
    if kind is None:
        raise MethodNotAllowedError("A document knows GET, PUT, PATCH and DELETE.")
    return _write(service, request, kind, identifier)


def create(service: Service, request: Request) -> Response:
    """Create or upsert a document."""
    return _write(service, request, "Upsert" if request.flag("x-ms-documentdb-is-upsert") else "Create", None)


def delete_partition(service: Service, request: Request) -> Response:
    """Delete all documents of a partition key."""
    container = container_of(service, request)
    key = key_of(container, request)
    if key is None:
        raise BadRequestError("PartitionKey value must be supplied for this operation.")
    service.store.delete_partition(container, key)
    return Response(200, headers=service.document_headers(container, service.ranges.holding(key.epk)))


def _write(service: Service, request: Request, kind: str, identifier: str | None) -> Response:
    container = container_of(service, request)
    key = key_of(container, request)
    body = None if kind == "Delete" else request.json()
    if key is None and isinstance(body, dict) and kind != "Patch":
        key = container.partition_key.of_document(body)
    operation = Operation(kind, key, identifier, body, request.header("if-match"), request.header("if-none-match"))
    with service.store.transaction() as transaction:
        outcome = perform(transaction, container, operation)
    return _response(service, request, container, key, outcome)


def _response(
    service: Service, request: Request, container: Container, key: PartitionKey | None, outcome: Outcome
) -> Response:
    headers = service.document_headers(container, service.ranges.holding(key.epk if key else ""))
    headers["x-ms-request-charge"] = f"{charge(outcome):.2f}"
    if outcome.record is None:
        return Response(outcome.status, headers=headers)
    headers["etag"] = outcome.record.etag
    silent = request.headers.get("prefer") == "return=minimal"
    return Response(outcome.status, b"" if silent else outcome.record.body, headers)


def charge(outcome: Outcome) -> float:
    """Request units of an operation, about as the service counts them."""
    size = len(outcome.record.body) if outcome.record else 0
    return 5 + 5 * size / _KILOBYTE
