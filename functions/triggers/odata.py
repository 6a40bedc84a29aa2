"""The figures for Power BI, Excel and whatever else reads OData (4.0 and 4.01, JSON)."""

import json
import re
from collections.abc import Awaitable, Callable, Mapping
from typing import Annotated, Any
from urllib.parse import quote, urlencode

import azure.functions as func
from pydantic import Field, ValidationError
from pydantic_core import to_json

from functions.app import app
from functions.triggers.operation import Operation
from functions.triggers.problems import BadRequestError, bad_request, serve
from functions.usecases.metrics import Answer
from functions.usecases.odata.errors import NoSuchSetError
from functions.usecases.odata.question import CountOptions, Question, SetOptions, named
from functions.usecases.odata.read import PAGE
from functions.usecases.odata.sets import SETS, EntitySet, metadata, service_document

ROOT = "api/v1/odata"
JSON, XML, TEXT = "application/json", "application/xml", "text/plain"
_PAGE_SIZE = re.compile(r"(?:^|[,;\s])(?:odata\.)?maxpagesize\s*=\s*(\d{1,9})(?=$|[,;\s])")
_NAME = {"set": f"One of {', '.join(SETS)}"}


class ODataError(Answer):
    """What went wrong, as OData tells it."""

    error: dict[str, Any]


class ServiceDocument(Answer):
    """What there is to read."""

    context: Annotated[str, Field(alias="@odata.context")]
    value: list[dict[str, str]]


class Rows(Answer):
    """Rows of an entity set, and where the next ones are."""

    context: Annotated[str, Field(alias="@odata.context")]
    count: Annotated[int | None, Field(alias="@odata.count")] = None
    value: list[dict[str, Any]]
    next_link: Annotated[str | None, Field(alias="@odata.nextLink")] = None


def _operation(name: str, route: str, summary: str, answer: type[Answer] | None = None, **more: Any) -> Operation:
    path = _NAME if "{set}" in route else {}
    problems = (400, 404, 406, 501) if path else (400, 406, 501)
    about: dict[str, Any] = {"problems": problems, "path": path, "errors": ODataError, **more}
    return Operation(name=name, method="GET", route=f"{ROOT}{route}", summary=summary, answers={200: answer}, **about)


SERVICE = _operation("odata", "", "The entity sets that OData clients can read", ServiceDocument)
METADATA = _operation("odata_metadata", "/$metadata", "What their rows are: CSDL as XML", media=XML)
SET = _operation("odata_set", "/{set}", "Rows of an entity set, page by page", Rows, query=SetOptions)
COUNT = _operation("odata_count", "/{set}/$count", "How many rows there are", query=CountOptions, media=TEXT)
OPERATIONS = (SERVICE, METADATA, SET, COUNT)

blueprint = func.Blueprint()  # type: ignore[no-untyped-call]


@blueprint.function_name(SERVICE.name)
@blueprint.route(SERVICE.route, methods=[SERVICE.method])
async def odata(req: func.HttpRequest) -> func.HttpResponse:
    """The service document."""
    return await _serve(SERVICE, req, _service)


@blueprint.function_name(METADATA.name)
@blueprint.route(METADATA.route, methods=[METADATA.method])
async def odata_metadata(req: func.HttpRequest) -> func.HttpResponse:
    """The metadata."""
    return await _serve(METADATA, req, _metadata)


@blueprint.function_name(SET.name)
@blueprint.route(SET.route, methods=[SET.method])
async def odata_set(req: func.HttpRequest) -> func.HttpResponse:
    """A page of rows."""
    return await _serve(SET, req, _rows)


@blueprint.function_name(COUNT.name)
@blueprint.route(COUNT.route, methods=[COUNT.method])
async def odata_count(req: func.HttpRequest) -> func.HttpResponse:
    """The number of rows."""
    return await _serve(COUNT, req, _count)


async def _service(req: func.HttpRequest) -> func.HttpResponse:
    _accepted(req, named(req.params), JSON)
    return _json(service_document(_root(req)))


