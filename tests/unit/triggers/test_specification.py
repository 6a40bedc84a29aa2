"""The published contract: that it is one, and that it is the app's."""

import json
from typing import Annotated, Literal

import azure.functions as func
import pytest
from openapi_spec_validator import validate
from pydantic import BaseModel, Field

import function_app
from functions.triggers import openapi
from functions.triggers.operation import Operation
from functions.triggers.specification import openapi as document_of
from functions.triggers.specification import path_of
from scripts.package import deployed
from tests.unit.triggers.doors import FUNCTIONS

OPERATIONS = (*openapi.operations_of(function_app.ROOMS), *openapi.OPERATIONS)
HTTP = {name: bindings["req"] for name, bindings in FUNCTIONS.items() if "req" in bindings}
METHODS = {name: {str(getattr(one, "value", one)) for one in found["methods"]} for name, found in HTTP.items()}
WITH_CONTRACT = {name: found for name, found in HTTP.items() if METHODS[name] != {"OPTIONS"}}


def test_every_http_function_has_one_operation() -> None:
    """Nothing is published that is not there, and nothing is there that is not published."""
    assert sorted(operation.name for operation in OPERATIONS) == sorted(WITH_CONTRACT)


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.name)
def test_functions_keep_what_their_operation_says(operation: Operation) -> None:
    """Route, method, and who may call."""
    found = WITH_CONTRACT[operation.name]
    level = found["authLevel"]
    assert (found["route"], METHODS[operation.name]) == (operation.route, {operation.method})
    assert getattr(level, "value", level) == operation.auth_level.value


def test_the_document_is_openapi() -> None:
    """Of version 3.1, by a validator that is not ours; every reference leads somewhere."""
    document = document_of(OPERATIONS)
    validate(document)
    assert document["openapi"].startswith("3.1")


class Question(BaseModel):
    """With a field of each kind."""

    list_name: Annotated[Literal["picks", "new"], Field(alias="list")]
    count: Annotated[int, Field(ge=1, le=100, description="How many")] = 10
    channel: str | None = None
    exclude: tuple[str, ...] = ()


ASKED = Operation(
    name="ask",
    method="GET",
    route="v1/things/{list}",
    summary="Ask",
    query=Question,
    answers={200: Question, 304: None},
    publishable=True,
    problems=(404,),
)


def test_parameters_are_those_of_the_model() -> None:
    """With bounds, defaults and descriptions; one that is in the route is described by its field."""
    asked = document_of([ASKED])["paths"]["/v1/things/{list}"]["get"]
    parameters = {one["name"]: one for one in asked["parameters"]}
    assert list(parameters) == ["list", "count", "channel", "exclude"]
    assert parameters["list"] | {"schema": {}} == {"name": "list", "in": "path", "required": True, "schema": {}}
    assert parameters["list"]["schema"]["enum"] == ["picks", "new"]
    assert parameters["count"]["description"] == "How many"
    assert {"minimum": 1, "maximum": 100, "default": 10}.items() <= parameters["count"]["schema"].items()
    assert parameters["channel"]["schema"]["type"] == "string"
    assert (parameters["exclude"]["style"], parameters["exclude"]["explode"]) == ("form", False)


def test_answers_and_keys_are_told() -> None:
    """The model's, and the problems that the description implies; a publishable key where it is one."""
    asked = document_of([ASKED])["paths"]["/v1/things/{list}"]["get"]
    assert sorted(asked["responses"]) == ["200", "304", "400", "401", "404", "429", "500", "503"]
    assert "content" not in asked["responses"]["304"]
    assert asked["security"] == [{"publishableKey": []}, {"publishableKeyInQuery": []}]


@pytest.mark.parametrize(
    ("route", "path"),
    [("v1/a/{id:int}/b", "/v1/a/{id}/b"), ("store/{*path}", "/store/{path}"), ("x/{y?}", "/x/{y}")],
)
def test_routes_are_written_as_openapi_does(route: str, path: str) -> None:
    """Azure's constraints have no place there."""
    assert path_of(route) == path


def test_two_operations_at_one_door_are_refused() -> None:
    """One would hide the other."""
    with pytest.raises(ValueError, match="GET /v1/things"):
        document_of([ASKED, ASKED])


def test_a_reader_who_has_it_is_not_sent_it_again() -> None:
    """304 to who shows the tag; a page brings the policy that keeps it from asking anyone else."""
    asked = func.HttpRequest("GET", "/api/docs", body=b"")
    page = openapi.unchanging(asked, b"<!doctype html>", "text/html")
    assert page.status_code == 200
    assert "default-src 'none'" in page.headers["Content-Security-Policy"]
    again = func.HttpRequest("GET", "/api/docs", headers={"If-None-Match": page.headers["ETag"]}, body=b"")
    assert openapi.unchanging(again, b"<!doctype html>", "text/html").status_code == 304
    assert json.dumps(document_of(OPERATIONS))


def test_the_page_opens_with_the_guide() -> None:
    """Who reads it needs nothing else to wire a page; no link leads into a repository that is not there."""
    guide = openapi._guide()
    assert guide.startswith("One call for each list on a page")
    assert "../" not in guide
    assert openapi.GUIDE.relative_to(openapi.GUIDE.parents[1]) in deployed()
