"""HTTP answers: JSON, and for every error a problem document (RFC 9457) that tells no internals."""

import json
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from http import HTTPStatus
from typing import Any

import azure.functions as func
from pydantic import BaseModel, ValidationError

from functions.personalization.curation import InvalidRuleError
from functions.personalization.shopper import InvalidShopperError
from functions.settings import InvalidSettingError
from functions.triggers.guard import BodyTooLargeError, KeyRefusedError, TooManyRequestsError, guard
from functions.triggers.observing import observed
from functions.triggers.operation import Operation
from functions.usecases.browse import NoSuchProductError
from functions.usecases.make_offer import UnknownProductError
from functions.usecases.manage_rules import NoSuchRuleError
from functions.usecases.odata.errors import InvalidQueryError, NoSuchSetError, NotSupportedError
from functions.usecases.offer_audience import NoSuchOfferError
from functions.usecases.ports import (
    MemoryUnavailableError,
    RuleChangedError,
    StoreUnavailableError,
    StreamUnavailableError,
)
from functions.usecases.recommend import MissingInputError, UnknownListError
from functions.usecases.shopper_data import NoSuchShopperError
from functions.usecases.start_simulation import NoShoppersError

MAX_FAULTS = 10
OURS = "Value error, "
"""What pydantic puts before the faults that our own validators tell."""

REFUSED: Mapping[type[Exception], int] = {
    InvalidQueryError: 400,
    InvalidRuleError: 400,
    KeyRefusedError: 401,
    NoSuchOfferError: 404,
    NoSuchProductError: 404,
    NoSuchRuleError: 404,
    NoSuchSetError: 404,
    NoSuchShopperError: 404,
    UnknownListError: 404,
    NoShoppersError: 409,
    UnknownProductError: 409,
    InvalidShopperError: 409,
    RuleChangedError: 412,
    BodyTooLargeError: 413,
    NotSupportedError: 501,
}
"""Errors whose text is for the caller, and their status."""

type Answer = Callable[[func.HttpRequest], Awaitable[func.HttpResponse]]

log = logging.getLogger(__name__)


class BadRequestError(Exception):
    """The caller's fault; `faults` are (field, what is wrong with it)."""

    def __init__(self, detail: str, faults: Sequence[tuple[str, str]] = (), status: int = 400) -> None:
        super().__init__(detail)
        self.faults = faults
        self.status = status


def decode[T: BaseModel](model: type[T], request: func.HttpRequest) -> T:
    """The request's JSON body, an empty one being an empty object; raises `BadRequestError`."""
    try:
        return model.model_validate_json(request.get_body() or b"{}")
    except ValidationError as error:
        raise bad_request(error, "body") from None


def decode_query[T: BaseModel](model: type[T], request: func.HttpRequest) -> T:
    """The request's query parameters; raises `BadRequestError`."""
    try:
        return model.model_validate(dict(request.params))
    except ValidationError as error:
        raise bad_request(error, "query") from None


def encode(content: Mapping[str, Any] | BaseModel | str, status: int = 200) -> func.HttpResponse:
    """A JSON answer; a text is JSON already."""
    if isinstance(content, str):
        body = content
    else:
        body = content.model_dump_json(by_alias=True) if isinstance(content, BaseModel) else json.dumps(content)
    return func.HttpResponse(body, status_code=status, mimetype="application/json")


async def serve(operation: Operation, request: func.HttpRequest, answer: Answer) -> func.HttpResponse:
    """Answer a request to an operation: the one way into every HTTP function with a published contract."""
    response = await observed(operation, request, answering(_guarded(operation, request, answer)))
    try:
        return guard().let_read(request, response)
    except InvalidSettingError:  # which is what `response` says already
        return response


async def _guarded(operation: Operation, request: func.HttpRequest, answer: Answer) -> func.HttpResponse:
    guard().admit(operation, request)
    return await answer(request)


async def answering(answer: Awaitable[func.HttpResponse]) -> func.HttpResponse:
    """The answer, or the problem document of the error that came instead."""
    try:
        return await answer
    except BadRequestError as error:
        errors = [{"field": field, "detail": detail} for field, detail in error.faults]
        return problem(error.status, str(error), errors=errors)
    except MissingInputError as error:
        return problem(400, str(error), errors=[{"field": error.field, "detail": str(error)}])
    except TooManyRequestsError as error:
        return problem(429, str(error), retry_after=error.seconds)
    except tuple(REFUSED) as error:
        return problem(next(status for kind, status in REFUSED.items() if isinstance(error, kind)), str(error))
    except (MemoryUnavailableError, StoreUnavailableError, StreamUnavailableError) as error:
        log.warning("Answered with 503: %s", error)
        return problem(503, "A service that is needed does not answer. Try again in a moment.", retry_after=5)
    except Exception:
        log.exception("Answered with 500")
        return problem(500, "Something went wrong; the log of the function says what.")


def problem(
    status: int, detail: str, errors: Sequence[Mapping[str, str]] = (), retry_after: int | None = None
) -> func.HttpResponse:
    """A problem document; `retry_after` is in seconds."""
    document: dict[str, Any] = {"title": HTTPStatus(status).phrase, "status": status, "detail": detail}
    if errors:
        document["errors"] = list(errors)
    headers = {"Retry-After": str(retry_after)} if retry_after else None
    body = json.dumps(document)
    return func.HttpResponse(body, status_code=status, headers=headers, mimetype="application/problem+json")


def bad_request(error: ValidationError, whole: str) -> BadRequestError:
    """`whole` names what a fault is of that is of no single field."""
    found = error.errors(include_url=False, include_input=False, include_context=False)[:MAX_FAULTS]
    faults = [(".".join(map(str, fault["loc"])) or whole, fault["msg"].removeprefix(OURS)) for fault in found]
    return BadRequestError("The request is not valid.", faults)
