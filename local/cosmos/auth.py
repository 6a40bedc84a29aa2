"""The master-key signature of requests.

Source: "Access control on Azure Cosmos DB resources", the REST reference of the service.
"""

import base64
import binascii
import hmac
from collections.abc import Sequence
from email.utils import parsedate_to_datetime
from urllib.parse import parse_qs, unquote

from local.cosmos.errors import ForbiddenError, UnauthorizedError
from local.cosmos.wire import Request

# The key of Microsoft's emulator: public, for loopback use alone.
EMULATOR_KEY = "C2y6yDjf5/R+ob0N8A7Cgv30VRDJIWEHLM+4QDU5DE2nQ9nDuVTqobD4b8mGGyPMbIZnqyMsEcaGQy67XIw/Jw=="
VALID_SECONDS = 15 * 60


class InvalidAccountKeyError(Exception):
    """The account key is no base64."""


class Signatures:
    """Checks signatures made with one account key."""

    def __init__(self, account_key: str) -> None:
        try:
            self._secret = base64.b64decode(account_key, validate=True)
        except binascii.Error as error:
            raise InvalidAccountKeyError(f"the account key is no base64: {error}") from error
        self._account_key = account_key

    def check(self, request: Request, now: float) -> None:
        """Raise UnauthorizedError or ForbiddenError unless the request is signed, with this key, and recently."""
        header = request.header("authorization")
        if header is None:
            raise UnauthorizedError(
                "Required Header authorization is missing. Ensure a valid Authorization token is passed."
            )
        signature = _signature(header)
        signed = signing_text(request).encode()
        expected = base64.b64encode(hmac.digest(self._secret, signed, "sha256"))
        if not hmac.compare_digest(signature.encode("utf-8", "replace"), expected):
            raise UnauthorizedError(
                "The input authorization token can't serve the request. The wrong key is being used or the expected "
                "payload is not built as per the protocol. For more info: https://aka.ms/cosmosdb-tsg-unauthorized. "
                f"Server used the following payload to sign: '{signing_text(request)}'"
            )
        self._check_date(request, now)

    def is_account_key(self, key: str | None) -> bool:
        """Whether this is the account key (for the requests that administer the stand-in itself)."""
        return hmac.compare_digest((key or "").encode("utf-8", "replace"), self._account_key.encode())

    def _check_date(self, request: Request, now: float) -> None:
        text = request.header("x-ms-date") or request.header("date") or ""
        try:
            signed_at = parsedate_to_datetime(text).timestamp()
        except (ValueError, OverflowError):
            raise UnauthorizedError("The x-ms-date header is missing or no RFC 1123 date.") from None
        if abs(now - signed_at) > VALID_SECONDS:
            raise ForbiddenError(
                "The authorization token is not valid at the current time. Please provide a valid token "
                f"(token start time: {text})."
            )


def signing_text(request: Request) -> str:
    """What is signed: verb, resource type, resource and dates, a line each."""
    kind, link = signed_resource(request.segments)
    dates = f"{request.headers.get('x-ms-date', '')}\n{request.headers.get('date', '')}\n".lower()
    return f"{request.method.lower()}\n{kind}\n{link}\n{dates}"


def signed_resource(segments: Sequence[str]) -> tuple[str, str]:
    """Resource type and resource of a path: `/dbs/d/colls` is about `dbs/d`, `/dbs/d` about itself."""
    if list(segments[-2:]) == ["operations", "partitionkeydelete"]:
        return "colls", "/".join(segments[:-2])
    if len(segments) % 2:
        return segments[-1], "/".join(segments[:-1])
    if not segments:
        return "", ""
    link = "/".join(segments)
    # Offers are addressed by resource id, and those are signed in lower case.
    return segments[-2], segments[-1].lower() if segments[0] == "offers" else link


def _signature(header: str) -> str:
    fields = parse_qs(unquote(header).replace("+", "%2B"))
    kind = fields.get("type", [""])[0]
    if kind != "master":
        raise UnauthorizedError(
            f"Authorization type '{kind}' is not supported by this stand-in: use the account key."
        )
    return fields.get("sig", [""])[0]
