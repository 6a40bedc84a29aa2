"""Faults on demand, so that a test can watch a client back off."""

from dataclasses import dataclass
from typing import Any

from local.cosmos.codec import encode
from local.cosmos.errors import BadRequestError
from local.cosmos.wire import Response

STATUSES = frozenset({408, 410, 429, 449, 500, 503})
MAX_COUNT = 100_000
MAX_RETRY_AFTER_MS = 60_000
_MESSAGES = {429: "Request rate is large. More Request Units may be needed, so no changes were made."}


@dataclass(frozen=True, slots=True)
class Fault:
    """Answer the next `count` requests for documents with this status."""

    status: int
    count: int
    retry_after_ms: int = 0
    substatus: int = 0

    @classmethod
    def parse(cls, body: Any) -> "Fault":
        """Fault from `{"status", "count", "retryAfterMs", "substatus"}`; raises BadRequestError."""
        if not isinstance(body, dict) or body.get("status") not in STATUSES:
            raise BadRequestError(f"'status' must be one of {', '.join(map(str, sorted(STATUSES)))}.")
        return cls(
            body["status"],
            _number(body, "count", 1, MAX_COUNT),
            _number(body, "retryAfterMs", 0, MAX_RETRY_AFTER_MS),
            _number(body, "substatus", 0, 100_000),
        )


def _number(body: dict[str, Any], name: str, default: int, most: int) -> int:
    value = body.get(name, default)
    if type(value) is not int or not 0 <= value <= most:
        raise BadRequestError(f"'{name}' must be a number from 0 to {most}.")
    return value


class Faults:
    """The fault that is switched on, if any, and how often it was given."""

    def __init__(self) -> None:
        self._fault: Fault | None = None
        self._left = 0
        self._given = 0

    def switch_on(self, fault: Fault) -> None:
        """Begin to give a fault, instead of any other."""
        self._fault, self._left, self._given = fault, fault.count, 0

    def switch_off(self) -> None:
        """Give no more faults."""
        self._left = 0

    def state(self) -> dict[str, int]:
        """How many faults are left and how many were given."""
        return {"left": self._left, "given": self._given}

    def take(self) -> Response | None:
        """The fault for this request, or None to answer it."""
        if self._left == 0 or self._fault is None:
            return None
        self._left -= 1
        self._given += 1
        fault = self._fault
        message = _MESSAGES.get(fault.status, "A fault that a test asked for.")
        headers = {"x-ms-retry-after-ms": str(fault.retry_after_ms), "x-ms-substatus": str(fault.substatus)}
        return Response(fault.status, encode({"code": str(fault.status), "message": message}), headers)
