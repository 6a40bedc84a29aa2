"""What a client can do to one document, alone or within a batch."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from local.cosmos.errors import (
    BadRequestError,
    ConditionNotMetError,
    ConflictError,
    NotFoundError,
    NotModifiedError,
    PartitionKeyMismatchError,
    PreconditionFailedError,
)
from local.cosmos.partitioning import PartitionKey
from local.cosmos.sql.compiler import compile_condition
from local.cosmos.sql.scope import Parameters
from local.cosmos.store.patching import patched
from local.cosmos.store.records import Record
from local.cosmos.store.resources import Container
from local.cosmos.store.transaction import Transaction

_MAX_ID = 1023


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation; `key` is None if only the document says it."""

    kind: str
    key: PartitionKey | None
    id: str | None = None
    body: Any = None
    if_match: str | None = None
    if_none_match: str | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """Status of a successful operation, and the version that it leaves."""

    status: int
    record: Record | None


def perform(transaction: Transaction, container: Container, operation: Operation) -> Outcome:
    """Do the operation; raises a CosmosError."""
    return _KINDS[operation.kind](transaction, container, operation)


def is_known(kind: object) -> bool:
    """Whether there is an operation of this name."""
    return kind in _KINDS


def _create(transaction: Transaction, container: Container, operation: Operation) -> Outcome:
    key, document = _document(container, operation)
    if transaction.read(container, key, document["id"]) is not None:
        raise ConflictError("Entity with the specified id already exists in the system.")
    return Outcome(201, transaction.put(container, key, document, None))


def _upsert(transaction: Transaction, container: Container, operation: Operation) -> Outcome:
    key, document = _document(container, operation)
    old = transaction.read(container, key, document["id"])
    if old is not None:
        check_version(old, operation.if_match, operation.if_none_match, reading=False)
    return Outcome(201 if old is None else 200, transaction.put(container, key, document, old))


def _replace(transaction: Transaction, container: Container, operation: Operation) -> Outcome:
    key, document = _document(container, operation)
    old = existing(transaction.read(container, key, operation.id or ""))
    if document["id"] != operation.id:
        raise BadRequestError("Replacing the id of a document is not allowed.")
    check_version(old, operation.if_match, operation.if_none_match, reading=False)
    return Outcome(200, transaction.put(container, key, document, old))


def _read(transaction: Transaction, container: Container, operation: Operation) -> Outcome:
    record = existing(transaction.read(container, _key(operation), operation.id or ""))
    check_version(record, operation.if_match, operation.if_none_match, reading=True)
    return Outcome(200, record)


def _delete(transaction: Transaction, container: Container, operation: Operation) -> Outcome:
    record = existing(transaction.read(container, _key(operation), operation.id or ""))
    check_version(record, operation.if_match, operation.if_none_match, reading=False)
    transaction.delete(record)
    return Outcome(204, None)


def _patch(transaction: Transaction, container: Container, operation: Operation) -> Outcome:
    key = _key(operation)
    old = existing(transaction.read(container, key, operation.id or ""))
    check_version(old, operation.if_match, operation.if_none_match, reading=False)
    # Without a condition, clients may send the bare list of operations.
    body = operation.body if isinstance(operation.body, dict) else {"operations": operation.body}
    _check_condition(old, body.get("condition"))
    document = patched(old.document, body.get("operations"))
    if document.get("id") != old.id or container.partition_key.of_document(document) != key:
        raise BadRequestError("A patch cannot change the id or the partition key of a document.")
    return Outcome(200, transaction.put(container, key, document, old))


def existing(record: Record | None) -> Record:
    """The record; raises NotFoundError if there is none."""
    if record is None:
        raise NotFoundError("Entity with the specified id does not exist in the system.")
    return record


def check_version(record: Record, if_match: str | None, if_none_match: str | None, reading: bool) -> None:
    """Compare ETags; raises PreconditionFailedError, or NotModifiedError for a read."""
    if if_match not in (None, "", "*", record.etag) and not reading:
        raise PreconditionFailedError(
            "Operation cannot be performed because one of the specified precondition is not met."
        )
    if if_none_match in (record.etag, "*"):
        if reading:
            raise NotModifiedError("The version of the client is the latest.")
        raise PreconditionFailedError(
            "Operation cannot be performed because one of the specified precondition is not met."
        )


def _check_condition(record: Record, condition: object) -> None:
    if condition is None:
        return
    if not isinstance(condition, str):
        raise BadRequestError("The condition of a patch is a string.")
    if not any(True for _ in compile_condition(condition).run([record.document], Parameters())):
        raise ConditionNotMetError("The document does not satisfy the condition of the patch.")


def _key(operation: Operation) -> PartitionKey:
    if operation.key is None or operation.key.prefix:
        raise BadRequestError("PartitionKey value must be supplied for this operation.")
    return operation.key


def _document(container: Container, operation: Operation) -> tuple[PartitionKey, dict[str, Any]]:
    document = operation.body
    if not isinstance(document, dict):
        raise BadRequestError("The document is no JSON object.")
    _check_id(document.get("id"))
    key = container.partition_key.of_document(document)
    if operation.key is not None and operation.key != key:
        raise PartitionKeyMismatchError(
            "PartitionKey extracted from document doesn't match the one specified in the header."
        )
    return key, document


def _check_id(identifier: object) -> None:
    if not isinstance(identifier, str) or not identifier:
        raise BadRequestError(
            "The input content is invalid because the required properties - 'id; ' - are missing or no string."
        )
    if len(identifier.encode("utf-8", "surrogatepass")) > _MAX_ID or set(identifier) & set("/\\?#"):
        raise BadRequestError(f"The id takes at most {_MAX_ID} bytes, without / \\ ? #")


_KINDS: dict[str, Callable[[Transaction, Container, Operation], Outcome]] = {
    "Create": _create,
    "Upsert": _upsert,
    "Replace": _replace,
    "Read": _read,
    "Delete": _delete,
    "Patch": _patch,
}
