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
from urllib.request import urlopen

TIMEOUT = 30.0
PAUSE = 0.5


class SmokeError(Exception):
    """The stack did not answer as a healthy one does."""


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
    state = _get(f"{url}/admin/host/status").get("state")
    if state != "Running":
        raise SmokeError(f"the host's state is {state!r}, not 'Running'")
    return "running"


def app_is_healthy(url: str) -> str:
    """The app's own health endpoint reaches everything that it depends on."""
    status = _get(f"{url}/api/v1/health").get("status")
    if status not in ("ok", "healthy"):
        raise SmokeError(f"the app's health is {status!r}")
    return str(status)


CHECKS: dict[str, Callable[[str], str]] = {"host": host_runs, "health": app_is_healthy}


def _answer_in_time(check: Callable[[str], str], url: str) -> str:
    deadline = time.monotonic() + TIMEOUT
    while True:
        try:
            return check(url)
        except SmokeError:
            if time.monotonic() > deadline:
                raise
            time.sleep(PAUSE)


def _get(url: str) -> dict[str, object]:
    try:
        with urlopen(url, timeout=10) as response:
            body = json.load(response)
    except HTTPError as error:
        detail = error.read(500).decode(errors="replace")
        raise SmokeError(f"{url} answered {HTTPStatus(error.code)}: {detail}") from error
    except (URLError, OSError, ValueError) as error:
        raise SmokeError(f"{url}: {error}") from error
    if not isinstance(body, dict):
        raise SmokeError(f"{url} answered no JSON object")
    return body


if __name__ == "__main__":
    sys.exit(main())
