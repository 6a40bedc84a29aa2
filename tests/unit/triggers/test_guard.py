"""Who is let in, how often, and from which pages."""

import json
import logging
from collections.abc import Mapping

import azure.functions as func
import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.settings import Access, InvalidSettingError
from functions.triggers import problems
from functions.triggers.guard import BodyTooLargeError, Guard, KeyRefusedError, TooManyRequestsError
from functions.triggers.operation import SMALL, Operation
from functions.triggers.rate_limit import RateLimit

FOR_BROWSERS = Operation("lists", "GET", "v1/lists", "Lists", {200: None}, publishable=True)
FOR_SERVERS = Operation("rules", "POST", "v1/rules", "Rules", {200: None})
FOR_ALL = Operation("health", "GET", "v1/health", "Health", {200: None}, anonymous=True)
AZURE = {"WEBSITE_INSTANCE_ID": "a"}
KEY = {"PublishableKey": "pk-1"}
PAGES = {"CorsOrigins": "https://shop.example, http://localhost:3000"}


def asking(
    headers: Mapping[str, str] | None = None, params: Mapping[str, str] | None = None, body: bytes = b""
) -> func.HttpRequest:
    """A request."""
    return func.HttpRequest("GET", "/api", headers=headers, params=params, body=body)


def guarding(settings: Mapping[str, str], at: list[float] | None = None) -> Guard:
    """A guard by these settings; the first of `at` is the time."""
    times = at or [0.0]
    return Guard(Access.read(settings), lambda: times[0])


@pytest.mark.parametrize("asked", [asking({"x-api-key": "pk-1"}), asking(params={"code": "pk-1"})])
def test_the_publishable_key_opens(asked: func.HttpRequest) -> None:
    """In the header, or in the query where no header can be set."""
    guarding(KEY | AZURE).admit(FOR_BROWSERS, asked)


@pytest.mark.parametrize("headers", [{}, {"x-api-key": "pk-2"}, {"x-api-key": "schlüssel"}, {"x-api-key": ""}])
@pytest.mark.parametrize("settings", [KEY, KEY | AZURE])
def test_another_key_does_not(headers: dict[str, str], settings: dict[str, str]) -> None:
    """Nor none: where a key is set it is asked for, on a laptop too."""
    with pytest.raises(KeyRefusedError):
        guarding(settings).admit(FOR_BROWSERS, asking(headers))


