"""Asks a running stack a few questions that only a healthy, seeded one can answer.

python -m tests.smoke --url http://127.0.0.1:7071
"""

import argparse
import json
import sys
import time
from collections.abc import Callable
from http import HTTPStatus
from urllib.error import HTTPError, URLError
from urllib.request import Request, urlopen

TIMEOUT = 30.0
PAUSE = 0.5
HEALTH, READY = "/api/v1/health", "/api/v1/ready"


class SmokeError(Exception):
    """The stack did not answer as a healthy one does."""


class NotFoundError(SmokeError):
    """There is no such endpoint."""


def main() -> int:
    """Ask everything; exit code 1 and one line on stderr at the first wrong answer."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--url", default="http://127.0.0.1:7071", help="of the functions host")
    url = parser.parse_args().url
    for name, check in CHECKS.items():
        try:
            print(f"{name}: {_answer_in_time(check, url)}", flush=True)
        except SmokeError as error:
            print(f"{name}: {error}", file=sys.stderr)
            return 1
    return 0


def host_runs(url: str) -> str:
    """The Functions host says that it runs."""
    state = _ask(f"{url}/admin/host/status").get("state")
    if state != "Running":
        raise SmokeError(f"the host's state is {state!r}, not 'Running'")
    return "running"


def app_is_healthy(url: str) -> str:
    """The app's own health endpoint reaches everything that it depends on."""
    try:
        health = _ask(f"{url}{HEALTH}")
    except NotFoundError:
        return "the app has no such endpoint"
    if (status := health.get("status")) not in ("ok", "healthy"):
        raise SmokeError(f"the app's health is {status!r}, without {health.get('lost')}")
    return str(status)


def app_is_ready(url: str) -> str:
    """The app has loaded what it cannot serve without."""
    try:
        model = _ask(f"{url}{READY}").get("model")
    except NotFoundError:
        return "the app has no such endpoint"
    return f"the model {model} serves"


def shoppers_are_seeded(url: str) -> str:
    """A small simulation can start, which takes shoppers and every door of the loop."""
    run = _ask(f"{url}/api/v1/simulations", {"shoppers": 5, "steps": 3, "run": "smoke"})
    if run.get("shoppers") != 5:
        raise SmokeError(f"the simulation answered {run}")
    return "5 shoppers are on their way"


CHECKS: dict[str, Callable[[str], str]] = {
    "host": host_runs,
    "ready": app_is_ready,
    "health": app_is_healthy,
    "simulation": shoppers_are_seeded,
}


def _answer_in_time(check: Callable[[str], str], url: str) -> str:
    deadline = time.monotonic() + TIMEOUT
    while True:
        try:
            return check(url)
        except SmokeError:
            if time.monotonic() > deadline:
                raise
            time.sleep(PAUSE)


def _ask(url: str, body: object = None) -> dict[str, object]:
    """The JSON object that a GET, or a POST of `body`, is answered with."""
    data = None if body is None else json.dumps(body).encode()
    request = Request(url, data, {"content-type": "application/json"})
    try:
        with urlopen(request, timeout=10) as response:
            answer = json.load(response)
    except HTTPError as error:
        detail = error.read(500).decode(errors="replace")
        wrong = NotFoundError if error.code == HTTPStatus.NOT_FOUND else SmokeError
        raise wrong(f"{url} answered {error.code}: {detail}") from error
    except (URLError, OSError, ValueError) as error:
        raise SmokeError(f"{url}: {error}") from error
    if not isinstance(answer, dict):
        raise SmokeError(f"{url} answered no JSON object")
    return answer


if __name__ == "__main__":
    sys.exit(main())
