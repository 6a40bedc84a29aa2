"""Keys, sites and limits, on a host that has them set."""

import json
from collections.abc import Iterator

import httpx
import pytest

from local.stack import services
from local.stack.ports import free_ports
from local.stack.process import running
from tests.stack import ROOT, SeededStack

SITE = "https://shop.example"
ACCESS = {"PublishableKey": "pk-test", "CorsOrigins": SITE, "RequestsPerMinute": "60"}
KEY = {"x-api-key": "pk-test"}
ONLY = ["recommend", "collect_events", "health", "preflight"]
LIST = "/api/v1/recommendations/popular"


@pytest.fixture(scope="module")
def shop(stack: SeededStack) -> Iterator[httpx.Client]:
    """A second host on the same services."""
    [port] = free_ports(1)
    with (
        running(services.functions(ROOT, port, {**stack.settings, **ACCESS}, ONLY)) as host,
        httpx.Client(base_url=host.connection, timeout=30) as client,
    ):
        yield client


def caller(address: str) -> dict[str, str]:
    """As Azure's front end tells whose request it is: each test has callers of its own."""
    return {"x-forwarded-for": f"{address}:50000"}


def test_a_browser_needs_its_key(shop: httpx.Client) -> None:
    """In the header or in the query; what watches the app needs none."""
    assert shop.get(LIST, headers=caller("10.0.0.1")).status_code == 401
    assert shop.get(LIST, headers=caller("10.0.0.1") | {"x-api-key": "pk-other"}).status_code == 401
    assert shop.get(LIST, headers=caller("10.0.0.1") | KEY).status_code == 200
    assert shop.get(LIST, headers=caller("10.0.0.1"), params={"code": "pk-test"}).status_code == 200
    assert shop.get("/api/v1/health", headers=caller("10.0.0.1")).status_code == 200


def test_pages_of_the_site_may_call(shop: httpx.Client) -> None:
    """Also what they send first to ask, and answers that are problems; pages of others may not."""
    asks = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "x-api-key"}
    preflight = shop.options("/api/v1/events", headers={"Origin": SITE} | asks)
    assert (preflight.status_code, preflight.headers["Access-Control-Allow-Origin"]) == (204, SITE)
    refused = shop.get(LIST, headers=caller("10.0.0.2") | {"Origin": SITE})
    assert (refused.status_code, refused.headers["Access-Control-Allow-Origin"]) == (401, SITE)
    other = shop.get(LIST, headers=caller("10.0.0.2") | KEY | {"Origin": "https://other.example"})
    assert (other.status_code, other.headers["Vary"]) == (200, "Origin")
    assert "Access-Control-Allow-Origin" not in other.headers


def test_who_calls_too_often_has_to_wait(shop: httpx.Client) -> None:
    """The others do not."""
    answers = [shop.get(LIST, headers=caller("10.0.0.3") | KEY) for _ in range(30)]
    late = [answer for answer in answers if answer.status_code == 429]
    assert late
    assert {answer.status_code for answer in answers} == {200, 429}
    assert late[0].headers["content-type"] == "application/problem+json"
    assert int(late[0].headers["Retry-After"]) >= 1
    assert shop.get(LIST, headers=caller("10.0.0.4") | KEY).status_code == 200


@pytest.mark.parametrize(("size", "status"), [(900_000, 400), (1_000_001, 413)])
def test_events_may_be_large_but_not_larger(shop: httpx.Client, size: int, status: int) -> None:
    """A megabyte is read, and found to be no event; what is more is not."""
    body = json.dumps("x" * (size - 2))
    answer = shop.post("/api/v1/events", headers=caller("10.0.0.5") | KEY, content=body)
    assert (answer.status_code, answer.json()["status"]) == (status, status)
