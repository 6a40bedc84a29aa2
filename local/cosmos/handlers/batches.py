"""Transactional batches, and the bulk requests of the JavaScript SDK."""

from typing import Any

from local.cosmos.codec import encode
from local.cosmos.errors import BadRequestError, CosmosError, TooLargeError
from local.cosmos.handlers.items import charge
from local.cosmos.handlers.targets import container_of, key_of, range_id_of
from local.cosmos.operations import Operation, is_known, perform
from local.cosmos.partitioning import PartitionKey
from local.cosmos.service import Service
from local.cosmos.store.resources import Container
from local.cosmos.store.transaction import Transaction
from local.cosmos.wire import Request, Response

MAX_OPERATIONS = 100
MAX_BATCH_BYTES = 2 * 1024 * 1024
_FAILED_DEPENDENCY = encode({"statusCode": 424, "requestCharge": 0})


class _BatchFailedError(Exception):
    """An operation of the batch failed; carries the results up to it."""

    def __init__(self, results: list[bytes]) -> None:
        super().__init__("batch failed")
        self.results = results


def batch(service: Service, request: Request) -> Response:
    """Do all operations or none (200, or 207 with 424 around the one that failed); a bulk does what it can."""
    container = container_of(service, request)
    key = key_of(container, request)
    operations = _operations(request, container, key)
    if request.flag("x-ms-cosmos-batch-atomic"):
        if key is None or key.prefix:
            raise BadRequestError("PartitionKey value must be supplied for this operation.")
        status, results = _atomic(service, container, operations)
    else:
        status, results = _each(service, container, operations)
    range_id = service.ranges.holding(key.epk) if key else range_id_of(service, request) or 0
    return Response(status, b"[" + b",".join(results) + b"]", service.document_headers(container, range_id))


def _atomic(service: Service, container: Container, operations: list[Operation]) -> tuple[int, list[bytes]]:
    try:
        with service.store.transaction() as transaction:
            results: list[bytes] = []
            for operation in operations:
                try:
                    results.append(_success(transaction, container, operation))
                except CosmosError as error:
                    raise _BatchFailedError([*[_FAILED_DEPENDENCY] * len(results), _failure(error)]) from error
    except _BatchFailedError as failed:
        missing = len(operations) - len(failed.results)
        return 207, failed.results + [_FAILED_DEPENDENCY] * missing
    return 200, results


def _each(service: Service, container: Container, operations: list[Operation]) -> tuple[int, list[bytes]]:
    """One transaction for the whole bulk, without what the operations that fail have written."""
    results: list[bytes] = []
    failed = False
    with service.store.transaction() as transaction:
        for operation in operations:
            try:
                with transaction.savepoint():
                    results.append(_success(transaction, container, operation))
            except CosmosError as error:
                failed = True
                results.append(_failure(error))
    return 207 if failed else 200, results


def _success(transaction: Transaction, container: Container, operation: Operation) -> bytes:
    outcome = perform(transaction, container, operation)
    start = encode({"statusCode": outcome.status, "requestCharge": round(charge(outcome), 2)})
    if outcome.record is None:
        return start
    etag = encode(outcome.record.etag)
    return b"".join((start[:-1], b',"eTag":', etag, b',"resourceBody":', outcome.record.body, b"}"))


def _failure(error: CosmosError) -> bytes:
    return encode(
        {
            "statusCode": error.status,
            "subStatusCode": error.substatus,
            "requestCharge": 1,
            "message": error.message,
        }
    )


def _operations(request: Request, container: Container, key: PartitionKey | None) -> list[Operation]:
    if len(request.body) > MAX_BATCH_BYTES:
        raise TooLargeError("The batch request is too large: it takes at most 2 MB.")
    body = request.json()
    if not isinstance(body, list) or not body:
        raise BadRequestError("A batch is a list of operations, and not empty.")
    if len(body) > MAX_OPERATIONS:
        raise BadRequestError(f"Batch request has more operations than what is supported ({MAX_OPERATIONS}).")
    return [_operation(item, container, key) for item in body]


def _operation(item: Any, container: Container, key: PartitionKey | None) -> Operation:
    if not isinstance(item, dict) or not is_known(item.get("operationType")):
        kind = item.get("operationType") if isinstance(item, dict) else item
        raise BadRequestError(f"The batch operation type '{kind}' is not supported.")
    own_key = item.get("partitionKey")
    if key is None and isinstance(own_key, str):
        key = container.partition_key.of_header(own_key.encode().decode("latin-1"))
    return Operation(
        item["operationType"],
        key,
        item.get("id"),
        item.get("resourceBody"),
        item.get("ifMatch"),
        item.get("ifNoneMatch"),
    )
