"""Route prefix, keys, cross-origin requests and limits on parallel requests."""

import json
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.host.running import Answer, RunningApp, running_app, until, write_app

APP = """
    @app.route("home", auth_level=func.AuthLevel.ANONYMOUS)
    async def home(req: func.HttpRequest) -> str:
        return "home"

    @app.route("mine", auth_level=func.AuthLevel.FUNCTION)
    async def mine(req: func.HttpRequest) -> str:
        return "mine"

    @app.route("top", auth_level=func.AuthLevel.ADMIN)
    async def top(req: func.HttpRequest) -> str:
        return "top"

    @app.route("wait", auth_level=func.AuthLevel.ANONYMOUS)
    async def wait(req: func.HttpRequest) -> str:
        while not os.path.exists(os.environ["GATE"]):
            await asyncio.sleep(0.02)
        return "waited"

    @app.route("admin/x", auth_level=func.AuthLevel.ANONYMOUS)
    async def reserved(req: func.HttpRequest) -> str:
        return "never"
"""
HOST = {"extensions": {"http": {"routePrefix": "", "maxOutstandingRequests": 2, "maxConcurrentRequests": 1}}}
LOCAL = {"Host": {"CORS": "http://shop.example,http://other.example", "CORSCredentials": True}}


@pytest.fixture(scope="module")
def state(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the host keeps its keys."""
    return tmp_path_factory.mktemp("state")


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory, state: Path) -> Iterator[RunningApp]:
    """An app at the root, with keys, limits and allowed origins."""
    folder = write_app(tmp_path_factory.mktemp("modes"), APP, HOST)
    (folder / "local.settings.json").write_text(json.dumps(LOCAL))
    with running_app(folder, {"GATE": str(state / "gate")}, ["--enable-auth", "--state-dir", str(state)]) as running:
        yield running


@pytest.fixture(scope="module")
def keys(app: RunningApp, state: Path) -> dict[str, str]:
    """The generated keys: master and host."""
    document = json.loads((state / "keys.json").read_text())
    return {"master": document["masterKey"], "host": document["functionKeys"]["default"]}


def test_an_empty_prefix_puts_functions_at_the_root(app: RunningApp) -> None:
    """`/home` answers and `/api/home` does not; the host's own paths stay its own."""
    assert app.get("/home").body == b"home"
    assert app.get("/api/home").status == 404
    assert "reserved is in error: route 'admin/x' conflicts" in app.log()


def test_keys_open_what_they_should(app: RunningApp, keys: dict[str, str]) -> None:
    """No key opens anonymous functions only, the host key functions, the master key all."""
    assert [app.get(path).status for path in ("/mine", "/top")] == [401, 401]
    assert [app.get(f"{path}?code={keys['host']}").status for path in ("/mine", "/top")] == [200, 401]
    master = {"x-functions-key": keys["master"]}
    assert [app.get(path, **master).status for path in ("/mine", "/top")] == [200, 200]


def test_the_admin_api_asks_for_the_master_key(app: RunningApp, keys: dict[str, str]) -> None:
    """Ping is open to all."""
    assert app.get("/admin/host/ping").status == 200
    assert app.get("/admin/functions").status == 401
    assert app.get("/admin/functions", **{"x-functions-key": keys["host"]}).status == 401
    assert app.get("/admin/functions", **{"x-functions-key": keys["master"]}).status == 200


def test_the_keys_file_is_private(app: RunningApp, state: Path) -> None:
    """Only the owner may read it."""
    assert (state / "keys.json").stat().st_mode & 0o777 == 0o600


def test_allowed_origins_may_read_responses(app: RunningApp) -> None:
    """A preflight is answered by the host, and the response carries the caller's origin."""
    asked = {"Origin": "http://shop.example", "Access-Control-Request-Method": "PUT"}
    preflight = app.request("OPTIONS", "/home", headers={**asked, "Access-Control-Request-Headers": "x-a"})
    assert preflight.status == 204
    assert preflight.header("access-control-allow-methods") == "PUT"
    assert preflight.header("access-control-allow-headers") == "x-a"
    answer = app.get("/home", Origin="http://shop.example")
    assert answer.header("access-control-allow-origin") == "http://shop.example"
    assert answer.header("access-control-allow-credentials") == "true"


def test_other_origins_may_not(app: RunningApp) -> None:
    """The function runs, but no header lets the page read the response."""
    answer = app.get("/home", Origin="http://evil.example")
    assert (answer.status, answer.header("access-control-allow-origin")) == (200, None)


def test_too_many_requests_are_refused(app: RunningApp, state: Path) -> None:
    """One runs, one waits, more get 429 until there is room again."""
    answers: list[Answer] = []
    callers = [threading.Thread(target=lambda: answers.append(app.get("/wait"))) for _ in range(5)]
    for caller in callers:
        caller.start()
    until(lambda: len(answers) == 3, lambda: f"only {len(answers)} answers")
    assert [answer.status for answer in answers] == [429] * 3
    (state / "gate").touch()
    for caller in callers:
        caller.join()
    assert sorted(answer.status for answer in answers) == [200, 200, 429, 429, 429]
    assert app.get("/home").status == 200
