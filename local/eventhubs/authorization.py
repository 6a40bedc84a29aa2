"""What one connection may do: the tokens it put on `$cbs`, or the key it named in SASL PLAIN."""

import time
from collections.abc import Mapping

from local.eventhubs.refusals import LimitReachedError, UnauthorizedError
from local.eventhubs.requests import Answer, Request
from local.eventhubs.sas import Grant, verify, verify_key

MAX_GRANTS = 256


class Authorization:
    """The grants of a connection; the newest for an event hub counts, however long the older were."""

    def __init__(self, keys: Mapping[str, str]) -> None:
        self._keys = keys
        self._grants: dict[str, Grant] = {}

    def put_token(self, request: Request) -> Answer:
        """Answer a request on `$cbs`. No error condition goes back: with one, pyamqp loses the status."""
        try:
            if request.text("operation") != "put-token":
                return Answer(400, "Only put-token is answered here.")
            self._add(verify(str(request.body or ""), self._keys, time.time()))
        except UnauthorizedError as refusal:
            return Answer(401, refusal.description)
        return Answer(202, "Accepted")

    def _add(self, grant: Grant) -> None:
        if len(self._grants) >= MAX_GRANTS and grant.hub not in self._grants:
            raise LimitReachedError(f"A connection may hold {MAX_GRANTS} tokens.")
        self._grants[grant.hub] = grant

    def login(self, response: bytes) -> bool:
        """Whether the response to SASL PLAIN (authzid NUL name NUL key) is right."""
        parts = response.split(b"\0")
        if len(parts) != 3:
            return False
        name, key = parts[1].decode(errors="replace"), parts[2].decode(errors="replace")
        if accepted := verify_key(name, key, self._keys):
            self._add(Grant("", float("inf")))
        return accepted

    def covers(self, hub: str) -> bool:
        now = time.time()
        return any(grant.covers(hub, now) for grant in self._grants.values())

    def check(self, hub: str) -> None:
        """UnauthorizedError unless a valid token covers the event hub."""
        if not self.covers(hub):
            raise UnauthorizedError(
                f"Unauthorized access. 'Send' or 'Listen' claim(s) are required to use '{hub[:200]}'."
            )
