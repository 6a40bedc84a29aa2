"""The OpenAPI 3.1 document of the HTTP API, made of its operations and their models.

OpenAPI 3.1 takes JSON Schema 2020-12 as it is, which is what pydantic writes.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from http import HTTPStatus
from typing import Any, Literal

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from functions.triggers.operation import Operation

type Json = dict[str, Any]
type Mode = Literal["validation", "serialization"]
type Schemas = Mapping[tuple[type[BaseModel], Mode], Json]
"""References to the components that describe the models."""

TITLE, VERSION = "Personalized offers and recommendations", "1.0"
DESCRIPTION = """What to show a shopper next: lists of products, one offer, and the events that the next answer knows.

Every error is a problem document (RFC 9457). Unknown query parameters and members are ignored."""
PARAMETER = re.compile(r"\{\*?(\w+)(?::[^}]*)?\??\}")
JSON, PROBLEM = "application/json", "application/problem+json"

SECURITY: Json = {
    "functionKey": {"type": "apiKey", "in": "header", "name": "x-functions-key", "description": "For servers."},
    "functionKeyInQuery": {"type": "apiKey", "in": "query", "name": "code", "description": "For servers."},
    "publishableKey": {
        "type": "apiKey",
        "in": "header",
        "name": "x-api-key",
        "description": "For browsers: reads lists and posts events, nothing else.",
    },
    "publishableKeyInQuery": {
        "type": "apiKey",
        "in": "query",
        "name": "code",
        "description": "The same where no header can be set, as in `navigator.sendBeacon`.",
    },
}
PROBLEM_SCHEMA: Json = {
    "description": "What went wrong (RFC 9457).",
    "type": "object",
    "required": ["title", "status", "detail"],
    "properties": {
        "title": {"type": "string"},
        "status": {"type": "integer", "minimum": 400, "maximum": 599},
        "detail": {"type": "string"},
        "errors": {
            "description": "The fields that are wrong, ten at most.",
            "type": "array",
            "items": {
                "type": "object",
                "required": ["field", "detail"],
                "properties": {"field": {"type": "string"}, "detail": {"type": "string"}},
            },
        },
    },
}
RETRY_AFTER: Json = {"description": "Seconds to wait", "schema": {"type": "integer", "minimum": 1}}


def openapi(operations: Sequence[Operation], guide: str = "") -> Json:
    """The document, which begins with the `guide` (Markdown).

    Raises ValueError when two operations have a name, or a method and path, in common.
    """
    models = sorted(_models(operations), key=lambda pair: (pair[0].__name__, pair[1]))
    references, definitions = models_json_schema(models, ref_template="#/components/schemas/{model}")
    schemas = {pair: references[pair] for pair in models}
    components: Json = definitions.get("$defs", {}) | {"Problem": PROBLEM_SCHEMA}
    paths: dict[str, Json] = {}
    for operation in operations:
        path, method = path_of(operation.route), operation.method.lower()
        if method in paths.setdefault(path, {}):
            raise ValueError(f"two operations answer {operation.method} {path}")
        paths[path][method] = _operation(operation, schemas, components)
    if len({operation.name for operation in operations}) < len(operations):
        raise ValueError("two operations have the same name")
    document: Json = {
        "openapi": "3.1.0",
        "info": {"title": TITLE, "version": VERSION, "description": f"{DESCRIPTION}\n\n{guide}".strip()},
        "servers": [{"url": "/"}],
        "paths": paths,
        "components": {"securitySchemes": SECURITY},
    }
    document["components"]["schemas"] = _used(components, document)
    return document


def path_of(route: str) -> str:
    """A route of Azure Functions as OpenAPI writes it: without constraints, stars and question marks."""
    return "/" + PARAMETER.sub(r"{\1}", route.strip("/"))


def _models(operations: Iterable[Operation]) -> set[tuple[type[BaseModel], Mode]]:
    found: set[tuple[type[BaseModel], Mode]] = set()
    for operation in operations:
        found |= {(model, "validation") for model in (operation.query, operation.body) if model}
        found |= {(model, "serialization") for model in (*operation.answers.values(), operation.errors) if model}
    return found


def _operation(operation: Operation, schemas: Schemas, components: Json) -> Json:
    described: Json = {
        "operationId": operation.name,
        "summary": operation.summary,
        "tags": [_tag(operation.route)],
        "security": _security(operation),
        "parameters": _parameters(operation, schemas, components),
        "responses": _responses(operation, schemas),
    }
    if operation.body:
        members = _members(operation.body, schemas, components)
        needed = "properties" not in members or bool(members.get("required"))  # an empty body is an empty object
        schema = schemas[operation.body, "validation"]
        described["requestBody"] = {"required": needed, "content": {JSON: {"schema": schema}}}
    return described


def _tag(route: str) -> str:
    parts = [part for part in route.strip("/").split("/") if part != "api" and not re.fullmatch(r"v[\d.]+", part)]
    return parts[0].split(".")[0]


def _security(operation: Operation) -> list[Json]:
    if operation.anonymous:
        return []
    kind = "publishableKey" if operation.publishable else "functionKey"
    return [{kind: []}, {f"{kind}InQuery": []}]


def _members(model: type[BaseModel], schemas: Schemas, components: Json) -> Json:
    """The schema of a model's object itself, which the document keeps below its name."""
    name = schemas[model, "validation"]["$ref"].rpartition("/")[2]
    found: Json = components[name]
    return found