def test_what_has_no_publishable_key_is_open_on_a_laptop_and_closed_in_azure(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """And the log says once what to do."""
    guarding({}).admit(FOR_BROWSERS, asking())
    with caplog.at_level(logging.ERROR):
        closed = guarding(AZURE)
        for _ in range(3):
            with pytest.raises(KeyRefusedError):
                closed.admit(FOR_BROWSERS, asking({"x-api-key": ""}))
    assert [record.message for record in caplog.records if "PublishableKey" in record.message] == [
        "Browsers are refused: set the app setting 'PublishableKey' to a random text, and give it to them"
    ]


@pytest.mark.parametrize("plan", [{"WEBSITE_INSTANCE_ID": "a"}, {"WEBSITE_SITE_NAME": "a", "WEBSITE_POD_NAME": "b"}])
def test_azure_is_known_on_every_plan(plan: Mapping[str, str]) -> None:
    """Flex Consumption has no WEBSITE_INSTANCE_ID: an app there without a key must not count as one on a laptop."""
    with pytest.raises(KeyRefusedError):
        guarding(plan).admit(FOR_BROWSERS, asking())


def test_other_operations_leave_keys_to_azure() -> None:
    """The publishable key is none of theirs: they are registered with the level that Azure checks."""
    guarding(KEY | AZURE).admit(FOR_SERVERS, asking())
    guarding(KEY | AZURE).admit(FOR_ALL, asking())
    assert FOR_SERVERS.auth_level == func.AuthLevel.FUNCTION
    assert {FOR_BROWSERS.auth_level, FOR_ALL.auth_level} == {func.AuthLevel.ANONYMOUS}


def test_who_calls_too_often_is_told_when_to_come_back() -> None:
    """And is let in then; others are let in meanwhile: another key, another address."""
    at = [100.0]
    guard = guarding({"RequestsPerMinute": "60"}, at)
    first = asking({"x-functions-key": "a", "x-forwarded-for": "9.9.9.9, 10.0.0.1:1234"})
    for _ in range(10):
        guard.admit(FOR_SERVERS, first)
    with pytest.raises(TooManyRequestsError) as caught:
        guard.admit(FOR_SERVERS, first)
    guard.admit(FOR_SERVERS, asking({"x-functions-key": "b", "x-forwarded-for": "10.0.0.1:1234"}))
    guard.admit(FOR_SERVERS, asking({"x-functions-key": "a", "x-forwarded-for": "10.0.0.2:1234"}))
    with pytest.raises(TooManyRequestsError):  # what the caller itself writes before the address changes nothing
        guard.admit(FOR_SERVERS, asking({"x-functions-key": "a", "x-forwarded-for": "8.8.8.8, 10.0.0.1:99"}))
    at[0] += caught.value.seconds
    guard.admit(FOR_SERVERS, first)


@given(
    per_minute=st.floats(0.5, 10_000),
    gaps=st.lists(st.one_of(st.just(0.0), st.floats(-1, 100)), min_size=1, max_size=200),
)
def test_nobody_gets_more_than_their_rate(per_minute: float, gaps: list[float]) -> None:
    """In any span at most the burst and what the span is worth, and the wait that is told is long enough."""
    limit = RateLimit(per_minute)
    now, latest, admitted = 1_000.0, 1_000.0, []
    for gap in gaps:
        now += gap
        latest = max(latest, now)
        wait = limit.take(b"caller", now)
        if not wait:
            admitted.append(latest)
    for first, start in enumerate(admitted):
        for last in range(first, len(admitted)):
            assert last - first + 1 <= limit.burst + (admitted[last] - start) * per_minute / 60 + 1e-6
    if wait := limit.take(b"caller", latest):
        assert limit.take(b"caller", latest + wait + 1e-6) == 0


@given(st.lists(st.integers(0, 50).map(lambda number: b"%d" % number), max_size=200))
def test_memory_is_bounded(callers: list[bytes]) -> None:
    """However many callers come: the one who was quiet for longest is forgotten."""
    limit = RateLimit(60, callers=7)
    for caller in callers:
        limit.take(caller, 0.0)
        assert len(limit) <= 7


def test_bodies_have_a_limit_of_each_operation() -> None:
    """16 KB, or what the operation says."""
    guarding({}).admit(FOR_SERVERS, asking(body=b" " * SMALL))
    with pytest.raises(BodyTooLargeError, match="16384 is the most"):
        guarding({}).admit(FOR_SERVERS, asking(body=b" " * (SMALL + 1)))
    large = Operation("events", "POST", "v1/events", "Events", {202: None}, max_body=1_000_000)
    guarding({}).admit(large, asking(body=b" " * 1_000_000))


def test_pages_of_listed_sites_may_read() -> None:
    """The answer names their origin and is kept apart from that for others; unlisted ones are told nothing."""
    guard = guarding(PAGES)
    listed = guard.let_read(asking({"Origin": "https://shop.example"}), func.HttpResponse())
    other = guard.let_read(asking({"Origin": "https://shop.example.evil"}), func.HttpResponse())
    assert listed.headers["Access-Control-Allow-Origin"] == "https://shop.example"
    assert "Access-Control-Allow-Origin" not in other.headers
    assert {listed.headers["Vary"], other.headers["Vary"]} == {"Origin"}


def test_browsers_may_ask_before_they_call() -> None:
    """The answer to a preflight names methods and headers, for listed sites only."""
    allowed = guarding(PAGES).preflight(asking({"Origin": "http://localhost:3000"}))
    refused = guarding({}).preflight(asking({"Origin": "http://localhost:3000"}))
    assert (allowed.status_code, refused.status_code) == (204, 204)
    assert "X-Api-Key" in allowed.headers["Access-Control-Allow-Headers"]
    assert not any(name.startswith("Access-Control") for name in refused.headers.keys())  # noqa: SIM118 - no mapping


@pytest.mark.parametrize("text", ["*", "shop.example", "https://shop.example/path", "null", "https://a b"])
def test_an_origin_that_is_none_is_named(text: str) -> None:
    """Rather than never to match."""
    with pytest.raises(InvalidSettingError, match="CorsOrigins"):
        Access.read({"CorsOrigins": text})


@pytest.mark.parametrize(
    ("settings", "body", "status"),
    [(KEY, b"", 401), ({}, b" " * (SMALL + 1), 413), ({"RequestsPerMinute": "1"}, b"", 429)],
)
async def test_refusals_are_problem_documents(
    settings: dict[str, str], body: bytes, status: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Which a page of a listed site can read."""
    guard = guarding(settings | PAGES)
    monkeypatch.setattr(problems, "guard", lambda: guard)

    async def answer(request: func.HttpRequest) -> func.HttpResponse:
        return func.HttpResponse("{}")

    asked = asking({"Origin": "https://shop.example"}, body=body)
    for _ in range(2):
        response = await problems.serve(FOR_BROWSERS, asked, answer)
    assert (response.status_code, response.mimetype) == (status, "application/problem+json")
    assert json.loads(response.get_body())["status"] == status
    assert response.headers["Access-Control-Allow-Origin"] == "https://shop.example"
    assert ("Retry-After" in response.headers) == (status == 429)