async def _metadata(req: func.HttpRequest) -> func.HttpResponse:
    _accepted(req, named(req.params), XML)
    return func.HttpResponse(metadata(_version(req)), mimetype=XML, charset="utf-8")


async def _rows(req: func.HttpRequest) -> func.HttpResponse:
    of, options = _set(req), named(req.params)
    _accepted(req, options, JSON)
    question = Question.of(_checked(SetOptions, options), of)
    wanted = _PAGE_SIZE.search(req.headers.get("Prefer", ""))
    size = max(1, min(PAGE, int(wanted[1]))) if wanted else PAGE
    page = await app().read_set.page(of, question, size)
    chosen = f"({','.join(question.select)})" if question.select else ""
    body: dict[str, Any] = {"@odata.context": f"{_root(req)}/$metadata#{of.name}{chosen}"}
    if page.count is not None:
        body["@odata.count"] = page.count
    body["value"] = page.rows
    if page.following is not None:
        body["@odata.nextLink"] = f"{_root(req)}/{of.name}?{_again(options, page.following)}"
    response = _json(body)
    if wanted:
        response.headers["Preference-Applied"] = f"odata.maxpagesize={size}"
    return response


async def _count(req: func.HttpRequest) -> func.HttpResponse:
    of, options = _set(req), named(req.params)
    _accepted(req, options, TEXT)
    question = Question.of(SetOptions(filter=_checked(CountOptions, options).filter), of)
    return func.HttpResponse(str(await app().read_set.count(of, question)), mimetype=TEXT)


async def _serve(
    operation: Operation, req: func.HttpRequest, answer: Callable[[func.HttpRequest], Awaitable[func.HttpResponse]]
) -> func.HttpResponse:
    """Serve, and tell every error as OData does."""
    response = await serve(operation, req, answer)
    if response.status_code >= 400:
        told = json.loads(response.get_body())
        details = [
            {"code": "invalid", "target": one["field"], "message": one["detail"]} for one in told.get("errors", ())
        ]
        error = {"code": str(told["status"]), "message": told["detail"]} | ({"details": details} if details else {})
        body = json.dumps({"error": error})
        response = func.HttpResponse(body, status_code=told["status"], headers=dict(response.headers), mimetype=JSON)
    response.headers["OData-Version"] = _version(req)
    return response


def _json(body: Mapping[str, Any]) -> func.HttpResponse:
    return func.HttpResponse(to_json(body), mimetype=f"{JSON};odata.metadata=minimal", charset="utf-8")


def _set(req: func.HttpRequest) -> EntitySet:
    name = req.route_params["set"]
    if name not in SETS:
        raise NoSuchSetError(name)
    return SETS[name]


def _checked[T: Answer](model: type[T], options: Mapping[str, str]) -> T:
    try:
        return model.model_validate(options)
    except ValidationError as error:
        raise bad_request(error, "query") from None


def _accepted(req: func.HttpRequest, options: Mapping[str, str], media: str) -> None:
    """Raise `BadRequestError` when the caller wants no such media type, by `$format` or by `Accept`."""
    wanted = options.get("$format") or req.headers.get("Accept") or "*/*"
    short = {"json": JSON, "xml": XML}.get(wanted.lower(), wanted.lower())
    kinds = {one.partition(";")[0].strip() for one in short.split(",")}
    if not kinds & {media, f"{media.partition('/')[0]}/*", "*/*"}:
        raise BadRequestError(f"This is answered as {media} only.", status=406)


def _again(options: Mapping[str, str], following: Mapping[str, str]) -> str:
    """The query that asks for the next page: what was asked, from elsewhere on, without counting again."""
    kept = {name: value for name, value in options.items() if name in ("$filter", "$select", "$orderby", "$format")}
    return urlencode({**kept, **following}, quote_via=quote, safe="$")


def _root(req: func.HttpRequest) -> str:
    return str(req.url).partition(f"/{ROOT}")[0] + f"/{ROOT}"


def _version(req: func.HttpRequest) -> str:
    return "4.0" if req.headers.get("OData-MaxVersion", "").strip() == "4.0" else "4.01"
