"""HTTP functions on a running host."""

from collections.abc import Iterator

import pytest

from tests.integration.host.running import RunningApp, running_app, write_app

APP = """
    from http.cookies import SimpleCookie

    @app.route("echo/{name?}", methods=["GET", "POST"])
    async def echo(req: func.HttpRequest) -> func.HttpResponse:
        return func.HttpResponse(json.dumps({
            "method": req.method, "url": req.url, "query": dict(req.params), "params": dict(req.route_params),
            "headers": dict(req.headers), "body": req.get_body().decode("latin-1")}), mimetype="application/json")

    @app.route("items/{id:int}")
    async def by_id(req: func.HttpRequest) -> str:
        return "id"

    @app.route("items/new")
    async def literal(req: func.HttpRequest) -> str:
        return "literal"

    @app.route("items/{*rest}")
    def rest(req: func.HttpRequest) -> str:
        return "rest " + req.route_params["rest"]

    @app.route("cookies")
    async def cookies(req: func.HttpRequest) -> func.HttpResponse:
        response = func.HttpResponse("ok", status_code=201, headers={"X-Own": "1", "X-Frame-Options": "SAMEORIGIN"})
        response.headers.add("Set-Cookie", "a=1; Path=/")
        response.headers.add("Set-Cookie", "b=2; HttpOnly")
        return response

    @app.route("fails")
    async def fails(req: func.HttpRequest) -> func.HttpResponse:
        raise ValueError("secret detail")

    @app.route("described")
    async def described(req: func.HttpRequest) -> str:
        return json.dumps({"statusCode": 418, "body": "tea", "headers": {"X-A": "b"}})

    @app.route("binary")
    async def binary(req: func.HttpRequest) -> func.HttpResponse:
        return func.HttpResponse(bytes(range(256)), mimetype="application/octet-stream")

    @app.route("blocks")
    async def blocks(req: func.HttpRequest) -> str:
        time.sleep(0.6)
        return "done"

    @app.route("slow")
    async def slow(req: func.HttpRequest) -> str:
        await asyncio.sleep(30)
        return "never"

    @app.route("off")
    async def off(req: func.HttpRequest) -> str:
        return "on"

    @app.route("bad/{x:nope}")
    async def bad_route(req: func.HttpRequest) -> str:
        return "never"

    @app.route("blob")
    @app.blob_input(arg_name="content", path="a/b", connection="AzureWebJobsStorage")
    async def reads_blob(req: func.HttpRequest, content: str) -> str:
        return "never"

    @app.route("logs")
    async def logs(req: func.HttpRequest, context: func.Context) -> str:
        logging.info("hello from the app")
        return context.invocation_id

    @app.route("logs-sync")
    def logs_sync(req: func.HttpRequest, context: func.Context) -> str:
        logging.getLogger("mine").warning("hello from a thread")
        return context.invocation_id
"""
HOST = {
    "functionTimeout": "00:00:01",
    "extensions": {"http": {"customHeaders": {"X-Frame-Options": "DENY", "X-Custom": "yes"}}},
}
SETTINGS = {"AzureWebJobs.off.Disabled": "true", "FUNCTIONS_REQUEST_BODY_SIZE_LIMIT": "100000"}


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningApp]:
    """One app with many HTTP functions."""
    with running_app(write_app(tmp_path_factory.mktemp("http"), APP, HOST), SETTINGS) as running:
        yield running


def test_a_function_sees_the_whole_request(app: RunningApp) -> None:
    """Method, address, query, route parameter, headers in lower case and the bytes of the body."""
    path = "/api/ECHO/B%C3%B6b%20x?a=1&a=2&empty=&u=%C3%BC"
    seen = app.request("POST", path, b"\x00\xff", {"X-Mixed-Case": "V", "Content-Encoding": "gzip"}).json()
    assert isinstance(seen, dict)
    assert seen["method"] == "POST"
    assert seen["url"].endswith("/api/ECHO/B%C3%B6b%20x?a=1&a=2&empty=&u=%C3%BC")
    assert seen["query"] == {"a": "1,2", "u": "ü"}
    assert seen["params"] == {"name": "Böb x"}
    assert seen["headers"]["x-mixed-case"] == "V"
    assert seen["body"] == "\x00\xff"


def test_the_most_specific_route_answers(app: RunningApp) -> None:
    """Literal before constraint before catch-all."""
    answers = [app.get(f"/api/items/{rest}").body for rest in ("new", "12", "abc", "a/b")]
    assert answers == [b"literal", b"id", b"rest abc", b"rest a/b"]


@pytest.mark.parametrize("path", ["/api/nothing", "/echo", "/api/echo/a/b", "/api/off", "/api/bad/1", "/api/blob"])
def test_what_has_no_function_is_not_found(app: RunningApp, path: str) -> None:
    """Unknown paths, disabled functions and functions in error are all 404."""
    assert app.get(path).status == 404


