"""Who may call an operation, how often, and from which pages: asked before anything else is done for a request."""

import hmac
import logging
import os
import time
from collections.abc import Callable
from functools import cache
from hashlib import blake2b

import azure.functions as func

from functions.settings import Access
from functions.triggers.operation import Operation
from functions.triggers.rate_limit import RateLimit

METHODS = "GET, POST, PUT, DELETE"
REQUEST_HEADERS = "Content-Type, If-Match, If-None-Match, X-Api-Key, X-Functions-Key"
RESPONSE_HEADERS = "ETag, Location, Retry-After"
PREFLIGHT_SECONDS = 600

log = logging.getLogger(__name__)


class KeyRefusedError(Exception):
    """The caller gave no key, or one that may not call this operation."""


class TooManyRequestsError(Exception):
    """The caller calls too often; `seconds` later the next call is admitted."""

    def __init__(self, seconds: int) -> None:
        super().__init__(f"Too many requests: try again in {seconds} s.")
        self.seconds = seconds


class BodyTooLargeError(Exception):
    """The body has more bytes than the operation takes."""

    def __init__(self, size: int, most: int) -> None:
        super().__init__(f"The body has {size} bytes, {most} is the most.")


class Guard:
    """Applies the settings of `Access`; `clock` is in seconds and never goes back."""

    def __init__(self, access: Access, clock: Callable[[], float] = time.monotonic) -> None:
        self._access = access
        self._clock = clock
        self._limit = RateLimit(access.requests_per_minute) if access.requests_per_minute else None
        if access.in_azure and not access.publishable_key:
            log.error(
                "Browsers are refused: set the app setting 'PublishableKey' to a random text, and give it to them"
            )

    def admit(self, operation: Operation, request: func.HttpRequest) -> None:
        """Return when the request may be answered; raise one of this module's errors when not.

        Azure has checked the key of an operation that is neither publishable nor anonymous.
        """
        key = "" if operation.anonymous else _key(request)
        if operation.publishable:
            self._check(key)
        if self._limit is not None and (seconds := self._limit.take(_caller(key, request), self._clock())):
            raise TooManyRequestsError(seconds)
        if (size := len(request.get_body())) > operation.max_body:
            raise BodyTooLargeError(size, operation.max_body)

    def _check(self, key: str) -> None:
        wanted = self._access.publishable_key
        if not wanted and not self._access.in_azure:
            return  # a laptop: open, as Azure's own local host is
        if not wanted or not hmac.compare_digest(key.encode(), wanted.encode()):
            raise KeyRefusedError("Give the publishable key of this app in the header X-Api-Key.")

    def let_read(self, request: func.HttpRequest, response: func.HttpResponse) -> func.HttpResponse:
        """The response, with what a browser wants to see before it hands it to a page of another site."""
        origins = self._access.cors_origins
        if origins:
            response.headers.add("Vary", "Origin")
        if (origin := request.headers.get("Origin", "")) in origins:
            response.headers["Access-Control-Allow-Origin"] = origin
            response.headers["Access-Control-Expose-Headers"] = RESPONSE_HEADERS
        return response

    def preflight(self, request: func.HttpRequest) -> func.HttpResponse:
        """The answer to a browser that asks whether a page of another site may send a request."""
        response = self.let_read(request, func.HttpResponse(status_code=204))
        if "Access-Control-Allow-Origin" in response.headers:
            response.headers["Access-Control-Allow-Methods"] = METHODS
            response.headers["Access-Control-Allow-Headers"] = REQUEST_HEADERS
            response.headers["Access-Control-Max-Age"] = str(PREFLIGHT_SECONDS)
        return response


@cache
def guard() -> Guard:
    """The guard of this process, by its environment; raises `InvalidSettingError`."""
    return Guard(Access.read(os.environ))


def _key(request: func.HttpRequest) -> str:
    headers = request.headers
    return headers.get("x-api-key") or headers.get("x-functions-key") or request.params.get("code") or ""


def _caller(key: str, request: func.HttpRequest) -> bytes:
    """Who calls: the key and the client's address, as a digest of 16 bytes.

    Azure's front end appends the address that it sees, so the last one is not the caller's invention.
    """
    address = request.headers.get("x-forwarded-for", "").rpartition(",")[2].strip()
    host = address.rpartition(":")[0] if address.count(":") == 1 or address.startswith("[") else address
    return blake2b(f"{key}\n{host}".encode(errors="replace"), digest_size=16).digest()
