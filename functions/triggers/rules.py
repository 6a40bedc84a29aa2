"""The door of campaign managers: rules of lists."""

import azure.functions as func

from functions.app import app
from functions.personalization.curation import Rule, RuleContent
from functions.triggers.operation import Operation
from functions.triggers.problems import decode, decode_query, encode, serve
from functions.usecases.manage_rules import KeptRule, RulePage, RulesQuery

ONE, PATH = "api/v1/rules/{id}", {"id": "Name of the rule, chosen by who writes it"}
PAGE = Operation("rules", "GET", "api/v1/rules", "A page of the rules of lists", {200: RulePage}, query=RulesQuery)
READ = Operation("rule", "GET", ONE, "A rule, with its ETag", {200: Rule}, problems=(404,), path=PATH)
WRITE = Operation(
    "write_rule",
    "PUT",
    ONE,
    "Write a rule: lists follow within seconds. With If-Match, only in place of what was read",
    {200: Rule, 201: Rule},
    body=RuleContent,
    max_body=64 * 1024,
    problems=(412,),
    path=PATH,
)
DELETE = Operation("delete_rule", "DELETE", ONE, "Delete a rule", {204: None}, problems=(404, 412), path=PATH)
OPERATIONS = (PAGE, READ, WRITE, DELETE)

blueprint = func.Blueprint()  # type: ignore[no-untyped-call]


@blueprint.function_name(PAGE.name)
@blueprint.route(PAGE.route, methods=[PAGE.method], auth_level=PAGE.auth_level)
async def rules(req: func.HttpRequest) -> func.HttpResponse:
    """A page of rules."""
    return await serve(PAGE, req, _page)


@blueprint.function_name(READ.name)
@blueprint.route(READ.route, methods=[READ.method], auth_level=READ.auth_level)
async def rule(req: func.HttpRequest) -> func.HttpResponse:
    """A rule."""
    return await serve(READ, req, _read)


@blueprint.function_name(WRITE.name)
@blueprint.route(WRITE.route, methods=[WRITE.method], auth_level=WRITE.auth_level)
async def write_rule(req: func.HttpRequest) -> func.HttpResponse:
    """The rule as it is kept: 201 when it is new."""
    return await serve(WRITE, req, _write)


@blueprint.function_name(DELETE.name)
@blueprint.route(DELETE.route, methods=[DELETE.method], auth_level=DELETE.auth_level)
async def delete_rule(req: func.HttpRequest) -> func.HttpResponse:
    """Nothing."""
    return await serve(DELETE, req, _delete)


async def _page(req: func.HttpRequest) -> func.HttpResponse:
    return encode(await app().manage_rules.page(decode_query(RulesQuery, req)))


async def _read(req: func.HttpRequest) -> func.HttpResponse:
    return _encoded(await app().manage_rules.read(req.route_params["id"]))


async def _write(req: func.HttpRequest) -> func.HttpResponse:
    content = decode(RuleContent, req)
    return _encoded(await app().manage_rules.write(req.route_params["id"], content, _if_match(req)))


async def _delete(req: func.HttpRequest) -> func.HttpResponse:
    await app().manage_rules.delete(req.route_params["id"], _if_match(req))
    return func.HttpResponse(status_code=204)


def _if_match(req: func.HttpRequest) -> str | None:
    """The ETag that the caller insists on, `*` for any at all."""
    return req.headers.get("if-match", "").strip() or None


def _encoded(kept: KeptRule) -> func.HttpResponse:
    response = encode(kept.rule, 201 if kept.new else 200)
    response.headers["ETag"] = kept.etag
    return response