def test_the_wrong_method_is_not_found(app: RunningApp) -> None:
    """Azure answers 404 and not 405."""
    assert app.request("DELETE", "/api/echo").status == 404


def test_a_response_keeps_status_headers_and_every_cookie(app: RunningApp) -> None:
    """Two cookies are two headers, and the app's headers win over host.json."""
    answer = app.get("/api/cookies")
    assert answer.status == 201
    assert [value for name, value in answer.headers if name == "set-cookie"] == ["a=1; Path=/", "b=2; HttpOnly"]
    assert (answer.header("x-own"), answer.header("x-frame-options")) == ("1", "SAMEORIGIN")


def test_custom_headers_are_on_every_response(app: RunningApp) -> None:
    """host.json may add headers, also to a 404."""
    assert app.get("/api/items/new").header("x-frame-options") == "DENY"
    assert app.get("/api/nothing").header("x-custom") == "yes"


def test_a_failing_function_tells_the_log_and_not_the_caller(app: RunningApp) -> None:
    """The caller gets an empty 500, the log the traceback from the user's own frame on."""
    answer = app.get("/api/fails")
    assert (answer.status, answer.body) == (500, b"")
    log = app.wait_for("ValueError: secret detail")
    assert "fails failed" in log
    assert "native_invocation.py" not in log


def test_a_returned_text_may_describe_a_response(app: RunningApp) -> None:
    """A JSON text with a body member is a whole response, as in Azure."""
    answer = app.get("/api/described")
    assert (answer.status, answer.body, answer.header("x-a")) == (418, b"tea", "b")


def test_bodies_are_bytes(app: RunningApp) -> None:
    """Every byte value arrives."""
    answer = app.get("/api/binary")
    assert answer.body == bytes(range(256))
    assert answer.header("content-type") == "application/octet-stream"


def test_a_body_over_the_limit_is_refused(app: RunningApp) -> None:
    """The limit is Azure's setting, here 100 kB."""
    assert app.request("POST", "/api/echo", b"x" * 100_000).status == 200
    assert app.request("POST", "/api/echo", b"x" * 100_001).status == 413


def test_a_function_that_blocks_the_loop_is_named(app: RunningApp) -> None:
    """The log names the function and the line that blocks."""
    assert app.get("/api/blocks").body == b"done"
    log = app.wait_for("blocks blocked the event loop")
    assert "function_app.py:" in log


def test_function_timeout_fails_the_invocation(app: RunningApp) -> None:
    """A function over functionTimeout is a 500, and the log says why."""
    assert app.get("/api/slow").status == 500
    app.wait_for("timed out: functionTimeout is 1 s")


def test_functions_in_error_are_named(app: RunningApp) -> None:
    """What is not supported is said at start, and the other functions run."""
    log = app.log()
    assert "bad_route is in error: route constraint 'nope' is not known" in log
    assert "reads_blob is in error: input 'blob' is not supported" in log
    status = app.get("/admin/functions/reads_blob/status").json()
    assert status == {"errors": ["input 'blob' is not supported by the local host"]}


@pytest.mark.parametrize(("path", "line"), [("logs", "hello from the app"), ("logs-sync", "hello from a thread")])
def test_the_apps_log_carries_the_invocation(app: RunningApp, path: str, line: str) -> None:
    """A line of the app shows which invocation wrote it, also from a thread."""
    invocation = app.get(f"/api/{path}").body.decode()
    app.wait_for(f"[{invocation[:8]}] {line}")


def test_admin_shows_and_starts_functions(app: RunningApp) -> None:
    """Status, ping, the list, one function, a call by hand; everything else is not found."""
    status, listed = app.get("/admin/host/status").json(), app.get("/admin/functions").json()
    assert isinstance(status, dict)
    assert isinstance(listed, list)
    assert status["state"] == "Running"
    assert {"echo", "off"} <= {entry["name"] for entry in listed}
    assert [entry["isDisabled"] for entry in listed if entry["name"] == "off"] == [True]
    assert app.get("/admin/host/ping").status == 200
    assert app.get("/admin/functions/ECHO").status == 200
    assert app.request("POST", "/admin/functions/logs", b'{"input": ""}').status == 202
    assert app.request("POST", "/admin/functions/logs", b"[]").status == 400
    assert app.request("POST", "/admin/functions/nothing", b"{}").status == 404
    assert [app.get(f"/admin/{path}").status for path in ("", "host", "host/keys", "x/y/z")] == [404] * 4


def test_pages_of_other_sites_cannot_use_the_admin_api(app: RunningApp) -> None:
    """Neither a request from another origin nor a name that points at this machine gets through."""
    path, body = "/admin/functions/logs", b'{"input": ""}'
    assert app.request("POST", path, body, {"Origin": "http://evil.example"}).status == 403
    assert app.request("POST", path, body, {"Host": "evil.example"}).status == 403
    assert app.request("POST", path, body, {"Origin": app.process.connection}).status == 202
