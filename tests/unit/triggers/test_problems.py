"""HTTP answers and problem documents."""

import json
from typing import Any

import azure.functions as func
import pytest

from functions.triggers.problems import answering, decode, decode_query, encode
from functions.usecases.metrics_query import MetricsQuery
from functions.usecases.ports import StoreUnavailableError
from functions.usecases.start_simulation import NoShoppersError, SimulationRequest


def post(body: bytes) -> func.HttpRequest:
    """A request with a body."""
    return func.HttpRequest("POST", "/api/v1/simulations", body=body)


async def answer(body: bytes) -> tuple[int, str, dict[str, Any]]:
    """Status, media type and JSON of a door that only decodes and echoes."""

    async def door() -> func.HttpResponse:
        return encode(decode(SimulationRequest, post(body)), 202)

    response = await answering(door())
    return response.status_code, response.mimetype, json.loads(response.get_body())


async def failing(error: Exception) -> func.HttpResponse:
    """The answer of a door that fails."""

    async def door() -> func.HttpResponse:
        raise error

    return await answering(door())


async def test_a_good_request_is_answered() -> None:
    """JSON in, JSON out."""
    assert await answer(b'{"shoppers": 7}') == (
        202,
        "application/json",
        {"shoppers": 7, "steps": 50, "seed": 1, "run": "live"},
    )


async def test_an_empty_body_means_the_defaults() -> None:
    """Nothing asked for, nothing wrong."""
    status, _, content = await answer(b"")
    assert (status, content["shoppers"]) == (202, 100)


async def test_faults_are_named_by_field() -> None:
    """All of them at once, without the values that were sent."""
    status, media, content = await answer(b'{"shoppers": 0, "run": "a secret!"}')
    assert (status, media) == (400, "application/problem+json")
    assert [fault["field"] for fault in content["errors"]] == ["shoppers", "run"]
    assert (content["title"], content["status"]) == ("Bad Request", 400)
    assert "secret" not in json.dumps(content)


@pytest.mark.parametrize("body", [b"{", b"[]", b'"text"', b"\xff", b"null"])
async def test_what_is_no_object_is_refused(body: bytes) -> None:
    """Bytes that are no JSON object are the caller's fault, never an internal error."""
    status, media, content = await answer(body)
    assert (status, media) == (400, "application/problem+json")
    assert content["errors"][0]["field"] == "body"


async def test_query_parameters_are_checked() -> None:
    """A bad one is named as the caller wrote it."""

    async def door() -> func.HttpResponse:
        request = func.HttpRequest("GET", "/api/v1/metrics", params={"from": "yesterday"}, body=b"")
        return encode(decode_query(MetricsQuery, request))

    response = await answering(door())
    assert response.status_code == 400
    assert json.loads(response.get_body())["errors"][0]["field"] == "from"


@pytest.mark.parametrize(
    ("error", "status"),
    [(NoShoppersError(), 409), (StoreUnavailableError("10.0.0.7 is down"), 503), (KeyError("password"), 500)],
)
async def test_nothing_internal_is_told(error: Exception, status: int) -> None:
    """The log has the details, the answer has not."""
    response = await failing(error)
    body = response.get_body().decode()
    assert (response.status_code, response.mimetype) == (status, "application/problem+json")
    assert not any(secret in body for secret in ("10.0.0.7", "password", "KeyError", "Traceback"))


async def test_an_outage_says_when_to_come_back() -> None:
    """Clients and proxies understand Retry-After."""
    assert (await failing(StoreUnavailableError("down"))).headers["Retry-After"] == "5"
