"""Answers that are no success: one exception for each, with the service's status, code and sub-status."""

from collections.abc import Mapping
from types import MappingProxyType


class CosmosError(Exception):
    """A request that is refused; the subclass says how."""

    status = 500
    code = "InternalServerError"
    substatus = 0
    # More properties of the error's JSON.
    details: Mapping[str, str] = MappingProxyType({})

    def __init__(self, message: str, substatus: int | None = None) -> None:
        super().__init__(message)
        self.message = message
        if substatus is not None:
            self.substatus = substatus


class NotModifiedError(CosmosError):
    """The client already has this version (If-None-Match)."""

    status, code = 304, "NotModified"


class BadRequestError(CosmosError):
    """The request makes no sense."""

    status, code = 400, "BadRequest"


class PartitionKeyMismatchError(BadRequestError):
    """The partition key of the request is not that of the document."""

    substatus = 1001


class NotServableError(BadRequestError):
    """A cross-partition query that the client must split with a query plan."""

    substatus = 1004
    # The JavaScript SDK asks for a plan if this is there, whatever it holds.
    details: Mapping[str, str] = MappingProxyType(
        {"additionalErrorInfo": '{"partitionedQueryExecutionInfoVersion":2}'}
    )


class ContainerReplacedError(BadRequestError):
    """The client means a container that was deleted and made again."""

    substatus = 1024


class UnauthorizedError(CosmosError):
    """No signature, or a wrong one."""

    status, code = 401, "Unauthorized"


class ForbiddenError(CosmosError):
    """A signature that is no longer valid."""

    status, code = 403, "Forbidden"


class NotFoundError(CosmosError):
    """The resource is not there."""

    status, code = 404, "NotFound"


class OwnerNotFoundError(NotFoundError):
    """The database or container around the resource is not there."""

    substatus = 1003


class MethodNotAllowedError(CosmosError):
    """The resource does not know this verb."""

    status, code = 405, "MethodNotAllowed"


class ConflictError(CosmosError):
    """The id or a unique key is taken."""

    status, code = 409, "Conflict"


class PreconditionFailedError(CosmosError):
    """The ETag or the condition of a patch does not hold."""

    status, code = 412, "PreconditionFailed"


class ConditionNotMetError(PreconditionFailedError):
    """The predicate of a patch is false."""

    substatus = 1110


class TooLargeError(CosmosError):
    """The document or the request is too large."""

    status, code = 413, "RequestEntityTooLarge"


class NotSupportedError(CosmosError):
    """Something of the service that this stand-in does not do."""

    status, code = 501, "NotImplemented"
