"""The doors of the demo store and the till."""

import azure.functions as func
import pytest

from functions.adapters.static_files import StaticFiles
from functions.settings import WEB
from functions.triggers import store as door


class Site:
    """An app that only has pages."""

    web = StaticFiles(WEB)


@pytest.fixture(autouse=True)
def pages(monkeypatch: pytest.MonkeyPatch) -> None:
    """The app behind the doors."""
    monkeypatch.setattr(door, "app", Site)


async def answered(request: func.HttpRequest, site: str = "store") -> func.HttpResponse:
    """The answer of a site's door."""
    answer = await getattr(door, site)(request)
    assert isinstance(answer, func.HttpResponse)
    return answer


async def get(path: str, url: str = "http://shop/store/", **headers: str) -> func.HttpResponse:
    """The answer of the store to a path below it."""
    return await answered(func.HttpRequest("GET", url, headers=headers, route_params={"path": path}, body=b""))


async def test_pages_come_with_a_strict_policy() -> None:
    """Nothing but what this app serves is loaded, and no inline script runs."""
    answer = await get("")
    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy


async def test_a_page_that_did_not_change_is_not_sent_again() -> None:
    """The browser asks with the ETag that it was given."""
    first = await get("main.js")
    again = await get("main.js", **{"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.get_body()) == (304, b"")


async def test_the_address_without_its_slash_leads_to_the_page() -> None:
    """Links on the page are relative, so that any prefix will do."""
    answer = await get("", url="http://shop/store?code=1")
    assert (answer.status_code, answer.headers["Location"]) == (308, "store/?code=1")


@pytest.mark.parametrize("path", ["../till/till.js", "nothing.js", "../../settings.py"])
async def test_what_is_not_there_is_not_found(path: str) -> None:
    """As a problem document."""
    answer = await get(path)
    assert (answer.status_code, answer.mimetype) == (404, "application/problem+json")


async def test_the_till_is_another_site() -> None:
    """With its own page."""
    request = func.HttpRequest("GET", "http://shop/till/", route_params={"path": ""}, body=b"")
    assert b"till.js" in (await answered(request, "till")).get_body()