def _parameters(operation: Operation, schemas: Schemas, components: Json) -> list[Json]:
    in_path = PARAMETER.findall(operation.route)
    query = _members(operation.query, schemas, components) if operation.query else {}
    body = _members(operation.body, schemas, components) if operation.body else {}
    known: Json = body.get("properties", {}) | query.get("properties", {})
    required = query.get("required", [])
    parameters: list[Json] = []
    for name in in_path:
        told: Json = {"type": "string", "minLength": 1, "description": operation.path.get(name, name)}
        parameters.append({"name": name, "in": "path", "required": True, **_described(known.get(name, told))})
    for name, schema in query.get("properties", {}).items():
        if name not in in_path:
            form = {"style": "form", "explode": False}  # Azure joins the values of a repeated parameter by commas
            parameters.append(
                {"name": name, "in": "query", "required": name in required, **form, **_described(schema)}
            )
    return parameters


def _described(schema: Json) -> Json:
    """The schema without its description, which a parameter has beside it; null is a parameter left out."""
    inner = {key: value for key, value in schema.items() if key != "description"}
    if "anyOf" in inner:
        choices = [choice for choice in inner.pop("anyOf") if choice != {"type": "null"}]
        inner |= choices[0] if len(choices) == 1 else {"anyOf": choices}
        if inner.get("default", ...) is None:
            del inner["default"]
    described: Json = {"schema": inner}
    if "description" in schema:
        described["description"] = schema["description"]
    return described


def _responses(operation: Operation, schemas: Schemas) -> Json:
    responses = {
        str(status): _answer(operation, status, model, schemas) for status, model in operation.answers.items()
    }
    for status in sorted(_problems(operation)):
        responses[str(status)] = _with_problem(responses.get(str(status)), status, operation, schemas)
    if "401" in responses and not operation.publishable:
        responses["401"] = {"description": "Unauthorized: no key, or not this app's. Azure answers without a body."}
    return responses


def _answer(operation: Operation, status: int, model: type[BaseModel] | None, schemas: Schemas) -> Json:
    response: Json = {"description": HTTPStatus(status).phrase}
    if model:
        response["content"] = {JSON: {"schema": schemas[model, "serialization"]}}
    if operation.media and status == HTTPStatus.OK:
        schema = {"type": "string"} if operation.media.startswith("text/") else {}
        response.setdefault("content", {})[operation.media] = {"schema": schema}
    return response


def _problems(operation: Operation) -> set[int]:
    found = {429, 500, 503, *operation.problems}
    if operation.query or operation.body or "{" in operation.route:
        found.add(400)
    if operation.body:
        found.add(413)
    if not operation.anonymous:
        found.add(401)
    return found


def _with_problem(answer: Json | None, status: int, operation: Operation, schemas: Schemas) -> Json:
    response: Json = answer or {"description": HTTPStatus(status).phrase}
    media, schema = PROBLEM, {"$ref": "#/components/schemas/Problem"}
    if operation.errors:
        media, schema = JSON, schemas[operation.errors, "serialization"]
    response.setdefault("content", {})[media] = {"schema": schema}
    if status in (429, 503):
        response["headers"] = {"Retry-After": RETRY_AFTER}
    return response


def _used(components: Json, document: Json) -> Json:
    """The schemas that the document refers to, be it by way of others."""
    used: set[str] = set()
    waiting = _references(document)
    while waiting:
        name = waiting.pop()
        if name not in used:
            used.add(name)
            waiting |= _references(components[name])
    return {name: components[name] for name in sorted(used)}


def _references(node: object) -> set[str]:
    if isinstance(node, Mapping):
        own = {str(node["$ref"]).rpartition("/")[2]} if isinstance(node.get("$ref"), str) else set()
        return own.union(*(_references(value) for value in node.values()))
    if isinstance(node, list):
        return set().union(*(_references(value) for value in node))
    return set()
