"""What the broker refuses, one exception for each reason, with the AMQP condition that Azure answers."""

from typing import ClassVar


class RefusedError(Exception):
    """The peer asked for something it does not get; the text is sent back to it."""

    condition: ClassVar[str] = "amqp:internal-error"
    status: ClassVar[int] = 500

    @property
    def description(self) -> str:
        return str(self)


class NotFoundError(RefusedError):
    """No such event hub, consumer group or node."""

    condition = "amqp:not-found"
    status = 404


class UnknownPartitionError(RefusedError):
    """The event hub has no such partition."""

    condition = "com.microsoft:argument-out-of-range"
    status = 404


class UnauthorizedError(RefusedError):
    """No token, a wrong one, an expired one, or one for another event hub."""

    condition = "amqp:unauthorized-access"
    status = 401


class NotAllowedError(RefusedError):
    """The request contradicts itself or its link."""

    condition = "amqp:not-allowed"
    status = 400


class NotImplementedHereError(RefusedError):
    """A management operation that Event Hubs does not answer."""

    condition = "amqp:not-implemented"
    status = 400


class InvalidPositionError(RefusedError):
    """A starting position that cannot be read or lies after the end of the partition."""

    condition = "com.microsoft:argument-error"
    status = 400


class MessageTooLargeError(RefusedError):
    """A delivery above the limit of one event hub delivery."""

    condition = "amqp:link:message-size-exceeded"
    status = 400


class MalformedMessageError(RefusedError):
    """The bytes of a delivery are no AMQP message."""

    condition = "amqp:decode-error"
    status = 400


class StolenError(RefusedError):
    """A reader with a higher owner level holds the partition."""

    condition = "amqp:link:stolen"
    status = 400


class LimitReachedError(RefusedError):
    """More readers, links or requests than are allowed."""

    condition = "amqp:resource-limit-exceeded"
    status = 400


class StorageFailedError(RefusedError):
    """The disk refused or gave back damaged bytes."""

    condition = "amqp:internal-error"
    status = 500
