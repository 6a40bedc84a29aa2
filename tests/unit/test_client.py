"""The client: what it sends, what it makes of the answers, and that its types are the contract's."""

import json
from collections.abc import Iterator
from typing import Any, get_type_hints

import httpx
import pytest

import function_app
from client.personalization_client import AsyncClient, Client, ProblemError, messages
from functions.triggers import openapi
from functions.triggers.specification import openapi as document_of

PROBLEM = {"content-type": "application/problem+json"}


def busy() -> httpx.Response:
    """Too many requests, to be sent again at once."""
    return httpx.Response(
        429, headers=PROBLEM | {"Retry-After": "0"}, json={"title": "Too Many Requests", "detail": "x"}
    )


def product() -> httpx.Response:
    """Hardly a product."""
    return httpx.Response(200, json={"id": "a/b"})


class Recorded:
    """A server that gives these answers in turn, and remembers what it was asked."""

    def __init__(self, *answers: httpx.Response) -> None:
        self.asked: list[httpx.Request] = []
        self._answers: Iterator[httpx.Response] = iter(answers)

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        return next(self._answers)


def client(server: Recorded, **given: Any) -> Client:
    """A client of that server."""
    return Client("http://shop", transport=httpx.MockTransport(server), **given)


def test_a_list_is_asked_for_by_its_names() -> None:
    """Path, body and keys are as the API has them."""
    server = Recorded(httpx.Response(200, json={"items": []}))
    with client(server, key="fk", publishable_key="pk") as shop:
        shop.recommendations("picks", userId="7", exclude=["a"])
    [asked] = server.asked
    assert (asked.method, asked.url.path) == ("POST", "/api/v1/recommendations/picks")
    assert json.loads(asked.content) == {"userId": "7", "exclude": ["a"]}
    assert (asked.headers["x-functions-key"], asked.headers["x-api-key"]) == ("fk", "pk")


def test_names_cannot_lead_elsewhere() -> None:
    """What is put into a path stays one part of it."""
    server = Recorded(product())
    with client(server) as shop:
        shop.product("../a/b?c")
    assert server.asked[0].url.raw_path == b"/api/v1/products/..%2Fa%2Fb%3Fc"


@pytest.mark.parametrize("retries", [0, 2])
def test_who_is_busy_is_asked_again(retries: int) -> None:
    """As often as was allowed, and then the problem is told."""
    server = Recorded(*(busy() for _ in range(retries + 1)))
    with client(server, retries=retries) as shop, pytest.raises(ProblemError) as caught:
        shop.product("a")
    assert (len(server.asked), caught.value.status, caught.value.retry_after) == (retries + 1, 429, 0)


def test_an_answer_that_comes_in_the_end_is_given() -> None:
    """A wait that is too long is not waited for."""
    with client(Recorded(busy(), product())) as shop:
        assert shop.product("a")["id"] == "a/b"
    slow = httpx.Response(503, headers=PROBLEM | {"Retry-After": "3600"}, json={"title": "t", "detail": "d"})
    server = Recorded(slow)
    with client(server) as shop, pytest.raises(ProblemError, match="503 t: d"):
        shop.product("a")
    assert len(server.asked) == 1


def test_a_problem_names_its_fields() -> None:
    """An answer that is no problem document is one all the same."""
    faults = {"title": "Bad Request", "detail": "Not valid.", "errors": [{"field": "count", "detail": "too many"}]}
    with client(Recorded(httpx.Response(400, headers=PROBLEM, json=faults), httpx.Response(401))) as shop:
        with pytest.raises(ProblemError, match=r"400 Bad Request: Not valid\. count: too many"):
            shop.recommendations("picks", count=1_000)
        with pytest.raises(ProblemError, match="401 Unauthorized"):
            shop.rules()


async def test_the_awaited_client_does_the_same() -> None:
    """It retries, and reads answers."""
    server = Recorded(busy(), httpx.Response(200, json={"suggestions": ["milk"]}))
    async with AsyncClient("http://shop", transport=httpx.MockTransport(server)) as shop:
        assert await shop.suggestions("mil") == ["milk"]
    assert len(server.asked) == 2


def test_both_clients_have_the_same_methods() -> None:
    """What one learns, the other one has."""
    methods = {name for name in vars(Client) if not name.startswith("_")} - {"close"}
    assert methods == {name for name in vars(AsyncClient) if not name.startswith("_")} - {"aclose"}


SAME = {
    "ListQuery": "RecommendationQuery",
    "RecommendedItem": "RecommendedItem",
    "RecommendationList": "RecommendationList",
    "EventResult": "EventResult",
    "EventResults": "EventResults",
    "DecideRequest": "DecideRequest",
    "OfferMade": "OfferMade",
    "DecidedProduct": "DecidedProduct",
    "OfferDecision": "OfferDecision",
    "Suggestions": "Suggestions",
    "Product": "ProductAnswer",
    "Touched": "Touched",
    "Bought": "Bought",
    "ShopperSummary": "ShopperSummary",
    "PersonalExport": "PersonalExport",
    "Erasure": "Erasure",
    "RuleContent": "RuleContent",
    "RulePage": "RulePage",
}


@pytest.mark.parametrize("name", SAME)
def test_types_have_the_fields_of_the_contract(name: str) -> None:
    """No more and no fewer: who changes one is told to change the other."""
    document = document_of((*openapi.operations_of(function_app.ROOMS), *openapi.OPERATIONS))
    schemas = document["components"]["schemas"]
    assert set(get_type_hints(getattr(messages, name))) == set(schemas[SAME[name]]["properties"])
